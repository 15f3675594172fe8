import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { objectKey, refOfKey, type ApiResource, type ObjectRef } from '../resource.ts';
import { readHead } from '../select/head.ts';
import { dependenciesOf } from './dependencies-of.ts';
import { createDependencyGraph, type ApplyGroup } from './apply-groups.ts';
import { isReady, readiness } from './readiness.ts';
import { tierOf, tiers } from './tiers.ts';

function dependencies(apiVersion: string, kind: string, given: object): readonly string[] {
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  const plural = `${kind.toLowerCase()}s`;
  const of: ApiResource = { group, version, kind, plural, namespaced: true, verbs: [], subresources: [] };
  const text = JSON.stringify({ metadata: { name: 'x', namespace: 'shop' }, ...given });
  return dependenciesOf(text, readHead(text, of))
    .filter((ref) => ref.kind !== 'Namespace')
    .map((ref) => `${ref.kind} ${ref.namespace}/${ref.name}`);
}

describe('dependenciesOf', () => {
  it('finds everything a pod template names', () => {
    const podSpec = {
      serviceAccountName: 'web',
      priorityClassName: 'high',
      imagePullSecrets: [{ name: 'pull' }],
      containers: [
        {
          env: [{ valueFrom: { secretKeyRef: { name: 's1' } } }, { valueFrom: { configMapKeyRef: { name: 'c1' } } }],
          envFrom: [{ secretRef: { name: 's2' } }],
        },
      ],
      initContainers: [{ envFrom: [{ configMapRef: { name: 'c2' } }] }],
      volumes: [
        { configMap: { name: 'c3' } },
        { secret: { secretName: 's3' } },
        { persistentVolumeClaim: { claimName: 'data' } },
        { projected: { sources: [{ secret: { name: 's4' } }, { configMap: { name: 'c4' } }] } },
        { csi: { nodePublishSecretRef: { name: 's5' } } },
      ],
    };
    const expected = [
      'ConfigMap shop/c1',
      'ConfigMap shop/c2',
      'ConfigMap shop/c3',
      'ConfigMap shop/c4',
      'PersistentVolumeClaim shop/data',
      'Secret shop/pull',
      'Secret shop/s1',
      'Secret shop/s2',
      'Secret shop/s3',
      'Secret shop/s4',
      'Secret shop/s5',
      'ServiceAccount shop/web',
      'PriorityClass /high',
    ];
    expect(dependencies('apps/v1', 'Deployment', { spec: { template: { spec: podSpec } } })).toEqual(expected);
    const cron = { spec: { jobTemplate: { spec: { template: { spec: podSpec } } } } };
    expect(dependencies('batch/v1', 'CronJob', cron)).toEqual(expected);
  });
  it.each<[string, string, string, object, readonly string[]]>([
    [
      'a binding',
      'rbac.authorization.k8s.io/v1',
      'RoleBinding',
      {
        roleRef: { kind: 'ClusterRole', name: 'r' },
        subjects: [{ kind: 'ServiceAccount', name: 'a', namespace: 'n' }],
      },
      ['ServiceAccount n/a', 'ClusterRole /r'],
    ],
    [
      'an Ingress',
      'networking.k8s.io/v1',
      'Ingress',
      {
        spec: {
          ingressClassName: 'nginx',
          tls: [{ secretName: 'cert' }],
          rules: [{ http: { paths: [{ backend: { service: { name: 'web' } } }] } }],
          defaultBackend: { service: { name: 'fallback' } },
        },
      },
      ['Secret shop/cert', 'Service shop/fallback', 'Service shop/web', 'IngressClass /nginx'],
    ],
    [
      'an autoscaler',
      'autoscaling/v2',
      'HorizontalPodAutoscaler',
      { spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } } },
      ['Deployment shop/web'],
    ],
    [
      'a custom resource',
      'db.example.com/v1',
      'Postgres',
      {},
      ['CustomResourceDefinition /postgress.db.example.com', 'APIService /v1.db.example.com'],
    ],
    [
      'a set and its claims',
      'apps/v1',
      'StatefulSet',
      { spec: { serviceName: 'pg', replicas: 2, volumeClaimTemplates: [{ metadata: { name: 'data' } }] } },
      ['PersistentVolumeClaim shop/data-x-0', 'PersistentVolumeClaim shop/data-x-1', 'Service shop/pg'],
    ],
    [
      'an owned Secret',
      'v1',
      'Secret',
      {
        metadata: {
          name: 'x',
          namespace: 'shop',
          ownerReferences: [{ apiVersion: 'e.com/v1', kind: 'Db', name: 'd' }],
        },
      },
      ['Db /d', 'Db shop/d'],
    ],
    [
      'a token Secret',
      'v1',
      'Secret',
      {
        type: 'kubernetes.io/service-account-token',
        metadata: { name: 'x', namespace: 'shop', annotations: { 'kubernetes.io/service-account.name': 'ci' } },
      },
      ['ServiceAccount shop/ci'],
    ],
    [
      'a claim, which never waits for its set',
      'v1',
      'PersistentVolumeClaim',
      {
        metadata: {
          name: 'x',
          namespace: 'shop',
          ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 's' }],
        },
        spec: { volumeName: 'pv', storageClassName: 'fast' },
      },
      ['PersistentVolume /pv', 'StorageClass /fast'],
    ],
  ])('of %s', (_name, apiVersion, kind, given, expected) => {
    expect(dependencies(apiVersion, kind, given)).toEqual(expected);
  });
});

function ref(group: string, kind: string, name: string, namespace = 'shop'): ObjectRef {
  return { group, kind, namespace, name };
}

interface GraphNode {
  readonly ref: ObjectRef;
  readonly dependsOn: readonly ObjectRef[];
}

function orderApplyGroups(nodes: readonly GraphNode[]): readonly ApplyGroup[] {
  const graph = createDependencyGraph();
  for (const { ref: own, dependsOn } of nodes) graph.add(objectKey(own), dependsOn);
  return graph.applyGroups();
}

describe('createDependencyGraph', () => {
  it('follows tiers and references', () => {
    const owner = ref('db.example.com', 'Postgres', 'pg');
    const nodes: GraphNode[] = [
      { ref: ref('admissionregistration.k8s.io', 'ValidatingWebhookConfiguration', 'w', ''), dependsOn: [] },
      { ref: ref('', 'ResourceQuota', 'q'), dependsOn: [] },
      { ref: ref('apps', 'Deployment', 'web'), dependsOn: [ref('', 'Secret', 'late'), ref('', 'Secret', 'not-here')] },
      { ref: ref('', 'Secret', 'late'), dependsOn: [owner] },
      { ref: owner, dependsOn: [] },
      { ref: ref('', 'Namespace', 'shop', ''), dependsOn: [] },
      { ref: ref('apiextensions.k8s.io', 'CustomResourceDefinition', 'p', ''), dependsOn: [] },
      { ref: ref('', 'PersistentVolumeClaim', 'data'), dependsOn: [] },
    ];
    expect(
      orderApplyGroups(nodes).map((applyGroup) => [applyGroup.name, applyGroup.keys.map((key) => refOfKey(key).name)])
    ).toEqual([
      ['definitions', ['p']],
      ['namespaces', ['shop']],
      ['claims', ['data']],
      ['custom resources', ['pg']],
      ['custom resources 2', ['late']],
      ['workloads', ['web']],
      ['policies', ['q']],
      ['admission', ['w']],
    ]);
  });
  it('breaks circles the same way whatever the order, and reports', () => {
    const a = ref('', 'ConfigMap', 'a');
    const b = ref('', 'ConfigMap', 'b');
    const nodes: GraphNode[] = [
      { ref: a, dependsOn: [b, a] },
      { ref: b, dependsOn: [a] },
    ];
    const expected = [
      { name: 'configuration', keys: [objectKey(a)], broken: [{ from: a, to: b }] },
      { name: 'configuration 2', keys: [objectKey(b)], broken: [] },
    ];
    expect(orderApplyGroups(nodes)).toEqual(expected);
    expect(orderApplyGroups([...nodes].reverse())).toEqual(expected);
  });
  it('is empty for nothing', () => expect(orderApplyGroups([])).toEqual([]));

  const kinds = [
    ref('', 'ConfigMap', ''),
    ref('apps', 'Deployment', ''),
    ref('x.io', 'X', ''),
    ref('', 'LimitRange', ''),
  ];
  const graph = fc
    .array(fc.record({ kind: fc.nat(3), to: fc.array(fc.nat(29), { maxLength: 4 }) }), { maxLength: 30 })
    .map((items): GraphNode[] => {
      const refs = items.map((item, index) => ({ ...(kinds[item.kind] ?? ref('', 'Pod', '')), name: `n${index}` }));
      return items.flatMap((item, index) => {
        const own = refs[index];
        return own === undefined ? [] : [{ ref: own, dependsOn: item.to.flatMap((to) => refs[to] ?? []) }];
      });
    });
  it('puts each object once, after all it names unless it is reported', () => {
    fc.assert(
      fc.property(graph, (nodes) => {
        const applyGroups = orderApplyGroups(nodes);
        const at = new Map(
          applyGroups.flatMap((applyGroup, index) => applyGroup.keys.map((key) => [key, index] as const))
        );
        const broken = new Set(
          applyGroups.flatMap((applyGroup) =>
            applyGroup.broken.map((edge) => objectKey(edge.from) + objectKey(edge.to))
          )
        );
        expect(at.size).toBe(nodes.length);
        expect(applyGroups.reduce((sum, applyGroup) => sum + applyGroup.keys.length, 0)).toBe(nodes.length);
        for (const node of nodes) {
          for (const to of node.dependsOn) {
            const from = objectKey(node.ref);
            if (from === objectKey(to) || broken.has(from + objectKey(to))) continue;
            expect(at.get(objectKey(to))).toBeLessThan(at.get(from) ?? 0);
          }
        }
        expect(orderApplyGroups([...nodes].reverse())).toEqual(applyGroups);
      }),
      { numRuns: 1_000 }
    );
  });
  it('takes chains and circles of 100,000 objects', () => {
    const count = 100_000;
    const names = Array.from({ length: count }, (_, index) => ref('', 'ConfigMap', `n${index}`));
    const nodes = names.map((own, index): GraphNode => ({ ref: own, dependsOn: [names[(index + 1) % count] ?? own] }));
    expect(orderApplyGroups(nodes).flatMap((applyGroup) => applyGroup.broken)).toHaveLength(1);
  });
  it('knows every tier', () =>
    expect(tierOf(ref('policy', 'PodDisruptionBudget', 'x'))).toBe(tiers.indexOf('routing and scaling')));
});

describe('isReady', () => {
  const conditions = (type: string, status: string, reason = ''): object => ({
    conditions: [{ type, status, reason }],
  });
  const set = { group: 'apps', kind: 'StatefulSet' };
  const deployment = { group: 'apps', kind: 'Deployment' };
  const definition = { group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition' };
  it.each<[string, { group: string; kind: string }, object, boolean, boolean?]>([
    ['a new definition', definition, { status: { conditions: null } }, false],
    ['an established one', definition, { status: conditions('Established', 'True') }, true],
    ['one with a taken name', definition, { status: conditions('NamesAccepted', 'False') }, false, true],
    ['an active namespace', { group: '', kind: 'Namespace' }, { status: { phase: 'Active' } }, true],
    ['a terminating one', { group: '', kind: 'Namespace' }, { status: { phase: 'Terminating' } }, false, true],
    ['a bound claim', { group: '', kind: 'PersistentVolumeClaim' }, { status: { phase: 'Bound' } }, true],
    ['a pending claim of a volume', { group: '', kind: 'PersistentVolumeClaim' }, { spec: { volumeName: 'v' } }, false],
    ['a claim for its first pod', { group: '', kind: 'PersistentVolumeClaim' }, { status: { phase: 'Pending' } }, true],
    ['a lost claim', { group: '', kind: 'PersistentVolumeClaim' }, { status: { phase: 'Lost' } }, false, true],
    ['a Deployment nobody saw', deployment, { spec: { replicas: 0 } }, false],
    [
      'an available one',
      deployment,
      { spec: { replicas: 2 }, status: { observedGeneration: 1, updatedReplicas: 2, availableReplicas: 2 } },
      true,
    ],
    [
      'one seen before its change',
      deployment,
      { metadata: { generation: 2 }, spec: { replicas: 0 }, status: { observedGeneration: 1 } },
      false,
    ],
    [
      'a stuck one',
      deployment,
      { status: conditions('Progressing', 'False', 'ProgressDeadlineExceeded') },
      false,
      true,
    ],
    ['a paused Deployment', deployment, { spec: { replicas: 2, paused: true } }, true],
    ['a set', set, { spec: { replicas: 1 }, status: { observedGeneration: 1, readyReplicas: 1 } }, true],
    ['a new DaemonSet', { group: 'apps', kind: 'DaemonSet' }, { status: { desiredNumberScheduled: 0 } }, false],
    ['a finished Job', { group: 'batch', kind: 'Job' }, { status: conditions('Complete', 'True') }, true],
    ['a failed Job', { group: 'batch', kind: 'Job' }, { status: conditions('Failed', 'True') }, false, true],
    ['a suspended Job', { group: 'batch', kind: 'Job' }, { spec: { suspend: true } }, true],
    ['a ready pod', { group: '', kind: 'Pod' }, { status: { phase: 'Running', ...conditions('Ready', 'True') } }, true],
    [
      'an APIService',
      { group: 'apiregistration.k8s.io', kind: 'APIService' },
      { status: conditions('Available', 'False') },
      false,
    ],
    ['a ConfigMap', { group: '', kind: 'ConfigMap' }, {}, true],
    [
      'a custom resource with a condition',
      { group: 'x.io', kind: 'X' },
      { status: conditions('Ready', 'False') },
      false,
    ],
    ['a custom resource without', { group: 'x.io', kind: 'X' }, {}, true],
  ])('%s', (_name, kind, object, ready, failed) => {
    const state = isReady(kind, JSON.stringify(object));
    expect(state.ready).toBe(ready);
    expect(state.failed ?? false).toBe(failed ?? false);
    expect(state.state).not.toBe('');
  });
  it('says what is waited for', () => {
    expect(readiness({ group: '', kind: 'Namespace' }).also?.name).toBe('default');
    expect(readiness({ group: '', kind: 'ConfigMap' }).condition).toBe('');
  });
});
