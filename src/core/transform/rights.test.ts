import { describe, expect, it } from 'vitest';
import { scopeNamespaces } from '../preflight/preflight.ts';
import { createCollisions } from '../plan/collisions.ts';
import { namespaceResource, type ApiResource, type ObjectRef } from '../resource.ts';
import { readHead } from '../select/head.ts';
import type { MigrationSpec, ScopeSpec } from '../spec/spec.ts';
import type { TransformContext } from './rule.ts';
import { transformObject } from './transform-object.ts';

const rbac = 'rbac.authorization.k8s.io';
const scope: ScopeSpec = {
  ...{ namespaces: ['*'], excludeNamespaces: ['other'], kinds: [], excludeKinds: [] },
  ...{ labelSelector: '', clusterScoped: 'dependencies' },
};
const context: TransformContext = {
  namespaceMapping: { shop: 'store' },
  storageClasses: { gold: 'gp3', silver: 'gp2', bronze: 'gp2' },
  userTransforms: [],
  scope,
  volumes: {},
  targetResources: [],
  preserve: { nodePorts: false, status: [] },
  deferPodSecurity: false,
};

function transform(group: string, kind: string, content: object, namespace = '') {
  const namespaced = namespace !== '';
  const of: ApiResource = { group, version: 'v1', kind, plural: 'x', namespaced, verbs: [], subresources: [] };
  const apiVersion = group === '' ? 'v1' : `${group}/v1`;
  const text = JSON.stringify({ apiVersion, kind, metadata: { name: 'x', namespace }, ...content });
  const outcome = transformObject({ head: readHead(text, of), text, resource: of }, context);
  return { ...outcome, object: JSON.parse(outcome.text) as Record<string, unknown> };
}

const web = { kind: 'ServiceAccount', name: 'web', namespace: 'shop' };
const user = (name: string) => ({ apiGroup: rbac, kind: 'User', name });
const all = (name: string) => ({ apiGroup: rbac, kind: 'Group', name });
const moved = { ...web, namespace: 'store' };

describe('subjects of a ClusterRoleBinding', () => {
  it.each<[string, readonly object[], readonly object[]]>([
    ['an account elsewhere', [web, { ...web, namespace: 'other' }], [moved]],
    ['a person and a group', [user('alice'), web, all('devs')], [moved]],
    ['accounts of every namespace', [all('system:serviceaccounts'), web], [moved]],
    ['a namespace of the cluster itself', [web, { ...web, namespace: 'kube-system' }], [moved]],
    [
      'texts of namespaces elsewhere',
      [user('system:serviceaccount:other:web'), all('system:serviceaccounts:other'), web],
      [moved],
    ],
    [
      'texts in scope',
      [user('system:serviceaccount:shop:web'), all('system:serviceaccounts:shop')],
      [user('system:serviceaccount:store:web'), all('system:serviceaccounts:store')],
    ],
    [
      'a name that is mapped to',
      [web, { ...web, name: 'x', namespace: 'store' }],
      [moved, { ...web, name: 'x', namespace: 'store' }],
    ],
    ['none in scope, asked for by its kind', [user('alice')], [user('alice')]],
  ])('%s', (_name, subjects, expected) => {
    const { object, notes } = transform(rbac, 'ClusterRoleBinding', { subjects });
    expect(object['subjects']).toEqual(expected);
    const removed = notes.filter(({ code }) => code === 'SUBJECTS_EXCLUDED');
    expect(removed).toHaveLength(subjects.length - expected.length);
  });
  it('leaves a RoleBinding its subjects: it grants rights in a namespace that moves', () => {
    const subjects = [web, { ...web, namespace: 'other' }, all('devs')];
    const { object } = transform(rbac, 'RoleBinding', { subjects }, 'shop');
    expect(object['subjects']).toEqual([moved, ...subjects.slice(1)]);
  });
});

describe('names of namespaces in rights', () => {
  const rule = (resources: readonly string[], resourceNames: readonly string[]) => ({
    rules: [{ apiGroups: [''], resources, resourceNames, verbs: ['get'] }],
  });
  it.each<[string, object, readonly string[], number]>([
    ['of namespaces', rule(['namespaces'], ['shop', 'b']), ['store', 'b'], 0],
    ['of something else', rule(['configmaps'], ['shop']), ['shop'], 0],
    ['of both', rule(['namespaces', 'configmaps'], ['shop']), ['shop'], 1],
    ['of users', rule(['users'], ['system:serviceaccount:shop:web']), ['system:serviceaccount:store:web'], 0],
  ])('%s', (_name, content, expected, count) => {
    const { object, notes } = transform(rbac, 'ClusterRole', content);
    expect((object['rules'] as { resourceNames: unknown }[])[0]?.resourceNames).toEqual(expected);
    expect(notes.filter(({ code }) => code === 'REFERENCE_UNCHANGED')).toHaveLength(count);
  });
});

describe('records and quotas', () => {
  it('reports the record of a Helm release once', () => {
    const { notes } = transform(
      '',
      'Secret',
      { type: 'helm.sh/release.v1', data: { release: 'SDRzSUFBQUFBQUFDLw==' } },
      'shop'
    );
    expect(notes.map(({ code, path }) => `${code ?? ''} ${path}`)).toEqual(['REFERENCE_UNCHANGED /data/release']);
  });
  it('maps the class in the key of a quota, and leaves two that become one', () => {
    const key = (name: string) => `${name}.storageclass.storage.k8s.io/requests.storage`;
    const hard = { 'requests.cpu': '1', [key('gold')]: '5Gi', [key('silver')]: '1Gi', [key('bronze')]: '2Gi' };
    const { object, notes } = transform('', 'ResourceQuota', { spec: { hard } }, 'shop');
    expect(object['spec']).toEqual({
      hard: { 'requests.cpu': '1', [key('gp3')]: '5Gi', [key('silver')]: '1Gi', [key('bronze')]: '2Gi' },
    });
    expect(notes).toHaveLength(2);
  });
});

describe('two that become one', () => {
  const ref = (kind: string, namespace: string, name: string): ObjectRef => ({ group: '', kind, namespace, name });
  it('is one finding for two namespaces, and one for each object otherwise', () => {
    const collisions = createCollisions();
    collisions.add(ref('Namespace', '', 'b'), ref('Namespace', '', 'a'), ref('Namespace', '', 'b'));
    collisions.add(ref('ConfigMap', 'b', 'c'), ref('ConfigMap', 'a', 'c'), ref('ConfigMap', 'b', 'c'));
    collisions.add(ref('ConfigMap', 'b', 'z'), ref('ConfigMap', 'b', 'x'), ref('ConfigMap', 'b', 'y'));
    expect(collisions.findings().map(({ severity, subject }) => `${severity} ${subject}`)).toEqual([
      'blocker Namespace b',
      'blocker ConfigMap b/z',
    ]);
  });
  it('is found before anything is captured', () => {
    const head = (name: string) => readHead(JSON.stringify({ metadata: { name } }), namespaceResource);
    const spec = { source: { name: 's' }, scope, namespaceMapping: { 'shop-a': 'shop-b' } } as unknown as MigrationSpec;
    const selection = { resources: [], landfallNamespace: 'landfall-system', excludedNamespaces: {} };
    const met = scopeNamespaces(spec, [head('shop-a'), head('shop-b')], selection);
    expect(met.findings.map(({ code, severity }) => `${code} ${severity}`)).toEqual(['CONFIG_INVALID blocker']);
    expect(scopeNamespaces(spec, [head('shop-a'), head('shop-c')], selection).findings).toEqual([]);
  });
});
