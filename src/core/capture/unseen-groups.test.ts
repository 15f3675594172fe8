import { describe, expect, it } from 'vitest';
import type { ApiResource } from '../resource.ts';
import type { ScopeSpec } from '../spec/spec.ts';
import { incompleteError, unansweredFindings, unseenApis } from './unseen-groups.ts';

const group = 'shop.example.org';
const kind = (plural: string, change: Partial<ApiResource> = {}): ApiResource => ({
  ...{ group, version: 'v1', kind: plural, plural, namespaced: true },
  ...{ verbs: ['list', 'create'], subresources: [], ...change },
});
const scope = (change: Partial<ScopeSpec> = {}): ScopeSpec => ({
  ...{ namespaces: ['shop'], excludeNamespaces: [], kinds: [], excludeKinds: [] },
  ...{ labelSelector: '', clusterScoped: 'dependencies', ...change },
});
const unseen = (of: {
  readonly scope?: ScopeSpec;
  readonly resources?: readonly ApiResource[];
  readonly lastServed?: readonly ApiResource[];
  readonly api?: string;
}) => {
  const { resources = [], lastServed = [], api = `${group}/v1` } = of;
  const unanswered = [{ groupVersion: api, message: 'no response', lastServed }];
  return unseenApis('vks-prod', of.scope ?? scope(), { resources, unanswered });
};

describe('an API that does not answer', () => {
  it.each([
    ['of which nothing is known', {}, [[]]],
    ['with kinds of the scope', { lastServed: [kind('orders')] }, [['orders.shop.example.org']]],
    ['with cluster-scoped kinds alone', { lastServed: [kind('orders', { namespaced: false })] }, []],
    ['with kinds nobody can create', { lastServed: [kind('orders', { verbs: ['list'] })] }, []],
    [
      'with kinds that another version serves',
      { lastServed: [kind('orders')], resources: [kind('orders', { version: 'v2' })] },
      [],
    ],
    ['of a group that is never taken', { api: 'metrics.k8s.io/v1beta1' }, []],
    ['of a group of which one kind is never taken', { api: 'cert-manager.io/v1' }, [[]]],
    ['whose group is excluded', { scope: scope({ excludeKinds: ['*.shop.example.org'] }) }, []],
    ['of which one kind is excluded', { scope: scope({ excludeKinds: ['orders.shop.example.org'] }) }, [[]]],
    ['with other kinds than are asked for', { scope: scope({ kinds: ['configmaps', 'widgets.other.test'] }) }, []],
    ['of which a kind is asked for', { scope: scope({ kinds: ['Order.shop.example.org'] }) }, [[]]],
    ['of which every kind is asked for', { scope: scope({ kinds: ['*.example.org'] }) }, [[]]],
  ])('%s', (_name, of, kinds) => {
    expect(unseen(of).map((one) => one.kinds)).toEqual(kinds);
  });

  it('is a warning and the error of the run where it may hold something, else a remark', () => {
    const of = [
      { groupVersion: `${group}/v1`, message: 'no response', lastServed: [kind('orders')] },
      { groupVersion: 'metrics.k8s.io/v1', message: 'no response', lastServed: [] },
    ];
    const apis = unseenApis('vks-prod', scope(), { resources: [], unanswered: of });
    const findings = unansweredFindings('vks-prod', of, apis);
    expect(findings.map(({ severity, subject }) => `${severity} ${subject}`)).toEqual([
      'warning vks-prod: shop.example.org/v1',
      'info vks-prod: metrics.k8s.io/v1',
    ]);
    expect(findings[0]?.message).toContain('orders.shop.example.org cannot be discovered');
    expect(incompleteError([])).toBeUndefined();
    expect(incompleteError(apis)).toMatchObject({
      code: 'DISCOVERY_INCOMPLETE',
      what: 'shop.example.org/v1 of vks-prod did not respond: its objects were neither discovered nor moved',
      fix: 'repair the APIService and migrate again, or exclude the group: scope.excludeKinds: ["*.shop.example.org"]',
    });
  });
});
