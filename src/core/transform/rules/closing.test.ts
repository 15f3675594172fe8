import { describe, expect, it } from 'vitest';
import { catalogue } from '../../error-catalogue.ts';
import { errorDetail, type ErrorCode } from '../../errors.ts';
import type { ApiResource } from '../../resource.ts';
import { exitCodeOf } from '../../run/exit-code.ts';
import { readHead } from '../../select/head.ts';
import type { TransformContext } from '../rule.ts';
import { transformObject } from '../transform-object.ts';

const context: TransformContext = {
  ...{ namespaceMapping: {}, storageClasses: {}, userTransforms: [], volumes: {}, targetResources: [] },
  ...{ preserve: { nodePorts: false, status: [] }, deferPodSecurity: false },
};

interface Given {
  readonly metadata?: object;
  readonly spec?: object;
}

function resource(key: string): ApiResource {
  const [group = '', kind = ''] = key.split('/');
  const plural = `${kind.toLowerCase()}s`;
  return { group, version: 'v1', kind, plural, namespaced: kind !== 'Namespace', verbs: [], subresources: ['status'] };
}

function transform(key: string, { metadata = {}, spec }: Given, using: Partial<TransformContext> = {}) {
  const of = resource(key);
  const apiVersion = of.group === '' ? 'v1' : `${of.group}/v1`;
  const where = of.namespaced ? { name: 'x', namespace: 'shop' } : { name: 'x' };
  const given = { apiVersion, kind: of.kind, metadata: { ...where, ...metadata }, ...(spec && { spec }) };
  const text = JSON.stringify(given);
  const outcome = transformObject({ head: readHead(text, of), text, resource: of }, { ...context, ...using });
  const made = JSON.parse(outcome.text) as { metadata: Record<string, unknown>; spec?: Record<string, unknown> };
  return { ...outcome, made, codes: outcome.notes.map(({ code, severity }) => `${code} ${severity}`) };
}

const annotated = (key: string, value = 'x'): Given => ({ metadata: { annotations: { [key]: value } } });
const final = (...finalizers: string[]): Given => ({ metadata: { finalizers } });

describe('objects that stand for something outside', () => {
  const asPaused = (key: string) => ({ metadata: { annotations: { [key]: 'true' } } });
  it.each<[string, string, Given, object, Partial<TransformContext>?]>([
    [
      'a managed resource by its annotation',
      'bug.example.com/Bucket',
      annotated('crossplane.io/external-name'),
      asPaused('crossplane.io/paused'),
    ],
    ['a managed resource by its group', 's3.aws.upbound.io/Bucket', {}, asPaused('crossplane.io/paused')],
    [
      'a managed resource by its finalizer',
      'db.corp/Database',
      final('finalizer.managedresource.crossplane.io'),
      asPaused('crossplane.io/paused'),
    ],
    [
      'a claim by its composition',
      'db.corp/Database',
      { spec: { compositionRef: { name: 'a' } } },
      asPaused('crossplane.io/paused'),
    ],
    [
      'ACK',
      's3.services.k8s.aws/Bucket',
      {},
      { metadata: { annotations: { 'services.k8s.aws/deletion-policy': 'retain' } } },
    ],
    [
      'Config Connector',
      'sql.cnrm.cloud.google.com/SQLInstance',
      {},
      { metadata: { annotations: { 'cnrm.cloud.google.com/deletion-policy': 'abandon' } } },
    ],
    [
      'Azure Service Operator',
      'storage.azure.com/StorageAccount',
      final('serviceoperator.azure.com/finalizer'),
      { metadata: { annotations: { 'serviceoperator.azure.com/reconcile-policy': 'skip' } } },
    ],
    ['a Cluster of Cluster API', 'cluster.x-k8s.io/Cluster', {}, asPaused('cluster.x-k8s.io/paused')],
    ['Terraform', 'infra.contrib.fluxcd.io/Terraform', { spec: {} }, { spec: { suspend: true } }],
    ['a HelmRelease', 'helm.toolkit.fluxcd.io/HelmRelease', { spec: {} }, { spec: { suspend: true } }],
    ['an Application', 'argoproj.io/Application', { spec: {} }, asPaused('argocd.argoproj.io/skip-reconcile')],
    [
      'an ApplicationSet, by the Applications it makes',
      'argoproj.io/ApplicationSet',
      { spec: { template: { metadata: { name: 'a' } } } },
      {
        spec: {
          template: { metadata: { name: 'a', annotations: { 'argocd.argoproj.io/skip-reconcile': 'true' } } },
        },
      },
    ],
    [
      'a host name ExternalDNS publishes',
      '/Service',
      annotated('external-dns.alpha.kubernetes.io/hostname'),
      { metadata: { annotations: { 'external-dns.alpha.kubernetes.io/controller': 'landfall-held' } } },
    ],
  ])('%s: is made still and reported', (_, key, given, expected) => {
    const { made, codes, text } = transform(key, given);
    expect(made).toMatchObject(expected);
    expect(made.metadata).not.toHaveProperty('finalizers');
    expect(codes).toEqual(['EXTERNAL_HELD warning']);
    const again = transform(key, JSON.parse(text) as Given);
    expect(again.text).toBe(text);
    expect(again.codes).toEqual(['EXTERNAL_HELD info']);
  });

  it.each<[string, string, Given, string]>([
    ['a record', 'externaldns.k8s.io/DNSEndpoint', {}, 'EXTERNAL_SHARED blocker'],
    ['targets of a load balancer', 'elbv2.k8s.aws/TargetGroupBinding', {}, 'EXTERNAL_SHARED blocker'],
    ['a service of a cloud', 'aiven.io/Kafka', {}, 'EXTERNAL_SHARED blocker'],
    ['a bucket', 'objectbucket.io/ObjectBucketClaim', {}, 'EXTERNAL_SHARED warning'],
    ['a secret that is written outside', 'external-secrets.io/PushSecret', {}, 'EXTERNAL_SHARED warning'],
    ['a copy of a volume', 'volsync.backube/ReplicationDestination', { spec: {} }, 'EXTERNAL_HELD warning'],
    [
      'a load balancer by its id',
      '/Service',
      annotated('kubernetes.digitalocean.com/load-balancer-id'),
      'EXTERNAL_SHARED blocker',
    ],
    [
      'an external id of an unknown controller',
      'db.corp/Database',
      annotated('db.corp/external-id'),
      'EXTERNAL_SHARED blocker',
    ],
    [
      'a policy of an unknown controller',
      'db.corp/Database',
      { spec: { deletionPolicy: 'Delete' } },
      'EXTERNAL_SHARED warning',
    ],
  ])('%s: cannot be made still, and a person decides', (_, key, given, expected) => {
    expect(transform(key, given).codes).toEqual([expected]);
  });

  it('stops a run by a code that errors have, so that the run ends with it', () => {
    const { notes } = transform('externaldns.k8s.io/DNSEndpoint', {});
    const error = errorDetail(notes[0]?.code as ErrorCode, { what: 'shared' });
    expect(catalogue).toHaveProperty(error.code);
    expect(exitCodeOf({ outcome: 'failed', error, undo: 'none' })).toBe(5);
  });

  it.each<[string, string, Given]>([
    ['a secret that is read from outside', 'external-secrets.io/ExternalSecret', { spec: {} }],
    ['parameters of a load balancer', 'elbv2.k8s.aws/IngressClassParams', {}],
    ['an ordinary custom resource', 'postgresql.cnpg.io/Cluster', { spec: { instances: 3 } }],
    ['a composition', 'apiextensions.crossplane.io/Composition', {}],
    ['a configuration of a provider', 'aws.upbound.io/ProviderConfig', {}],
    ['a namespace of Config Connector', '/Namespace', annotated('cnrm.cloud.google.com/project-id')],
    ['a template of Cluster API', 'infrastructure.cluster.x-k8s.io/AWSMachineTemplate', {}],
    ['a Service', '/Service', annotated('service.beta.kubernetes.io/aws-load-balancer-type')],
    ['an Ingress without a record', 'networking.k8s.io/Ingress', annotated('external-dns.alpha.kubernetes.io/ttl')],
    ['a certificate', 'cert-manager.io/Certificate', { spec: { secretName: 'tls' } }],
  ])('%s: is nothing of the kind', (_, key, given) => {
    const { codes, changes } = transform(key, given);
    expect(codes).toEqual([]);
    expect(changes.map(({ rule }) => rule)).not.toContain('external');
  });
});

describe('finalizers', () => {
  const kept = (names: readonly string[], using: Partial<TransformContext> = {}) =>
    transform('db.corp/Database', final(...names), using).made.metadata['finalizers'];
  const served = { targetResources: [resource('db.corp/Database')] };

  it('of controllers the target does not have stay behind, by name', () => {
    const { changes, made } = transform('/ConfigMap', final('r12.example.com/operator', 'kubernetes.io/keep'));
    expect(made.metadata['finalizers']).toEqual(['kubernetes.io/keep']);
    expect(changes.find(({ rule }) => rule === 'foreign-finalizers')?.reason).toContain('r12.example.com/operator');
  });
  it('of controllers the target has travel, also when the object is made again from the plan', () => {
    expect(kept(['db.corp/cleanup', 'other.org/x'], served)).toEqual(['db.corp/cleanup']);
    expect(kept(['db.corp/cleanup', 'other.org/x'], { keptFinalizers: ['db.corp/cleanup'] })).toEqual([
      'db.corp/cleanup',
    ]);
    expect(kept(['db.corp/cleanup'], { ...served, keptFinalizers: [] })).toBeUndefined();
  });
  it.each([
    'snapshot.storage.kubernetes.io/pvc-as-source-protection',
    'groupsnapshot.storage.kubernetes.io/x',
    'external-attacher/ebs-csi-aws-com',
    'external-provisioner.volume.kubernetes.io/finalizer',
  ])('set while a controller works on a volume stay behind: %s', (name) => {
    const { made } = transform('/PersistentVolumeClaim', final('kubernetes.io/pvc-protection', name));
    expect(made.metadata['finalizers']).toEqual(['kubernetes.io/pvc-protection']);
  });
});

describe('a management plane', () => {
  it('keeps no state of its own in what moves, and its project is reported', () => {
    const { made, notes } = transform('/Namespace', {
      metadata: {
        finalizers: ['controller.cattle.io/namespace-auth'],
        labels: { 'field.cattle.io/projectId': 'p-1', team: 'shop' },
        annotations: {
          ...{
            'field.cattle.io/projectId': 'c-m-src01:p-1',
            'cattle.io/status': '{}',
            'field.cattle.io/description': 'ours',
          },
          'lifecycle.cattle.io/create.namespace-auth': 'true',
        },
      },
    });
    expect(made.metadata).toEqual({
      ...{ name: 'x', labels: { team: 'shop' }, annotations: { 'field.cattle.io/description': 'ours' } },
    });
    expect(notes.map(({ message }) => message).join()).toContain('c-m-src01:p-1');
  });
  it('is not seen in ordinary namespaces', () => {
    const { changes } = transform('/Namespace', {
      metadata: { labels: { team: 'shop' }, annotations: { 'a.io/b': 'c' } },
    });
    expect(changes).toEqual([]);
  });
});
