import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createWidgetDefinition,
  startKubeRig,
  text,
  widgets,
  write,
  type KubeRig,
  type ManifestLike,
} from '../support/kube-rig.ts';

let rig: KubeRig;
beforeAll(async () => {
  rig = await startKubeRig('refusals');
});
afterAll(() => rig.end());

const configMap = (name: string, data: object = {}): ManifestLike => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
});
const unique = (name: string): string => `${name}-${randomBytes(3).toString('hex')}`;

async function freshNamespace(name: string, metadata: object = {}): Promise<string> {
  const namespace = unique(name);
  await rig.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, ...metadata } });
  rig.onEnd(() => rig.cluster.delete({ resource: rig.kind('Namespace'), namespace: '', name: namespace }));
  return namespace;
}

/** Repeats until the server has noticed a policy: it acts some tenths of a second after its creation. */
async function eventually(action: () => Promise<unknown>): Promise<unknown> {
  for (let tries = 0; ; tries += 1) {
    const error: unknown = await action().then(
      () => undefined,
      (thrown: unknown) => thrown
    );
    if (error !== undefined || tries === 40) return error;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

describe('who may do it', () => {
  it('names user, verb, resource and namespace (RBAC)', async () => {
    const eve = await rig.as('eve');
    const body = JSON.stringify({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: {} });
    await expect(
      eve.create({ resource: rig.kind('Deployment'), namespace: 'shop', body }, write)
    ).rejects.toMatchObject({
      code: 'CLUSTER_FORBIDDEN',
      detail: { what: 'user eve is not allowed to create deployments.apps in namespace shop on cluster target' },
    });
    await expect(eve.list(rig.kind('Node'), {})[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      detail: { what: 'user eve is not allowed to list nodes on cluster target' },
    });
    await expect(eve.exec({ namespace: 'shop', pod: 'db', command: ['true'], timeoutMs: 5_000 })).rejects.toMatchObject(
      {
        code: 'CLUSTER_FORBIDDEN',
      }
    );
    await expect(eve.logs({ namespace: 'shop', pod: 'db' })).rejects.toMatchObject({ code: 'CLUSTER_FORBIDDEN' });
  });

  it('knows a pod that is not there', async () => {
    const where = { namespace: rig.namespace, pod: 'none' };
    await expect(rig.cluster.exec({ ...where, command: ['true'], timeoutMs: 5_000 })).rejects.toMatchObject({
      code: 'OBJECT_NOT_FOUND',
    });
    await expect(rig.cluster.logs(where)).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
  });
});

describe('what the namespace lets in', () => {
  it('quota', async () => {
    const namespace = await freshNamespace('quota');
    await rig.create({
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'q', namespace },
      spec: { hard: { 'count/secrets': '0' } },
    });
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: unique('s'), namespace } };
    expect(
      await eventually(() => rig.create({ ...secret, metadata: { ...secret.metadata, name: unique('s') } }))
    ).toMatchObject({
      code: 'QUOTA_EXCEEDED',
      detail: { why: expect.stringContaining('exceeded quota: q') as string },
    });
  });

  it('pod security', async () => {
    const namespace = await freshNamespace('restricted', {
      labels: { 'pod-security.kubernetes.io/enforce': 'restricted' },
    });
    await rig.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'sa', namespace } });
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace },
      spec: {
        serviceAccountName: 'sa',
        containers: [{ name: 'c', image: 'i', securityContext: { privileged: true } }],
      },
    };
    await expect(rig.create(pod)).rejects.toMatchObject({ code: 'ADMISSION_DENIED' });
  });

  it('an admission policy', async () => {
    const name = unique('policy');
    const api = 'admissionregistration.k8s.io/v1';
    await rig.create({
      apiVersion: api,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: {
        matchConstraints: {
          resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }],
        },
        validations: [
          {
            expression: `!has(object.metadata.labels) || !('${name}' in object.metadata.labels)`,
            message: 'not this label',
          },
        ],
      },
    });
    rig.onEnd(() => rig.cluster.delete({ resource: rig.kind('ValidatingAdmissionPolicy'), namespace: '', name }));
    await rig.create({
      apiVersion: api,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: { policyName: name, validationActions: ['Deny'] },
    });
    rig.onEnd(() =>
      rig.cluster.delete({ resource: rig.kind('ValidatingAdmissionPolicyBinding'), namespace: '', name })
    );
    const labelled = (): ManifestLike => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: unique('c'), labels: { [name]: 'x' } } as ManifestLike['metadata'],
    });
    expect(await eventually(() => rig.create(labelled()))).toMatchObject({ code: 'ADMISSION_DENIED' });
  });

  it('a namespace that is going away, or is not there', async () => {
    const namespace = await freshNamespace('ending');
    await rig.create({
      ...configMap('held'),
      metadata: { name: 'held', namespace, finalizers: ['landfall.test/hold'] } as ManifestLike['metadata'],
    });
    expect(await rig.cluster.delete({ resource: rig.kind('Namespace'), namespace: '', name: namespace })).toBe(
      'deleting'
    );
    await expect(rig.create({ ...configMap('late'), metadata: { name: 'late', namespace } })).rejects.toMatchObject({
      code: 'NAMESPACE_TERMINATING',
    });
    const patch = { ...write, contentType: 'application/merge-patch+json' } as const;
    await rig.cluster.patch(
      { resource: rig.kind('ConfigMap'), namespace, name: 'held', patch: '{"metadata":{"finalizers":null}}' },
      patch
    );
    await rig.cluster.waitFor({
      resource: rig.kind('Namespace'),
      namespace: '',
      name: namespace,
      until: (object) => object === undefined,
      describe: (object) => (object === undefined ? 'gone' : 'there'),
      timeoutMs: 30_000,
    });
    await expect(rig.create({ ...configMap('lost'), metadata: { name: 'lost', namespace } })).rejects.toMatchObject({
      code: 'OBJECT_NOT_FOUND',
    });
  });
});

describe('what the object is', () => {
  it('too large for a request, and too large for etcd', async () => {
    await expect(rig.create(configMap('huge', { blob: 'x'.repeat(3.5 * 1024 * 1024) }))).rejects.toMatchObject({
      code: 'OBJECT_TOO_LARGE',
    });
    const group = `${unique('g')}.landfall.test`;
    await createWidgetDefinition(rig, group);
    const widget = (blob: string): string =>
      JSON.stringify({ apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name: unique('w') }, blob });
    // The kind was created this moment: the 404s of its path are waited out inside.
    expect(
      await rig.cluster.create({ resource: widgets(group), namespace: rig.namespace, body: widget('small') }, write)
    ).toMatchObject({
      outcome: 'created',
    });
    await expect(
      rig.cluster.create(
        { resource: widgets(group), namespace: rig.namespace, body: widget('<'.repeat(300 * 1024)) },
        write
      )
    ).rejects.toMatchObject({
      code: 'OBJECT_TOO_LARGE',
    });
    await expect(
      rig.cluster.create(
        { resource: widgets(group), namespace: rig.namespace, body: widget('x'.repeat(2 * 1024 * 1024)) },
        write
      )
    ).rejects.toMatchObject({
      code: 'OBJECT_TOO_LARGE',
    });
  });

  it('of a kind that is not served', async () => {
    await expect(
      rig.cluster.get({ resource: widgets('nobody.landfall.test'), namespace: rig.namespace, name: 'w' })
    ).rejects.toMatchObject({
      code: 'KIND_NOT_SERVED',
    });
  });

  it('invalid: unknown field where that is refused, resourceVersion on create, duplicate names under apply', async () => {
    const strict = { ...write, fieldValidation: 'Strict' } as const;
    const odd = JSON.stringify({ ...configMap('odd'), unknown: 1 });
    await expect(
      rig.cluster.create({ resource: rig.kind('ConfigMap'), namespace: rig.namespace, body: odd }, strict)
    ).rejects.toMatchObject({
      code: 'OBJECT_INVALID',
    });
    const warned = await rig.cluster.create(
      { resource: rig.kind('ConfigMap'), namespace: rig.namespace, body: odd },
      { ...write, fieldValidation: 'Warn', dryRun: true }
    );
    expect(warned).toMatchObject({ outcome: 'created', warnings: ['unknown field "unknown"'] });
    const versioned = { ...configMap('v'), metadata: { name: 'v', resourceVersion: '5' } as ManifestLike['metadata'] };
    await expect(rig.create(versioned)).rejects.toMatchObject({ code: 'OBJECT_INVALID' });
    const apply = { ...write, contentType: 'application/apply-patch+yaml' } as const;
    await expect(
      rig.cluster.patch(
        { resource: rig.kind('Deployment'), namespace: rig.namespace, name: 'd', patch: deploymentWithTwins },
        apply
      )
    ).rejects.toMatchObject({ code: 'OBJECT_INVALID' });
    expect(rig.retries).toEqual(rig.retries.filter((one) => one.code !== 'CLUSTER_SERVER_ERROR'));
  });

  it('owned by another manager under apply, until forced', async () => {
    await rig.create(configMap('shared', { a: '1' }));
    const apply = { fieldManager: 'other', contentType: 'application/apply-patch+yaml' } as const;
    const body = JSON.stringify(configMap('shared', { a: '2' }));
    const patch = (force: boolean) =>
      rig.cluster.patch(
        { resource: rig.kind('ConfigMap'), namespace: rig.namespace, name: 'shared', patch: body },
        { ...apply, force }
      );
    await expect(patch(false)).rejects.toMatchObject({ code: 'OBJECT_CONFLICT' });
    expect(text((await patch(true)).object)).toContain('"a":"2"');
  });
});

describe('an object that exists', () => {
  it('is never an error, a Service with chosen addresses included', async () => {
    await rig.create(configMap('twice'));
    expect(await rig.create(configMap('twice', { other: 'x' }))).toEqual({ outcome: 'exists', warnings: [] });
    const port = 30_000 + Math.floor(Math.random() * 2_000);
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'balanced' },
      spec: { type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: port, ports: [{ port: 80 }] },
    };
    await rig.create(service);
    expect(await rig.create(service)).toMatchObject({ outcome: 'exists' });
    await expect(rig.create({ ...service, metadata: { name: 'thief' } })).rejects.toMatchObject({
      code: 'OBJECT_INVALID',
    });
    const { spec } = JSON.parse(
      text(await rig.cluster.get({ resource: rig.kind('Service'), namespace: rig.namespace, name: 'balanced' }))
    ) as {
      spec: { clusterIP: string };
    };
    const chosen = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'balanced' },
      spec: { clusterIP: spec.clusterIP, ports: [{ port: 80 }] },
    };
    expect(await rig.create(chosen)).toMatchObject({ outcome: 'exists' });
    await expect(rig.create({ ...chosen, metadata: { name: 'thief' } })).rejects.toMatchObject({
      code: 'OBJECT_INVALID',
    });
  });

  it('is deleted only when it is the one intended', async () => {
    const created = await rig.create(configMap('mine'));
    const { uid } = (JSON.parse(text(created.object)) as { metadata: { uid: string } }).metadata;
    const remove = (options: object) =>
      rig.cluster.delete({ resource: rig.kind('ConfigMap'), namespace: rig.namespace, name: 'mine' }, options);
    await expect(remove({ uid: '00000000-0000-0000-0000-000000000000' })).rejects.toMatchObject({
      code: 'OBJECT_CHANGED',
    });
    expect(await remove({ uid, propagation: 'Background' })).toBe('deleted');
    expect(await remove({ uid })).toBe('absent');
  });
});

const deploymentWithTwins = JSON.stringify({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd' },
  spec: {
    selector: { matchLabels: { app: 'd' } },
    template: {
      metadata: { labels: { app: 'd' } },
      spec: {
        containers: [
          {
            name: 'c',
            image: 'i',
            env: [
              { name: 'A', value: '1' },
              { name: 'A', value: '2' },
            ],
          },
        ],
      },
    },
  },
});
