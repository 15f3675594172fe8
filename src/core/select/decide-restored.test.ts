import { describe, expect, it } from 'vitest';
import type { NamedObjects, ScopeSpec } from '../spec/spec.ts';
import { decideRestored, decideTaken, isNarrowed } from './decide-restored.ts';

const scope: ScopeSpec = {
  ...{ namespaces: ['shop*'], excludeNamespaces: ['shop-old'], kinds: [], excludeKinds: ['cronjobs.batch'] },
  ...{ labelSelector: '', clusterScoped: 'dependencies' },
};
const kinds = {
  configmap: { group: '', kind: 'ConfigMap', plural: 'configmaps', namespaced: true },
  namespace: { group: '', kind: 'Namespace', plural: 'namespaces', namespaced: false },
  cronjob: { group: 'batch', kind: 'CronJob', plural: 'cronjobs', namespaced: true },
  role: { group: 'rbac.authorization.k8s.io', kind: 'ClusterRole', plural: 'clusterroles', namespaced: false },
} as const;

function ruleOf(
  kind: keyof typeof kinds,
  path: string,
  { include, ...more }: Partial<ScopeSpec> & { readonly include?: readonly NamedObjects[] } = {}
): string {
  const [name = '', namespace = ''] = path.split('/').toReversed();
  const point = include === undefined ? {} : { include };
  const decision = decideRestored({ resource: kinds[kind], namespace, name }, { scope: { ...scope, ...more }, point });
  return decision.in ? 'in' : decision.rule;
}

describe('what a restore takes of its recovery point', () => {
  it('is what its scope has, each excluded by a rule of its own', () => {
    expect(ruleOf('configmap', 'shop/a')).toBe('in');
    expect(ruleOf('configmap', 'shop-old/a')).toBe('restore/namespace');
    expect(ruleOf('configmap', 'tools/a')).toBe('restore/namespace');
    expect(ruleOf('namespace', 'shop')).toBe('in');
    expect(ruleOf('namespace', 'tools')).toBe('restore/namespace');
    expect(ruleOf('cronjob', 'shop/a')).toBe('restore/exclude-kind');
    expect(ruleOf('cronjob', 'shop/a', { excludeKinds: [], kinds: ['configmaps'] })).toBe('restore/kind');
    expect(ruleOf('namespace', 'shop', { kinds: ['configmaps'] })).toBe('in');
    expect(ruleOf('role', 'reader')).toBe('in');
    expect(ruleOf('role', 'reader', { clusterScoped: 'none' })).toBe('restore/cluster');
  });

  it('is of the scope what is named, by kind, namespace and name', () => {
    const include = [
      { kind: 'configmap', name: 'sett*' },
      { kind: 'clusterroles.rbac.authorization.k8s.io', name: 'reader' },
      { kind: 'ConfigMap', namespace: 'shop-b', name: 'banner' },
    ];
    expect(ruleOf('configmap', 'shop/settings', { include })).toBe('in');
    expect(ruleOf('configmap', 'tools/settings', { include })).toBe('restore/namespace');
    expect(ruleOf('configmap', 'shop/banner', { include })).toBe('restore/name');
    expect(ruleOf('configmap', 'shop-b/banner', { include })).toBe('in');
    expect(ruleOf('role', 'reader', { include })).toBe('in');
    expect(ruleOf('role', 'writer', { include })).toBe('restore/name');
  });

  it('depends on labels for namespaced objects alone, and never for a run that captured its content', () => {
    const chosen = { scope: { ...scope, labelSelector: 'app=web' }, point: { id: 'p', sha256: '' } };
    const object = (namespace: string, labels: Readonly<Record<string, string>>) => ({
      ...{ resource: namespace === '' ? kinds.role : kinds.configmap, labels },
      ref: { group: '', kind: '', namespace, name: 'a' },
    });
    expect(decideTaken(chosen, object('shop', { app: 'web' }))).toEqual({ in: true });
    expect(decideTaken(chosen, object('shop', {}))).toMatchObject({ rule: 'restore/label' });
    expect(decideTaken(chosen, object('', {}))).toEqual({ in: true });
    expect(decideTaken({ scope: chosen.scope }, object('elsewhere', {}))).toEqual({ in: true });
  });

  it('chooses objects, and not only namespaces, by kinds, labels or names', () => {
    expect(isNarrowed({ scope, point: {} })).toBe(false);
    for (const more of [{ kinds: ['Pod'] }, { labelSelector: 'a' }]) {
      expect(isNarrowed({ scope: { ...scope, ...more }, point: {} })).toBe(true);
    }
    expect(isNarrowed({ scope, point: { include: [{ kind: 'Pod', name: 'a' }] } })).toBe(true);
  });
});
