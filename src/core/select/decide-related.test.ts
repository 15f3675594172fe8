import { describe, expect, it } from 'vitest';
import type { ApiResource } from '../resource.ts';
import type { ScopeSpec } from '../spec/spec.ts';
import { isCounted } from './decide-kind.ts';
import { decideObject, type SelectionContext } from './decide-object.ts';
import { addressesOfEndpoints, hasSelector, type EndpointsService } from './endpoints.ts';
import { readHead } from './head.ts';
import type { OwnerState } from './owners.ts';

function resource(group: string, kind: string, more: Partial<ApiResource> = {}): ApiResource {
  const plural = kind.endsWith('s') ? kind.toLowerCase() : `${kind.toLowerCase()}s`;
  const verbs = ['list', 'create'];
  return { group, version: 'v1', kind, plural, namespaced: true, verbs, subresources: ['status'], ...more };
}

const scope: ScopeSpec = {
  ...{ namespaces: ['shop'], excludeNamespaces: [], kinds: [], excludeKinds: [] },
  ...{ labelSelector: '', clusterScoped: 'dependencies' as const },
};
const context: SelectionContext = {
  resources: [
    ...[resource('apps', 'Deployment'), resource('apps', 'ReplicaSet'), resource('', 'Service')],
    ...[resource('', 'Pod'), resource('cert-manager.io', 'Certificate')],
    ...[resource('db.example.com', 'Cluster'), resource('keda.sh', 'ScaledObject'), resource('keda.sh', 'ScaledJob')],
    ...[resource('tekton.dev', 'PipelineRun'), resource('infra.example.com', 'Pool', { namespaced: false })],
    ...[resource('projectcalico.org', 'NetworkPolicy'), resource('crd.projectcalico.org', 'NetworkPolicy')],
  ],
  landfallNamespace: 'landfall',
  excludedNamespaces: {},
};

interface Given {
  readonly metadata?: object;
  readonly remaining?: object;
  readonly of?: Partial<ApiResource>;
  readonly scope?: Partial<ScopeSpec>;
  readonly context?: Partial<SelectionContext>;
}

function decide(group: string, kind: string, given: Given = {}) {
  const of = resource(group, kind, given.of);
  const text = JSON.stringify({ metadata: { namespace: 'shop', name: 'x', ...given.metadata }, ...given.remaining });
  const object = { head: readHead(text, of), text, resource: of };
  return decideObject(object, { ...scope, ...given.scope }, { ...context, ...given.context });
}

function ruleOf(group: string, kind: string, given: Given = {}): string {
  const decision = decide(group, kind, given);
  return decision.in ? 'in' : decision.rule;
}

const owned = (apiVersion: string, kind: string): object => ({
  ownerReferences: [{ apiVersion, kind, name: 'owner', uid: 'u', controller: true }],
});

describe('what has run to its end', () => {
  it.each([
    ['Complete', 'True', 'object/completed'],
    ['Failed', 'True', 'object/completed'],
    ['SuccessCriteriaMet', 'True', 'object/completed'],
    ['FailureTarget', 'True', 'object/completed'],
    ['SuccessCriteriaMet', 'False', 'in'],
    ['Suspended', 'True', 'in'],
  ])('a Job with the condition %s %s: %s', (type, status, expected) => {
    expect(ruleOf('batch', 'Job', { remaining: { status: { conditions: [{ type, status }] } } })).toBe(expected);
  });

  const ended = { status: { completionTime: '2026-11-01T00:00:00Z' } };
  it('is excluded, unless its status travels', () => {
    expect(decide('tekton.dev', 'TaskRun', { remaining: ended })).toMatchObject({ rule: 'object/completed' });
    expect(ruleOf('tekton.dev', 'TaskRun', { remaining: ended, of: { subresources: [] } })).toBe('in');
    expect(ruleOf('tekton.dev', 'TaskRun', { remaining: { status: {} } })).toBe('in');
  });
});

describe('what a custom resource controls', () => {
  const pod = (state?: OwnerState): Given => ({
    metadata: owned('db.example.com/v1', 'Cluster'),
    ...(state === undefined ? {} : { context: { ownerState: () => state } }),
  });
  it.each<[string, string, string, Given]>([
    ['a pod', 'owned/controller', '/Pod', pod()],
    [
      'a pod whose controller is excluded',
      'owned/without-controller',
      '/Pod',
      { ...pod(), scope: { excludeKinds: ['clusters.db.example.com'] } },
    ],
    [
      'a pod whose controller is not selected',
      'owned/without-controller',
      '/Pod',
      pod({ rule: 'scope/label', reason: 'its labels do not match' }),
    ],
    ['a pod whose controller is gone', 'owned/without-controller', '/Pod', pod('gone')],
    ['a Job whose controller is excluded', 'owned/without-controller', 'batch/Job', pod('out')],
    [
      'an autoscaler of KEDA',
      'owned/controller',
      'autoscaling/HorizontalPodAutoscaler',
      { metadata: owned('keda.sh/v1', 'ScaledObject') },
    ],
    ['a Job of KEDA', 'owned/controller', 'batch/Job', { metadata: owned('keda.sh/v1', 'ScaledJob') }],
    ['a disruption budget', 'owned/controller', 'policy/PodDisruptionBudget', pod()],
    [
      'a task of a pipeline that runs',
      'owned/controller',
      'tekton.dev/TaskRun',
      { metadata: owned('tekton.dev/v1', 'PipelineRun') },
    ],
    [
      'a request of a Certificate',
      'owned/controller',
      'cert-manager.io/CertificateRequest',
      { metadata: owned('cert-manager.io/v1', 'Certificate') },
    ],
    [
      'a request for a volume of a pod',
      'owned/controller',
      'cert-manager.io/CertificateRequest',
      { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'owner', uid: 'u' }] } },
    ],
    [
      'the route that answers a challenge',
      'owned/without-controller',
      'networking.k8s.io/Ingress',
      { metadata: owned('acme.cert-manager.io/v1', 'Challenge') },
    ],
    [
      'the claim by which a populator fills another one',
      'owned/controller',
      '/PersistentVolumeClaim',
      {
        metadata: owned('v1', 'PersistentVolumeClaim'),
        context: { resources: [...context.resources, resource('', 'PersistentVolumeClaim')] },
      },
    ],
    ['work of Kyverno', 'kind/in-flight', 'kyverno.io/UpdateRequest', {}],
    ['addresses of a policy of EKS', 'kind/derived', 'networking.k8s.aws/PolicyEndpoint', {}],
    [
      'a target group that the controller of an Ingress binds',
      'derived/target-group',
      'elbv2.k8s.aws/TargetGroupBinding',
      { metadata: { labels: { 'ingress.k8s.aws/stack-name': 'web' } } },
    ],
    ['a target group that somebody binds', 'in', 'elbv2.k8s.aws/TargetGroupBinding', {}],
    ['a request that somebody wrote', 'in', 'cert-manager.io/CertificateRequest', {}],
    ['an order of a request', 'kind/in-flight', 'acme.cert-manager.io/Order', {}],
    ['a Job that a ConfigMap owns', 'in', 'batch/Job', { metadata: owned('v1', 'ConfigMap') }],
    ['a Secret', 'in', '/Secret', pod()],
    ['a ConfigMap', 'in', '/ConfigMap', pod()],
    ['a claim', 'in', '/PersistentVolumeClaim', pod()],
    ['a claim whose controller is excluded', 'in', '/PersistentVolumeClaim', pod('out')],
    ['a Deployment', 'in', 'apps/Deployment', pod()],
    [
      'a pod of a cluster-scoped controller',
      'owned/controller',
      '/Pod',
      { metadata: owned('infra.example.com/v1', 'Pool') },
    ],
  ])('%s: %s', (_name, expected, kind, given) => {
    const [group = '', name = ''] = kind.split('/');
    expect(ruleOf(group, name, given)).toBe(expected);
  });

  it('gives the true reason', () => {
    const state = { rule: 'scope/label', reason: 'its labels do not match labelSelector' };
    expect(decide('', 'Pod', pod(state))).toMatchObject({
      reason: 'only its controller creates it, and Cluster owner is not moved: its labels do not match labelSelector',
    });
  });

  it('a ReplicaSet travels alone where its Deployment is not selected, and not where somebody marked that one', () => {
    const set = (state: OwnerState): Given => ({
      metadata: owned('apps/v1', 'Deployment'),
      context: { ownerState: () => state },
    });
    expect(ruleOf('apps', 'ReplicaSet', set({ rule: 'scope/label', reason: '' }))).toBe('in');
    const marked = decide('apps', 'ReplicaSet', set({ rule: 'label/exclude', reason: 'labelled x=true' }));
    expect(marked).toMatchObject({ reason: 'its controller, Deployment owner, is excluded: labelled x=true' });
  });
});

describe('endpoints', () => {
  const mark = { labels: { 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' } };
  const subsets = [{ addresses: [{ ip: '203.0.113.10' }], ports: [{ port: 5432 }] }];
  const ofPods = [{ addresses: [{ ip: '10.1.0.9', targetRef: { kind: 'Pod', name: 'p' } }] }];
  const service = (found: EndpointsService | undefined) => ({ serviceOf: () => found });
  const selected = service({ hasSelector: true, addresses: new Set() });
  const without = service({ hasSelector: false, addresses: new Set(['203.0.113.10']) });
  const slice = (manager: string) => ({
    labels: { 'endpointslice.kubernetes.io/managed-by': manager, 'kubernetes.io/service-name': 'db' },
    ...owned('v1', 'Service'),
  });
  const endpoints = (ip: string) => ({ endpoints: [{ addresses: [ip] }] });
  it.each<[string, string, string, Given]>([
    [
      'of a Service with a selector',
      'derived/endpoints',
      'Endpoints',
      { metadata: mark, remaining: { subsets }, context: selected },
    ],
    ['of one that lost it', 'in', 'Endpoints', { metadata: mark, remaining: { subsets }, context: without }],
    [
      'of one that lost it, by annotation',
      'in',
      'Endpoints',
      {
        metadata: { annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': 'x' } },
        remaining: { subsets },
        context: without,
      },
    ],
    [
      'of pods on the source',
      'derived/endpoints-of-pods',
      'Endpoints',
      { metadata: mark, remaining: { subsets: ofPods }, context: without },
    ],
    [
      'of a Service that is gone',
      'derived/endpoints',
      'Endpoints',
      { metadata: mark, remaining: { subsets }, context: service(undefined) },
    ],
    [
      'a slice with a selector',
      'derived/endpoints',
      'EndpointSlice',
      { metadata: slice('endpointslice-controller.k8s.io'), context: selected },
    ],
    [
      'a mirrored slice',
      'derived/endpoints',
      'EndpointSlice',
      {
        metadata: slice('endpointslicemirroring-controller.k8s.io'),
        remaining: endpoints('203.0.113.10'),
        context: without,
      },
    ],
    [
      'a slice with what Endpoints hold',
      'derived/endpoints',
      'EndpointSlice',
      { metadata: slice('endpointslice-controller.k8s.io'), remaining: endpoints('203.0.113.10'), context: without },
    ],
    [
      'a slice that nobody fills',
      'derived/endpoints',
      'EndpointSlice',
      { metadata: slice('endpointslice-controller.k8s.io'), remaining: { endpoints: null }, context: without },
    ],
    [
      'a slice edited by hand',
      'in',
      'EndpointSlice',
      { metadata: slice('endpointslice-controller.k8s.io'), remaining: endpoints('203.0.113.11'), context: without },
    ],
    [
      'a slice of a person',
      'in',
      'EndpointSlice',
      { metadata: { labels: { 'kubernetes.io/service-name': 'db' } }, context: without },
    ],
  ])('%s: %s', (_name, expected, kind, given) => {
    expect(ruleOf(kind === 'Endpoints' ? '' : 'discovery.k8s.io', kind, given)).toBe(expected);
  });

  it('reads selectors and addresses', () => {
    expect(hasSelector('{"spec":{"selector":{"app":"x"}}}')).toBe(true);
    expect(hasSelector('{"spec":{"selector":{}}}')).toBe(false);
    expect([...addressesOfEndpoints(JSON.stringify({ subsets }))]).toEqual(['203.0.113.10']);
  });
});

describe('views of other objects', () => {
  it.each([
    ['projectcalico.org', 'NetworkPolicy', 'knp.default.allow-web', 'derived/projection'],
    ['projectcalico.org', 'NetworkPolicy', 'default.only-db', 'in'],
    ['projectcalico.org', 'StagedNetworkPolicy', 'knp.default.x', 'derived/projection'],
    ['crd.projectcalico.org', 'NetworkPolicy', 'default.only-db', 'derived/stored-form'],
    ['crd.projectcalico.org', 'NetworkSet', 'x', 'in'],
    ['projectcalico.org', 'WorkloadEndpoint', 'x', 'kind/derived'],
    ['project.openshift.io', 'Project', 'x', 'kind/derived'],
  ])('%s %s %s: %s', (group, kind, name, expected) => {
    expect(ruleOf(group, kind, { metadata: { name } })).toBe(expected);
  });
});

describe('isCounted', () => {
  it.each<[string, ApiResource, boolean]>([
    ['a snapshot', resource('snapshot.storage.k8s.io', 'VolumeSnapshot'), true],
    ['a Lease', resource('coordination.k8s.io', 'Lease'), true],
    ['a report', resource('wgpolicyk8s.io', 'PolicyReport'), true],
    ['what nobody may create', resource('example.com', 'View', { verbs: ['list'] }), true],
    ['an Event', resource('', 'Event'), false],
    ['a measurement', resource('metrics.k8s.io', 'PodMetrics', { verbs: ['list'] }), false],
    ['a question', resource('authorization.k8s.io', 'LocalSubjectAccessReview', { verbs: ['create'] }), false],
    ['a kind that is taken', resource('', 'ConfigMap'), false],
    ['a volume', resource('', 'PersistentVolume', { namespaced: false }), false],
  ])('%s: %s', (_name, of, expected) => expect(isCounted(of, scope)).toBe(expected));
  it('follows excludeKinds', () => {
    expect(isCounted(resource('coordination.k8s.io', 'Lease'), { ...scope, excludeKinds: ['leases'] })).toBe(false);
  });
});
