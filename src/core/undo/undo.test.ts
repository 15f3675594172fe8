import { describe, expect, it } from 'vitest';
import { openDocument } from '../json/document.ts';
import { decideUndo, isOfPlatform, olderVolume, type UndoDecision } from './decide-undo.ts';
import { describeDeletion, isHeldByUnansweredApi } from './describe-deletion.ts';
import { decideGiveBack, anew } from './give-back.ts';

const run = 'landfall-shop-1';

interface Written {
  readonly manager: string;
  readonly subresource?: string;
  readonly operation?: string;
  readonly time?: string;
  readonly fields?: object;
}

const managed = (writers: readonly Written[]): object[] =>
  writers.map(({ manager, subresource = '', operation = 'Update', time = 't1', fields = {} }) => ({
    ...{ manager, operation, time, fieldsType: 'FieldsV1', fieldsV1: fields },
    ...(subresource === '' ? {} : { subresource }),
  }));

interface Given {
  readonly group?: string;
  readonly kind: string;
  readonly name?: string;
  readonly by?: readonly Written[];
  readonly metadata?: object;
  readonly spec?: object;
  readonly absent?: boolean;
}

function decide({ group = '', kind, name = 'x', by = [{ manager: run }], metadata = {}, spec, absent = true }: Given) {
  const ref = { group, kind, namespace: 'shop', name };
  const text = JSON.stringify({
    metadata: { name, resourceVersion: '7', managedFields: managed(by), ...metadata },
    spec,
  });
  return decideUndo({ ref, text, fieldManager: run, absent });
}

const finalizers = (...names: string[]) => ({ finalizers: names });
const ownFinalizers = (...names: string[]): Written => ({
  manager: run,
  fields: { 'f:metadata': { 'f:finalizers': Object.fromEntries(names.map((name) => [`v:"${name}"`, {}])) } },
});
const paused = { annotations: { 'crossplane.io/external-name': 'orders', 'crossplane.io/paused': 'true' } };
const active = { annotations: { 'crossplane.io/external-name': 'orders' } };
const bucket = { group: 'example.com', kind: 'Bucket' };

describe('an undo', () => {
  it.each<[string, Given, UndoDecision['do']]>([
    ['what the run made', { kind: 'ConfigMap' }, 'delete'],
    ['what another run made', { kind: 'ConfigMap', by: [{ manager: 'landfall-shop-2' }] }, 'nothing'],
    [
      'what the run made and another run changed',
      { kind: 'ConfigMap', by: [{ manager: run }, { manager: 'landfall-shop-2' }] },
      'leave',
    ],
    [
      'what a person has edited since',
      { kind: 'Deployment', group: 'apps', by: [{ manager: run }, { manager: 'kubectl-edit' }] },
      'leave',
    ],
    [
      'what a pipeline applies by now',
      {
        kind: 'Deployment',
        group: 'apps',
        by: [{ manager: run }, { manager: 'argocd-controller', operation: 'Apply' }],
      },
      'leave',
    ],
    [
      'what a script nobody knows has written to',
      { kind: 'ConfigMap', by: [{ manager: run }, { manager: 'curl', fields: { 'f:data': { 'f:a': {} } } }] },
      'leave',
    ],
    [
      'what a program nobody knows has marked',
      { kind: 'ConfigMap', by: [{ manager: run }, { manager: 'tagger', fields: { 'f:metadata': {} } }] },
      'delete',
    ],
    [
      'what a controller named by its template has written to',
      { kind: 'ConfigMap', by: [{ manager: run }, { manager: 'manager', fields: { 'f:data': {} } }] },
      'delete',
    ],
    [
      'what a person has scaled',
      { kind: 'Deployment', group: 'apps', by: [{ manager: run }, { manager: 'kubectl', subresource: 'scale' }] },
      'leave',
    ],
    [
      'what controllers work on',
      {
        kind: 'Deployment',
        group: 'apps',
        by: [
          { manager: run },
          { manager: 'kube-controller-manager', subresource: 'status' },
          { manager: 'kube-controller-manager' },
        ],
      },
      'delete',
    ],
    ['a bare account that was not there', { kind: 'ServiceAccount', by: [] }, 'delete'],
    ['a bare account that was there', { kind: 'ServiceAccount', by: [], absent: false }, 'nothing'],
    ['the default account', { kind: 'ServiceAccount', name: 'default', by: [] }, 'nothing'],
    ['the default account the run has written to', { kind: 'ServiceAccount', name: 'default' }, 'nothing'],
    ['a bundle every namespace gets', { kind: 'ConfigMap', name: 'kube-root-ca.crt' }, 'nothing'],
    ['a custom resource nobody has looked at', { ...bucket, metadata: active }, 'delete'],
    [
      'one that stands for something outside, adopted',
      {
        ...bucket,
        metadata: { ...active, ...finalizers('finalizer.managedresource.crossplane.io') },
        by: [{ manager: run }, { manager: 'kubectl-patch' }],
      },
      'leave',
    ],
    [
      'one whose controller wrote its status',
      { ...bucket, metadata: active, by: [{ manager: run }, { manager: 'provider', subresource: 'status' }] },
      'leave',
    ],
    [
      'one that is held still',
      { ...bucket, metadata: paused, by: [{ manager: run }, { manager: 'provider', subresource: 'status' }] },
      'delete',
    ],
    [
      'one that should be still and got a finalizer',
      {
        ...bucket,
        metadata: { ...paused, ...finalizers('f.example.com') },
        by: [{ manager: run }, { manager: 'provider' }],
      },
      'leave',
    ],
    [
      'one of ACK whose controller has adopted it',
      {
        group: 's3.services.k8s.aws',
        kind: 'Bucket',
        metadata: { annotations: { 'services.k8s.aws/deletion-policy': 'retain' } },
        by: [{ manager: run }, { manager: 'controller' }],
      },
      'leave',
    ],
    [
      'one of an unknown controller with a finalizer',
      {
        group: 'db.corp',
        kind: 'Database',
        metadata: finalizers('db.corp/cleanup'),
        by: [{ manager: run }, { manager: 'manager' }],
      },
      'leave',
    ],
    [
      'one whose finalizer cleans up inside',
      {
        group: 'acme.cert-manager.io',
        kind: 'Order',
        metadata: finalizers('finalizer.acme.cert-manager.io'),
        by: [{ manager: run }, { manager: 'cert-manager' }],
      },
      'delete',
    ],
    [
      'one of an operator without finalizers',
      { group: 'db.corp', kind: 'Database', by: [{ manager: run }, { manager: 'manager', subresource: 'status' }] },
      'delete',
    ],
    [
      'a Service whose load balancer the target made',
      {
        kind: 'Service',
        metadata: finalizers('service.kubernetes.io/load-balancer-cleanup'),
        by: [{ manager: run }, { manager: 'cloud-controller-manager' }],
      },
      'delete',
    ],
  ])('%s: %#', (_, given, expected) => {
    expect(decide(given).do).toBe(expected);
  });

  it('takes its own finalizers away first, and nobody else’s', () => {
    const held = ['r.example.com/operator', 'kubernetes.io/pvc-protection'];
    expect(decide({ kind: 'ConfigMap', metadata: finalizers(...held), by: [ownFinalizers(held[0] ?? '')] })).toEqual({
      ...{ do: 'delete', exactly: false },
      first: [{ op: 'replace', path: '/metadata/finalizers', value: ['kubernetes.io/pvc-protection'] }],
    });
  });

  it('makes what it leaves harmless for whoever deletes it later', () => {
    const spec = { deletionPolicy: 'Delete', managementPolicies: ['*'] };
    const remaining = decide({ ...bucket, spec, metadata: active, by: [{ manager: run }, { manager: 'provider' }] });
    expect(remaining.do === 'leave' && remaining.first.map(({ path, value }) => [path, value])).toEqual([
      ['/metadata/annotations/crossplane.io~1paused', 'true'],
      ['/spec/deletionPolicy', 'Orphan'],
      ['/spec/managementPolicies', ['Observe']],
    ]);
  });

  it.each([
    ['/PersistentVolume', '/spec/persistentVolumeReclaimPolicy', { persistentVolumeReclaimPolicy: 'Delete' }],
    ['snapshot.storage.k8s.io/VolumeSnapshotContent', '/spec/deletionPolicy', { deletionPolicy: 'Delete' }],
  ])('never deletes what is behind a %s', (key, path, spec) => {
    const [group = '', kind = ''] = key.split('/');
    const { first } = decide({ group, kind, spec, by: [{ manager: run }] }) as { first: readonly object[] };
    expect(first).toContainEqual({ op: 'add', path, value: 'Retain' });
  });

  it('knows what every cluster has', () => {
    const names = ['default', 'kube-system', 'kube-public', 'kube-node-lease', 'shop'];
    expect(names.map((name) => isOfPlatform({ group: '', kind: 'Namespace', namespace: '', name }))).toEqual([
      true,
      true,
      true,
      true,
      false,
    ]);
  });

  it.each([
    ['2026-01-01T00:00:00Z', 'Delete', true],
    ['2026-01-03T00:00:00Z', 'Delete', false],
    ['2026-01-01T00:00:00Z', 'Retain', false],
  ])('keeps a claim with a volume of %s and policy %s: %s', (creationTimestamp, policy, kept) => {
    const claim = openDocument('{"metadata":{"creationTimestamp":"2026-01-02T00:00:00Z"}}');
    const spec = { persistentVolumeReclaimPolicy: policy, claimRef: { name: 'x' } };
    const volume = openDocument(JSON.stringify({ metadata: { name: 'pv', creationTimestamp }, spec }));
    expect(olderVolume(claim, volume) !== '').toBe(kept);
  });
});

describe('what was there before', () => {
  const before = {
    metadata: {
      name: 'x',
      uid: 'u',
      resourceVersion: '5',
      labels: { a: '1', b: '1' },
      managedFields: managed([
        {
          manager: 'kubectl',
          time: 't0',
          fields: {
            'f:metadata': { 'f:labels': { 'f:a': {}, 'f:b': {} } },
            'f:data': { 'f:k': {}, 'f:gone': {} },
            'f:spec': { 'f:ports': { 'k:{"port":80}': { '.': {}, 'f:port': {}, 'f:name': {} } } },
          },
        },
      ]),
    },
    data: { k: 'old', gone: 'kept' },
    spec: { ports: [{ port: 80, name: 'web' }] },
  };
  const ours: Written = {
    ...{ manager: run, time: 't2' },
    fields: {
      'f:metadata': { 'f:labels': { 'f:a': {}, 'f:new': {} } },
      'f:data': { 'f:k': {}, 'f:added': {} },
      'f:spec': { 'f:ports': { 'k:{"port":80}': { 'f:name': {} }, 'k:{"port":81}': { '.': {}, 'f:port': {} } } },
    },
  };
  const after = (writers: readonly Written[], more: object = {}) =>
    JSON.stringify({
      metadata: {
        name: 'x',
        uid: 'u',
        resourceVersion: '9',
        labels: { a: '2', b: '1', new: '1' },
        managedFields: managed(writers),
      },
      data: { k: 'new', added: '1' },
      spec: { ports: [{ port: 80, name: 'changed' }, { port: 81 }] },
      ...more,
    });
  const user: Written = { manager: 'kubectl', time: 't0', fields: {} };
  const give = (live: string) => decideGiveBack({ prior: JSON.stringify(before), live, fieldManager: run });

  it('is left alone when nothing was written', () => {
    expect(give(JSON.stringify(before))).toEqual({ do: 'nothing' });
  });

  it('comes back as a whole when nobody else has written since', () => {
    const given = give(after([user, ours]));
    expect(given.do === 'replace' && JSON.parse(given.text)).toMatchObject({
      metadata: { resourceVersion: '9', labels: { a: '1', b: '1' } },
      data: before.data,
    });
  });

  it('comes back field by field when somebody else has: what they wrote stays', () => {
    const given = give(
      after([user, ours, { manager: 'kubectl-edit', time: 't3', fields: { 'f:data': { 'f:theirs': {} } } }])
    );
    expect(given).toMatchObject({ do: 'patch', by: 'kubectl-edit' });
    const patched = openDocument(after([]));
    if (given.do === 'patch') patched.apply(JSON.parse(given.patch) as []);
    expect(JSON.parse(patched.text())).toMatchObject({
      metadata: { labels: { a: '1', b: '1' }, resourceVersion: '9' },
      ...{ data: { k: 'old', gone: 'kept' }, spec: { ports: [{ port: 80, name: 'web' }] } },
    });
    expect(JSON.parse(patched.text())).not.toHaveProperty('data.added');
  });

  it('stays with whoever changed it when the run has nothing in it', () => {
    const whole = {
      data: before.data,
      spec: before.spec,
      metadata: {
        ...before.metadata,
        resourceVersion: '9',
        managedFields: managed([user, { manager: 'someone', time: 't3' }]),
      },
    };
    expect(give(JSON.stringify({ ...whole }))).toEqual({ do: 'leave', by: 'someone', missing: false });
    expect(give(JSON.stringify({ ...whole, data: { k: 'old' } }))).toEqual({
      do: 'leave',
      by: 'someone',
      missing: true,
    });
  });

  it('is nobody’s to change when it was made anew by somebody', () => {
    expect(give(after([ours]).replace('"uid":"u"', '"uid":"v"'))).toMatchObject({ do: 'leave' });
  });

  it('can be made anew without what the server writes', () => {
    expect(JSON.parse(anew(JSON.stringify(before)))).toEqual({
      metadata: { name: 'x', labels: { a: '1', b: '1' } },
      data: before.data,
      spec: before.spec,
    });
  });
});

describe('what holds a deletion', () => {
  const namespace = {
    group: '',
    version: 'v1',
    kind: 'Namespace',
    plural: 'namespaces',
    namespaced: false,
    verbs: [],
    subresources: [],
  };
  const condition = (type: string, status: string, message = 'why') => ({ type, status, message });
  it('is said by finalizers and by the conditions of a namespace', () => {
    const text = JSON.stringify({
      metadata: { deletionTimestamp: 't', finalizers: ['controller.cattle.io/namespace-auth'] },
      status: {
        conditions: [
          condition('NamespaceDeletionDiscoveryFailure', 'True', 'b/v1: stale'),
          condition('NamespaceContentRemaining', 'False'),
        ],
      },
    });
    expect(describeDeletion(text, namespace)).toBe(
      'being deleted, held by controller.cattle.io/namespace-auth; NamespaceDeletionDiscoveryFailure: b/v1: stale'
    );
  });

  it.each<[string, object[], boolean]>([
    ['an API that does not answer', [condition('NamespaceDeletionDiscoveryFailure', 'True')], true],
    [
      'such an API, and content that is left',
      [condition('NamespaceDeletionDiscoveryFailure', 'True'), condition('NamespaceContentRemaining', 'True')],
      false,
    ],
    ['nothing', [condition('NamespaceDeletionDiscoveryFailure', 'False')], false],
    ['finalizers of its content', [condition('NamespaceFinalizersRemaining', 'True')], false],
  ])('%s: whether an API alone holds the namespace', (_, conditions, held) => {
    expect(isHeldByUnansweredApi(JSON.stringify({ metadata: {}, status: { conditions } }))).toBe(held);
  });
});
