import { describe, expect, it } from 'vitest';
import { describeRef } from '../core/resource.ts';
import type { ObjectRef } from '../core/resource.ts';
import type { MigrationSpec } from '../core/spec/spec.ts';
import type { TransformOutcome } from '../core/transform/rule.ts';
import { plannedChecks, plannedFindings } from './checks/planned.ts';
import type { ClusterFacts } from './facts.ts';
import { createTransformedObjects } from './planned-facts.ts';

const kinds = [
  ['', 'ConfigMap', 'configmaps'],
  ['', 'Service', 'services'],
  ['', 'PersistentVolumeClaim', 'persistentvolumeclaims'],
  ['apps', 'Deployment', 'deployments'],
  ['networking.k8s.io', 'Ingress', 'ingresses'],
].map(([group = '', kind = '', plural = '']) => ({
  ...{ group, kind, plural, version: 'v1', namespaced: true, verbs: [], subresources: [] },
}));

function object(kind: string, name: string, more: object = {}) {
  const group = kinds.find((one) => one.kind === kind)?.group ?? 'example.org';
  const ref: ObjectRef = { group, kind, namespace: 'shop', name };
  return { ref, text: JSON.stringify({ kind, metadata: { name, namespace: 'shop' }, ...more }) };
}

type Given = ReturnType<typeof object>;

function outcome({ ref, text }: Given, more: Partial<TransformOutcome> = {}): TransformOutcome {
  const target = { ...ref, namespace: 'prod' };
  return { text, ref: target, changes: [], notes: [], deferred: [], owners: [], additional: [], ...more };
}

/** What the check of an id gives. */
function found(
  of: string,
  coming: readonly Given[],
  lists: ClusterFacts['lists'],
  there: readonly string[] = []
): string[] {
  const objects = createTransformedObjects();
  for (const one of coming) objects.add(one, outcome(one));
  const isThere = ({ name }: Pick<ObjectRef, 'name'>) => there.includes(name);
  const known = coming.filter(({ ref }) => isThere(ref)).map(({ ref }) => ({ ...ref, namespace: 'prod' }));
  const scope = objects.scope(isThere, known);
  const cluster = (name: string): ClusterFacts => ({ name, gitVersion: '', resources: kinds, lists, unread: {} });
  const spec = { namespaceMapping: { shop: 'prod' } } as unknown as MigrationSpec;
  const nothing = { now: '', bundles: [], credentials: [] };
  const facts = { ...nothing, spec, source: cluster('west'), target: cluster('east'), scope };
  const ids = new Set(plannedChecks.filter(({ id }) => id === of && objects.concerns(id)).map(({ id }) => id));
  return plannedFindings(facts, ids).map(({ code, severity, subject }) => `${severity} ${code} ${subject}`);
}

const quota = (hard: object, used: object = {}) => ({
  resourcequotas: [{ metadata: { name: 'q', namespace: 'prod' }, status: { hard, used } }] as never,
});
const web = object('Deployment', 'web', {
  spec: {
    replicas: 3,
    template: {
      spec: { containers: [{ name: 'c', env: [{ name: 'A', value: 'b' }], resources: { requests: { cpu: '1' } } }] },
    },
  },
});
const port = (name: string, nodePort: number, type = 'NodePort') =>
  object('Service', name, { spec: { type, ports: [{ port: 80, nodePort }] } });
const claim = object('PersistentVolumeClaim', 'data', {
  spec: { storageClassName: 'fast', resources: { requests: { storage: '10Gi' } } },
});
const classed = 'fast.storageclass.storage.k8s.io';
const short = ['blocker QUOTA_SHORT ResourceQuota prod/q'];

describe('a quota of a namespace that is there', () => {
  it.each<[string, readonly Given[], object, object, readonly string[]]>([
    ['pods', [web], { pods: '2' }, {}, short],
    ['pods with room', [web], { pods: '3' }, {}, []],
    ['pods beside those in use', [web], { pods: '5' }, { pods: '3' }, short],
    ['requests', [web], { 'requests.cpu': '2500m' }, {}, short],
    ['storage', [claim], { 'requests.storage': '9Gi' }, {}, short],
    ['claims of a class', [claim], { [`${classed}/persistentvolumeclaims`]: '0' }, {}, short],
    ['storage of a class', [claim], { [`${classed}/requests.storage`]: '9Gi' }, {}, short],
    ['claims of another class', [claim], { [`other.${classed}/persistentvolumeclaims`]: '0' }, {}, []],
    ['objects by their plain name', [object('ConfigMap', 'a')], { configmaps: '0' }, {}, short],
    ['objects of any kind', [object('Ingress', 'a')], { 'count/ingresses.networking.k8s.io': '0' }, {}, short],
    ['objects of another kind', [object('ConfigMap', 'a')], { 'count/ingresses.networking.k8s.io': '0' }, {}, []],
    ['node ports', [port('a', 30_001)], { 'services.nodeports': '0' }, {}, short],
    ['load balancers', [port('a', 30_001)], { 'services.loadbalancers': '0' }, {}, []],
    ['what it does not know', [web], { 'requests.example.org/gpu': '0' }, {}, []],
  ])('%s', (_, coming, hard, used, expected) => {
    expect(found('capacity/quota', coming, { ...quota(hard, used), services: [], nodes: [] })).toEqual(expected);
  });

  it('counts nothing twice that is there already', () => {
    const lists = { ...quota({ pods: '3', configmaps: '1' }, { pods: '3', configmaps: '1' }), nodes: [], services: [] };
    expect(found('capacity/quota', [web, object('ConfigMap', 'a')], lists, ['web', 'a'])).toEqual([]);
  });
});

describe('a quota of some pods only', () => {
  const scoped = (spec: object) => ({
    resourcequotas: [
      { metadata: { name: 'q', namespace: 'prod' }, spec, status: { hard: { pods: '2' }, used: {} } },
    ] as never,
  });
  const pods = (more: object) =>
    object('Deployment', 'web', {
      spec: { replicas: 3, template: { spec: { containers: [{ name: 'c' }], ...more } } },
    });
  const sized = pods({ containers: [{ name: 'c', resources: { limits: { memory: '1Gi' } } }] });
  const selector = (scopeName: string, operator: string, values?: readonly string[]) => ({
    scopeSelector: { matchExpressions: [{ scopeName, operator, ...(values === undefined ? {} : { values }) }] },
  });
  it.each<[string, Given, object, readonly string[]]>([
    ['best effort', pods({}), { scopes: ['BestEffort'] }, short],
    ['not best effort', pods({}), { scopes: ['NotBestEffort'] }, []],
    ['pods with a size', sized, { scopes: ['NotBestEffort'] }, short],
    ['pods that end', pods({ activeDeadlineSeconds: 60 }), { scopes: ['Terminating'] }, short],
    ['pods that do not', pods({}), { scopes: ['Terminating'] }, []],
    ['both of two scopes', sized, { scopes: ['NotBestEffort', 'NotTerminating'] }, short],
    ['one of two scopes', sized, { scopes: ['NotBestEffort', 'Terminating'] }, []],
    ['a priority', pods({ priorityClassName: 'gold' }), selector('PriorityClass', 'In', ['gold']), short],
    ['another priority', pods({ priorityClassName: 'gold' }), selector('PriorityClass', 'NotIn', ['gold']), []],
    ['no priority', pods({}), selector('PriorityClass', 'DoesNotExist'), short],
    ['a scope by a selector', pods({}), selector('BestEffort', 'Exists'), short],
    [
      'affinity to other namespaces',
      pods({
        affinity: {
          podAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone', namespaces: ['other'] }],
          },
        },
      }),
      selector('CrossNamespacePodAffinity', 'Exists'),
      short,
    ],
    ['a scope nobody knows', pods({}), { scopes: ['Later'] }, []],
  ])('%s', (_, one, spec, expected) => {
    expect(found('capacity/quota', [one], { ...scoped(spec), services: [], nodes: [] })).toEqual(expected);
  });
});

describe('a limit range of a namespace that is there', () => {
  const range = (...limits: readonly object[]) => ({
    ...{ resourcequotas: [], services: [], nodes: [] },
    limitranges: [{ metadata: { name: 'l', namespace: 'prod' }, spec: { limits } }] as never,
  });
  const pods = (resources: object, more: object = {}) =>
    object('Deployment', 'web', { spec: { template: { spec: { containers: [{ name: 'c', resources }], ...more } } } });
  const rollout: Given = {
    ...pods({ limits: { cpu: '4' } }),
    ref: { group: 'argoproj.io', kind: 'Rollout', namespace: 'shop', name: 'web' },
  };
  const container = (more: object) => ({ type: 'Container', ...more });
  const refused = ['blocker LIMIT_RANGE_REFUSES Deployment shop/web'];
  it.each<[string, Given, readonly object[], readonly string[]]>([
    ['more than allowed', pods({ limits: { cpu: '4' } }), [container({ max: { cpu: '2' } })], refused],
    ['as much as allowed', pods({ limits: { cpu: '2' } }), [container({ max: { cpu: '2000m' } })], []],
    [
      'a custom resource',
      rollout,
      [container({ max: { cpu: '2' } })],
      ['blocker LIMIT_RANGE_REFUSES Rollout shop/web'],
    ],
    ['no limit at all', pods({}), [container({ max: { cpu: '2' } })], refused],
    ['no limit, and a default', pods({}), [container({ max: { cpu: '2' }, default: { cpu: '1' } })], []],
    [
      'a default of another range',
      pods({}),
      [container({ max: { cpu: '2' } }), container({ default: { cpu: '1' } })],
      [],
    ],
    ['less than asked for', pods({ requests: { memory: '1Mi' } }), [container({ min: { memory: '64Mi' } })], refused],
    ['no request at all', pods({}), [container({ min: { memory: '64Mi' } })], refused],
    ['a limit that is the request', pods({ limits: { memory: '64Mi' } }), [container({ min: { memory: '64Mi' } })], []],
    [
      'a limit far above the request',
      pods({ limits: { cpu: '4' }, requests: { cpu: '1' } }),
      [container({ maxLimitRequestRatio: { cpu: '2' } })],
      refused,
    ],
    [
      'a limit near the request',
      pods({ limits: { cpu: '2' }, requests: { cpu: '1' } }),
      [container({ maxLimitRequestRatio: { cpu: '2' } })],
      [],
    ],
    [
      'containers together',
      pods(
        { limits: { cpu: '2' } },
        { initContainers: [{ name: 's', restartPolicy: 'Always', resources: { limits: { cpu: '1' } } }] }
      ),
      [{ type: 'Pod', max: { cpu: '2' } }],
      refused,
    ],
    [
      'the largest of those before',
      pods({ limits: { cpu: '2' } }, { initContainers: [{ name: 'i', resources: { limits: { cpu: '1' } } }] }),
      [{ type: 'Pod', max: { cpu: '2' } }],
      [],
    ],
    [
      'a claim',
      claim,
      [{ type: 'PersistentVolumeClaim', max: { storage: '5Gi' } }],
      ['blocker LIMIT_RANGE_REFUSES PersistentVolumeClaim shop/data'],
    ],
    ['a claim that is large enough', claim, [{ type: 'PersistentVolumeClaim', min: { storage: '5Gi' } }], []],
  ])('%s', (_, one, limits, expected) => {
    expect(found('capacity/limit-ranges', [one], range(...limits)).filter((line) => line.includes('LIMIT'))).toEqual(
      expected
    );
  });

  it('says nothing of what is there already', () => {
    const one = pods({ limits: { cpu: '4' } });
    expect(found('capacity/limit-ranges', [one], range(container({ max: { cpu: '2' } })), ['web'])).toEqual([]);
  });
});

describe('node ports', () => {
  const services = (name: string, nodePort: number) =>
    ({ services: [{ metadata: { name, namespace: 'prod' }, spec: { ports: [{ port: 80, nodePort }] } }] }) as never;
  const taken = ['blocker NODE_PORT_TAKEN Service shop/a'];

  it.each<[string, readonly Given[], ClusterFacts['lists'], readonly string[]]>([
    ['one that another Service has', [port('a', 30_001)], services('other', 30_001), taken],
    ['one of a load balancer', [port('a', 30_001, 'LoadBalancer')], services('other', 30_001), taken],
    [
      'one for health checks',
      [object('Service', 'a', { spec: { type: 'LoadBalancer', healthCheckNodePort: 30_001 } })],
      services('other', 30_001),
      taken,
    ],
    ['another one', [port('a', 30_001)], services('other', 30_002), []],
    ['its own, from an earlier run', [port('a', 30_001)], services('a', 30_001), []],
  ])('%s', (_, coming, lists, expected) => {
    expect(found('traffic/node-ports', coming, { ...lists, resourcequotas: [], nodes: [] })).toEqual(expected);
  });

  it('says that it could not look, where the Services of the target may not be listed', () => {
    expect(found('traffic/node-ports', [port('a', 30_001)], { resourcequotas: [] })).toEqual([
      'warning CHECK_NOT_MADE check traffic/node-ports',
    ]);
  });
});

describe('what the planning pass keeps', () => {
  it('is nothing of variables, and nothing that is excluded', () => {
    const objects = createTransformedObjects();
    objects.add(web, outcome(web));
    objects.add(claim, outcome(claim, { excluded: { exclude: true, rule: 'x', reason: 'r' } }));
    const { objects: kept, namespaces } = objects.scope(() => false, []);
    expect(kept.map(({ ref }) => describeRef(ref))).toEqual(['Deployment shop/web']);
    expect(JSON.stringify(kept)).not.toContain('env');
    expect(namespaces).toEqual(['shop']);
  });
});
