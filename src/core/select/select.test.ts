import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ApiResource } from '../resource.ts';
import type { ScopeSpec } from '../spec/spec.ts';
import { decideKind } from './decide-kind.ts';
import { decideObject, type SelectionContext } from './decide-object.ts';
import { clusterDependencies, type SelectedObject } from './dependencies.ts';
import { compileGlob } from './glob.ts';
import { readHead, readListedHead } from './head.ts';
import { compileKinds } from './kinds.ts';
import { formatLabelSelector, matchesLabels, parseLabelSelector, selectorOf } from './labels.ts';

const plurals: Readonly<Record<string, string>> = {
  Ingress: 'ingresses',
  NetworkPolicy: 'networkpolicies',
  Endpoints: 'endpoints',
};
const clusterKinds = /^(?:Cluster|Namespace$|Node$|PersistentVolume$|CustomResource|.*Class$|.*WebhookConfiguration$)/;

function resource(group: string, kind: string, verbs: readonly string[] = ['list', 'create']): ApiResource {
  const plural = plurals[kind] ?? `${kind.toLowerCase()}${kind.endsWith('s') ? 'es' : 's'}`;
  return { group, version: 'v1', kind, plural, namespaced: !clusterKinds.test(kind), verbs, subresources: ['status'] };
}

const scope: ScopeSpec = {
  namespaces: ['shop', 'team-*'],
  excludeNamespaces: ['team-test'],
  kinds: [],
  excludeKinds: ['secrets.example.com'],
  labelSelector: '',
  clusterScoped: 'dependencies',
};

const context: SelectionContext = {
  resources: [
    resource('apps', 'Deployment'),
    resource('apps', 'ReplicaSet'),
    resource('apps', 'StatefulSet'),
    resource('batch', 'CronJob'),
    resource('', 'Service'),
    resource('', 'Pod'),
    resource('db.example.com', 'Postgres'),
  ],
  landfallNamespace: 'landfall',
  excludedNamespaces: { 'team-old': 'labelled landfall.dev/exclude=true' },
};

function object(group: string, kind: string, metadata: object, remaining: object = {}): SelectedObject {
  const of = resource(group, kind);
  const meta = of.namespaced ? { namespace: 'shop', name: 'x', ...metadata } : { name: 'x', ...metadata };
  const text = JSON.stringify({ metadata: meta, ...remaining });
  return { head: readHead(text, of), text, resource: of };
}

function decide(candidate: SelectedObject, using = scope, given = context): string {
  const decision = decideObject(candidate, using, given);
  return decision.in ? 'in' : decision.rule;
}

function owned(apiVersion: string, kind: string, controller = true): object {
  return { ownerReferences: [{ apiVersion, kind, name: 'owner', uid: 'u', controller }] };
}

describe('readHead', () => {
  it('takes kind and version from the resource where a list omits them, and never from prototypes', () => {
    const text =
      '{"metadata":{"name":"a\\u0062","namespace":"n","uid":"u","labels":{"constructor":"x"},"managedFields":[{"manager":"kubectl","operation":"Update","fieldsV1":{"f:a":{}}}],"finalizers":["f"]},"spec":{"metadata":{"name":"no"}}}';
    const head = readHead(text, resource('apps', 'Deployment'));
    expect(head.ref).toEqual({ group: 'apps', kind: 'Deployment', namespace: 'n', name: 'ab' });
    expect(head.apiVersion).toBe('apps/v1');
    expect(head.resource).toBe('deployments.apps');
    expect(head.managers).toEqual([{ manager: 'kubectl', operation: 'Update', subresource: '' }]);
    expect(head.labels['toString']).toBeUndefined();
  });

  it('readListedHead: reads the same of what a server lists, and nothing behind the metadata', () => {
    const of = resource('apps', 'Deployment');
    const metadata =
      '{"name":"a","namespace":"n","labels":{"x":"y"},"managedFields":[{"manager":"kubectl","operation":"Update"}]}';
    for (const text of [
      `{"metadata":${metadata},"spec":{"replicas":1}}`,
      `{"apiVersion":"apps/v1","data":{"metadata":"}"},"kind":"Deployment","metadata":${metadata},"spec":{}}`,
      '{"spec":{}}',
    ]) {
      expect(readListedHead(text, of)).toEqual(readHead(text, of));
    }
    expect(readListedHead(`{"metadata":${metadata},"spec":broken}`, of).ref.name).toBe('a');
    expect(() => readListedHead('{"metadata":{"name":"a"', of)).toThrow('OBJECT_INVALID');
  });
});

describe('decideKind', () => {
  it.each<[string, string, string]>([
    ['', 'Node', 'kind/node'],
    ['', 'Event', 'kind/event'],
    ['events.k8s.io', 'Event', 'kind/event'],
    ['coordination.k8s.io', 'Lease', 'kind/lease'],
    ['', 'ComponentStatus', 'kind/health'],
    ['', 'Binding', 'kind/binding'],
    ['authorization.k8s.io', 'SubjectAccessReview', 'kind/review'],
    ['metrics.k8s.io', 'PodMetrics', 'kind/metric'],
    ['storage.k8s.io', 'CSINode', 'kind/node'],
    ['storage.k8s.io', 'VolumeAttachment', 'kind/attachment'],
    ['velero.io', 'Backup', 'kind/velero'],
    ['landfall.dev', 'Migration', 'kind/landfall'],
    ['snapshot.storage.k8s.io', 'VolumeSnapshot', 'kind/snapshot'],
    ['', 'PersistentVolume', 'kind/volume'],
    ['extensions', 'Ingress', 'kind/second-group'],
    ['rbac.authorization.k8s.io', 'ClusterRole', 'scope/dependency'],
    ['apps', 'Deployment', 'in'],
    ['', 'Namespace', 'in'],
  ])('%s %s: %s', (group, kind, expected) => {
    const decision = decideKind(resource(group, kind), scope);
    expect(decision.in ? 'in' : decision.rule).toBe(expected);
  });

  it('follows kinds and verbs', () => {
    const only = { ...scope, kinds: ['deploy*', 'Secret', 'clusterroles'] };
    expect(decideKind(resource('apps', 'Deployment'), only).in).toBe(true);
    expect(decideKind(resource('', 'Secret'), only).in).toBe(true);
    expect(decideKind(resource('rbac.authorization.k8s.io', 'ClusterRole'), only).in).toBe(true);
    expect(decideKind(resource('', 'ConfigMap'), only)).toMatchObject({ rule: 'scope/kind' });
    expect(decideKind(resource('', 'Namespace'), only).in).toBe(true);
    expect(decideKind(resource('x.io', 'Thing', ['get']), scope)).toMatchObject({ rule: 'kind/not-listable' });
    expect(decideKind(resource('x.io', 'Thing', ['list']), scope)).toMatchObject({ rule: 'kind/not-creatable' });
    expect(decideKind(resource('x.io', 'ClusterThing'), { ...scope, clusterScoped: 'none' })).toMatchObject({
      rule: 'scope/cluster',
    });
  });
});

describe('decideObject', () => {
  const leader = { annotations: { 'control-plane.alpha.kubernetes.io/leader': '{}' } };
  it.each<[string, string, SelectedObject]>([
    ['a ConfigMap', 'in', object('', 'ConfigMap', {})],
    ['a namespace by wildcard', 'in', object('', 'ConfigMap', { namespace: 'team-a' })],
    ['an excluded namespace', 'scope/namespace', object('', 'ConfigMap', { namespace: 'team-test' })],
    ['a labelled namespace', 'label/namespace', object('', 'ConfigMap', { namespace: 'team-old' })],
    ['another namespace', 'scope/namespace', object('', 'ConfigMap', { namespace: 'other' })],
    ['a Namespace in scope', 'in', object('', 'Namespace', { name: 'shop' })],
    ['a Namespace out of scope', 'scope/namespace', object('', 'Namespace', { name: 'other' })],
    ['terminating', 'object/terminating', object('', 'ConfigMap', { deletionTimestamp: '2026-01-01T00:00:00Z' })],
    [
      'Velero’s label',
      'label/exclude',
      object('', 'ConfigMap', { labels: { 'velero.io/exclude-from-backup': 'true' } }),
    ],
    ['our label', 'label/exclude', object('', 'ConfigMap', { labels: { 'landfall.dev/exclude': 'true' } })],
    ['a ReplicaSet', 'owned/controller', object('apps', 'ReplicaSet', owned('apps/v1', 'Deployment'))],
    ['a ReplicaSet without controller', 'in', object('apps', 'ReplicaSet', owned('apps/v1', 'Deployment', false))],
    ['a Job of a CronJob', 'owned/controller', object('batch', 'Job', owned('batch/v1', 'CronJob'))],
    ['a claim of a StatefulSet', 'in', object('', 'PersistentVolumeClaim', owned('apps/v1', 'StatefulSet'))],
    ['a claim of a pod', 'owned/controller', object('', 'PersistentVolumeClaim', owned('v1', 'Pod'))],
    ['a slice of a Service', 'owned/controller', object('discovery.k8s.io', 'EndpointSlice', owned('v1', 'Service'))],
    ['a revision', 'owned/controller', object('apps', 'ControllerRevision', owned('apps/v1', 'StatefulSet'))],
    ['a pod of an operator', 'owned/controller', object('', 'Pod', owned('db.example.com/v1', 'Postgres'))],
    ['a Secret of an operator', 'in', object('', 'Secret', owned('db.example.com/v1', 'Postgres'))],
    ['a StatefulSet of an operator', 'in', object('apps', 'StatefulSet', owned('db.example.com/v1', 'Postgres'))],
    ['a pod of an unknown kind', 'owned/without-controller', object('', 'Pod', owned('gone.example.com/v1', 'Gone'))],
    ['a static pod', 'owned/node', object('', 'Pod', owned('v1', 'Node'))],
    ['a mirror pod', 'object/mirror-pod', object('', 'Pod', { annotations: { 'kubernetes.io/config.mirror': 'x' } })],
    ['a completed pod', 'object/completed', object('', 'Pod', {}, { status: { phase: 'Succeeded' } })],
    ['a running pod', 'in', object('', 'Pod', {}, { status: { phase: 'Running' } })],
    ['a completed Job', 'object/completed', object('batch', 'Job', {}, { status: { completionTime: 'x' } })],
    [
      'a failed Job',
      'object/completed',
      object('batch', 'Job', {}, { status: { conditions: [{ type: 'Failed', status: 'True' }] } }),
    ],
    ['a root bundle', 'derived/certificate-bundle', object('', 'ConfigMap', { name: 'kube-root-ca.crt' })],
    ['a leader lock', 'derived/leader', object('', 'ConfigMap', leader)],
    ['the default account', 'derived/default-account', object('', 'ServiceAccount', { name: 'default' })],
    [
      'a default account with a pull secret',
      'in',
      object('', 'ServiceAccount', { name: 'default' }, { imagePullSecrets: [{ name: 'registry' }] }),
    ],
    ['an automatic token', 'derived/account-token', tokenSecret('web-token-bcdfg', ['kube-controller-manager'])],
    ['a token somebody made', 'in', tokenSecret('ci-token', ['kubectl', 'kube-controller-manager'])],
    ['a Secret of Helm', 'in', object('', 'Secret', {}, { type: 'helm.sh/release.v1' })],
    [
      'derived Endpoints',
      'derived/endpoints',
      object('', 'Endpoints', { labels: { 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' } }),
    ],
    ['hand-made Endpoints', 'in', object('', 'Endpoints', { managedFields: [{ manager: 'kubectl' }] })],
    [
      'a derived slice',
      'derived/endpoints',
      object('discovery.k8s.io', 'EndpointSlice', {
        labels: { 'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io' },
      }),
    ],
    ['a hand-made slice', 'in', object('discovery.k8s.io', 'EndpointSlice', { labels: {} })],
    [
      'a bootstrapped role',
      'derived/system',
      object('rbac.authorization.k8s.io', 'ClusterRole', {
        labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
      }),
    ],
    [
      'a role picked as dependency',
      'in',
      object('rbac.authorization.k8s.io', 'ClusterRole', { name: 'Shop:Admin ?#' }),
    ],
  ])('%s: %s', (_name, expected, given) => expect(decide(given)).toBe(expected));

  function tokenSecret(name: string, managers: readonly string[]): SelectedObject {
    const annotations = { 'kubernetes.io/service-account.name': name.split('-token')[0] };
    const managedFields = managers.map((manager) => ({ manager }));
    return object('', 'Secret', { name, annotations, managedFields }, { type: 'kubernetes.io/service-account-token' });
  }

  it('takes an owned object whose owner is not coming along', () => {
    const replicaSet = object('apps', 'ReplicaSet', owned('apps/v1', 'Deployment'));
    expect(decide(replicaSet, { ...scope, excludeKinds: ['deployments'] })).toBe('in');
    expect(decide(replicaSet, scope, { ...context, ownerState: () => 'gone' })).toBe('in');
    expect(decide(replicaSet, scope, { ...context, ownerState: () => 'in' })).toBe('owned/controller');
  });
  it('takes system namespaces only by name', () => {
    const config = object('', 'ConfigMap', { namespace: 'kube-system' });
    expect(decide(config, { ...scope, namespaces: ['*'] })).toBe('scope/system-namespace');
    expect(decide(config, { ...scope, namespaces: ['kube-system'] })).toBe('in');
  });
  it('selects by label, but not dependencies', () => {
    const labelled = { ...scope, labelSelector: 'app in (a, b),!canary' };
    expect(decide(object('', 'ConfigMap', { labels: { app: 'a' } }), labelled)).toBe('in');
    expect(decide(object('', 'ConfigMap', { labels: { app: 'a', canary: '' } }), labelled)).toBe('scope/label');
    expect(decide(object('rbac.authorization.k8s.io', 'ClusterRole', {}), labelled)).toBe('in');
  });
});

describe('label selectors', () => {
  it.each<[string, Record<string, string>, boolean]>([
    ['', {}, true],
    ['a=b', { a: 'b' }, true],
    ['a==b', { a: 'c' }, false],
    ['a!=b', {}, true],
    ['a in (b, c)', { a: 'c' }, true],
    ['a notin (b)', {}, true],
    ['a notin (b)', { a: 'b' }, false],
    ['a', { a: '' }, true],
    ['!a', { a: '' }, false],
    ['a>5', { a: '6' }, true],
    ['a<5', { a: 'x' }, false],
    ['x.io/a=b , c', { 'x.io/a': 'b', c: '1' }, true],
    ['a=', { a: '' }, true],
    ['a in (,b)', { a: '' }, true],
  ])('%s on %o: %s', (text, labels, expected) => {
    expect(matchesLabels(parseLabelSelector(text), labels)).toBe(expected);
    expect(matchesLabels(parseLabelSelector(formatLabelSelector(parseLabelSelector(text))), labels)).toBe(expected);
  });
  it.each(['a in b', 'a in (b', '=b', 'a,', ',a', 'a b', 'a>x', 'a=b=c', '!', 'a/b/c', 'a=-', 'ä=1'])(
    'refuses %j',
    (text) => expect(() => parseLabelSelector(text)).toThrowError(/CONFIG_INVALID/)
  );
  it('reads the object form', () => {
    const selector = selectorOf({ matchLabels: { a: 'b' }, matchExpressions: [{ key: 'c', operator: 'Exists' }] });
    expect(formatLabelSelector(selector)).toBe('a=b,c');
  });
  it('throws nothing uncoded', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-c=!,()<> in]*$/)), (text) => {
        expect(errorOf(() => parseLabelSelector(text))).toMatch(/^(?:$|LandfallError: CONFIG_INVALID)/);
      })
    );
  });
});

function errorOf(use: () => unknown): string {
  try {
    use();
    return '';
  } catch (error) {
    return String(error);
  }
}

describe('names', () => {
  it.each([
    ['team-*', 'team-a', true],
    ['*', '', true],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['*a*b*', 'xxaxxbxx', true],
    ['a.c', 'abc', false],
  ])('%s %s %s', (pattern, name, expected) => expect(compileGlob(pattern)(name)).toBe(expected));
  it('stays linear', () => {
    expect(compileGlob(`${'*a'.repeat(50)}b`)('a'.repeat(20_000))).toBe(false);
  });
  it.each([
    ['Deployment', true],
    ['deployments', true],
    ['deployments.apps', true],
    ['deployments.extensions', false],
    ['*.apps', true],
    ['deployments.', false],
  ])('kind %s: %s', (name, expected) => expect(compileKinds([name])(resource('apps', 'Deployment'))).toBe(expected));
});

describe('clusterDependencies', () => {
  const rbac = 'rbac.authorization.k8s.io';
  const binding = object(rbac, 'RoleBinding', {}, { roleRef: { kind: 'ClusterRole', name: 'shop' }, subjects: [] });
  const claim = object('', 'PersistentVolumeClaim', {}, { spec: { storageClassName: 'fast' } });
  const template = { spec: { priorityClassName: 'high', runtimeClassName: 'gvisor' } };
  const deployment = object('apps', 'Deployment', {}, { spec: { template } });
  const custom = object('db.example.com', 'Postgres', {});
  const account = object('', 'ServiceAccount', { name: 'web' });
  const clusterBinding = (name: string, subject: object, role: string): SelectedObject =>
    object(rbac, 'ClusterRoleBinding', { name }, { roleRef: { kind: 'ClusterRole', name: role }, subjects: [subject] });
  const candidates = [
    clusterBinding('ours', { kind: 'ServiceAccount', namespace: 'shop', name: 'web' }, 'aggregate'),
    clusterBinding('built-in', { kind: 'ServiceAccount', namespace: 'shop', name: 'default' }, 'view'),
    clusterBinding('foreign', { kind: 'ServiceAccount', namespace: 'other', name: 'web' }, 'other'),
    clusterBinding('system:ours', { kind: 'ServiceAccount', namespace: 'shop', name: 'web' }, 'other'),
    object(
      rbac,
      'ClusterRole',
      { name: 'aggregate' },
      { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { agg: 'y' } }] } }
    ),
    object(rbac, 'ClusterRole', { name: 'part', labels: { agg: 'y' } }),
    object(
      'admissionregistration.k8s.io',
      'ValidatingWebhookConfiguration',
      { name: 'guard' },
      { webhooks: [{ clientConfig: { service: { namespace: 'shop', name: 's' } } }] }
    ),
  ];
  it('asks for what objects in scope need, and says whether it is taken or only noted', () => {
    const requests = clusterDependencies([binding, claim, deployment, custom, account], candidates);
    expect(requests.map(({ ref, mode }) => `${mode} ${ref.kind} ${ref.name}`)).toEqual([
      'inventory ValidatingWebhookConfiguration guard',
      'capture CustomResourceDefinition postgreses.db.example.com',
      'inventory RuntimeClass gvisor',
      'capture ClusterRole aggregate',
      'capture ClusterRole part',
      'capture ClusterRole shop',
      'capture ClusterRoleBinding built-in',
      'capture ClusterRoleBinding ours',
      'capture PriorityClass high',
      'inventory StorageClass fast',
    ]);
  });
});
