import { Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../../lab/api-client.ts';
import { waitFor } from '../../src/host/wait.ts';
import { startCliRig, type CliRig } from '../support/cli-rig.ts';

let rig: CliRig;
let connection: Connection;

beforeAll(async () => {
  rig = await startCliRig('undo');
  connection = await Connection.connect({ address: rig.lab.temporal.address });
  await refuseIngresses();
});

afterAll(async () => {
  await connection?.close();
  await rig?.end();
});

const admission = '/apis/admissionregistration.k8s.io/v1';
const refused = (): string => `${rig.prefix}-refused`;

/** The target takes no Ingress of this name: a run that brings one fails when most of it has been made. */
async function refuseIngresses(): Promise<void> {
  const metadata = { name: rig.prefix };
  const rules = [
    { apiGroups: ['networking.k8s.io'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['ingresses'] },
  ];
  await rig.create('target', `${admission}/validatingadmissionpolicies`, {
    ...{ apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicy', metadata },
    spec: {
      ...{ failurePolicy: 'Fail', matchConstraints: { resourceRules: rules } },
      validations: [{ expression: `object.metadata.name != "${refused()}"`, message: 'not here' }],
    },
  });
  rig.onEnd(() => rig.target.call('DELETE', `${admission}/validatingadmissionpolicies/${rig.prefix}`));
  await rig.create('target', `${admission}/validatingadmissionpolicybindings`, {
    ...{ apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicyBinding', metadata },
    spec: { policyName: rig.prefix, validationActions: ['Deny'] },
  });
  rig.onEnd(() => rig.target.call('DELETE', `${admission}/validatingadmissionpolicybindings/${rig.prefix}`));
  const probe = { type: 'application/json', text: JSON.stringify(ingress()) };
  await waitFor(
    async () =>
      (await rig.target.call('POST', '/apis/networking.k8s.io/v1/namespaces/default/ingresses?dryRun=All', probe))
        .status === 422
        ? true
        : undefined,
    { what: 'the policy to act', deadlineMs: 60_000 }
  );
}

function ingress(): object {
  const spec = { defaultBackend: { service: { name: 'web', port: { number: 80 } } } };
  return { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name: refused() }, spec };
}

const configMap = (name: string, more: object = {}) => ({
  ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { a: 'b' } },
  ...more,
});

/** A namespace of the source whose move fails at its Ingress. */
async function plant(namespace: string): Promise<string> {
  await rig.namespace('source', namespace);
  await rig.create('source', `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses`, ingress());
  return `/api/v1/namespaces/${namespace}`;
}

/** Runs until the Ingress is refused, lets something happen on the target, and cancels. */
async function cancelled(namespace: string, meanwhile: () => Promise<void>): Promise<{ code: number; stdout: string }> {
  const file = rig.write({ name: namespace, spec: { scope: { namespaces: [namespace] }, onFailure: 'keep' } });
  const started = await rig.landfall(['migrate', '-f', file, '--detach', '-o', 'json']);
  const { run } = JSON.parse(started.stdout) as { run: string };
  await waitFor(
    async () =>
      (await rig.landfall(['status', run, '-o', 'json'])).stdout.includes('landfall resume') ? true : undefined,
    { what: 'the run to wait for a person', deadlineMs: 180_000 }
  );
  await meanwhile();
  await rig.landfall(['cancel', run, '-o', 'json', '--detach']).catch(() => undefined);
  return rig.landfall(['status', run, '--wait', '-o', 'json']);
}

describe('an object that stands for something outside', () => {
  const finalizer = 'finalizer.managedresource.crossplane.io';
  interface Bucket {
    readonly metadata: {
      readonly name: string;
      readonly namespace: string;
      readonly annotations?: Record<string, string>;
      readonly finalizers?: readonly string[];
      readonly deletionTimestamp?: string;
    };
    readonly spec?: { readonly deletionPolicy?: string };
  }

  /** Stands for a provider: keeps the thing outside, and deletes it with the object. Ends with the rig. */
  function provider(
    client: ApiClient,
    collection: string,
    cloud: Map<string, string>,
    heedsPause: boolean
  ): () => void {
    let ended = false;
    const inspect = async ({ metadata, spec }: Bucket): Promise<void> => {
      const external = metadata.annotations?.['crossplane.io/external-name'] ?? metadata.name;
      if (heedsPause && metadata.annotations?.['crossplane.io/paused'] === 'true') return;
      const path = `${collection.replace('/buckets', `/namespaces/${metadata.namespace}/buckets`)}/${metadata.name}`;
      const merge = (finalizers: readonly string[] | null) =>
        client.call('PATCH', path, {
          type: 'application/merge-patch+json',
          text: JSON.stringify({ metadata: { finalizers } }),
        });
      if (metadata.deletionTimestamp !== undefined) {
        if (spec?.deletionPolicy !== 'Orphan') cloud.delete(external);
        await merge(null);
      } else {
        if (!cloud.has(external)) cloud.set(external, 'new');
        if ((metadata.finalizers ?? []).length === 0) await merge([finalizer]);
      }
    };
    void (async () => {
      while (!ended) {
        const list = await client.get<{ items: Bucket[] }>(collection).catch(() => undefined);
        for (const bucket of list?.items ?? []) await inspect(bucket).catch(() => undefined);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    })();
    return () => void (ended = true);
  }

  /** Serves the kind Bucket on both sides; the path of all of its objects. */
  async function define(group: string): Promise<string> {
    const spec = { group, scope: 'Namespaced', names: { kind: 'Bucket', plural: 'buckets', singular: 'bucket' } };
    const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
    const versions = [{ name: 'v1', served: true, storage: true, subresources: { status: {} }, schema }];
    const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    const collection = `/apis/${group}/v1/buckets`;
    for (const side of ['source', 'target'] as const) {
      await rig.create(side, definitions, {
        ...{ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' },
        ...{ metadata: { name: `buckets.${group}` }, spec: { ...spec, versions } },
      });
      rig.onEnd(() => rig[side].call('DELETE', `${definitions}/buckets.${group}`));
      await waitFor(() => rig[side].get(collection).catch(() => undefined), { what: 'the kind', deadlineMs: 60_000 });
    }
    return collection;
  }

  async function setUp(namespace: string, heedsPause: boolean): Promise<{ cloud: Map<string, string>; path: string }> {
    const group = `${namespace}.example.com`;
    const collection = await define(group);
    await plant(namespace);
    const path = `/apis/${group}/v1/namespaces/${namespace}/buckets`;
    await rig.create('source', path, {
      ...{ apiVersion: `${group}/v1`, kind: 'Bucket', spec: { deletionPolicy: 'Delete' } },
      metadata: { name: 'orders', annotations: { 'crossplane.io/external-name': 'prod-orders' } },
    });
    const cloud = new Map<string, string>();
    for (const [side, heeds] of [
      ['source', true],
      ['target', heedsPause],
    ] as const) {
      const end = provider(rig[side], collection, cloud, heeds);
      rig.onEnd(async () => end());
    }
    await waitFor(async () => cloud.get('prod-orders'), { what: 'the thing outside', deadlineMs: 60_000 });
    cloud.set('prod-orders', 'precious');
    return { cloud, path: `${path}/orders` };
  }

  it('stops the run before it writes where nothing holds it still', async () => {
    const namespace = `${rig.prefix}-shared`;
    const group = `${namespace}.example.com`;
    await define(group);
    await rig.namespace('source', namespace);
    await rig.create('source', `/apis/${group}/v1/namespaces/${namespace}/buckets`, {
      ...{ apiVersion: `${group}/v1`, kind: 'Bucket' },
      metadata: { name: 'orders', annotations: { 'example.com/external-id': 'prod-orders' } },
    });
    const { code, error } = await rig.migrate({ spec: { scope: { namespaces: [namespace] } } });
    expect([code, error?.code]).toEqual([5, 'EXTERNAL_SHARED']);
    expect(await rig.target.get(`/api/v1/namespaces/${namespace}`)).toBeUndefined();
  });

  it('is made paused, reported before the run, and undone without anything outside noticing', async () => {
    const namespace = `${rig.prefix}-paused`;
    const { cloud, path } = await setUp(namespace, true);
    const { code, report } = await rig.migrate({ spec: { scope: { namespaces: [namespace] } } });
    expect([code, report?.outcome, [...cloud]]).toEqual([1, 'rolled-back', [['prod-orders', 'precious']]]);
    expect(report?.findings).toContainEqual(expect.objectContaining({ code: 'EXTERNAL_HELD' }));
    expect(await rig.target.get(path)).toBeUndefined();
  });

  it('stays when its controller has taken it over all the same, and is reported', async () => {
    const namespace = `${rig.prefix}-taken`;
    const { cloud, path } = await setUp(namespace, false);
    rig.onEnd(() => rig.target.call('DELETE', `/api/v1/namespaces/${namespace}`));
    const { code, report } = await rig.migrate({ spec: { scope: { namespaces: [namespace] } } });
    expect([code, [...cloud]]).toEqual([6, [['prod-orders', 'precious']]]);
    expect(JSON.stringify(report?.undo)).toContain('UNDO_INCOMPLETE');
    expect(await rig.target.get(path)).toMatchObject({ spec: { deletionPolicy: 'Orphan' } });
  });
});

describe('an undo', () => {
  it('makes anew what the server refuses to change back, and takes finalizers it has brought away', async () => {
    const namespace = `${rig.prefix}-fixed`;
    const root = await plant(namespace);
    await rig.create('source', `${root}/configmaps`, configMap('settings', { immutable: true, data: { a: 'new' } }));
    const finalizers = ['r12.example.com/operator'];
    await rig.create('source', `${root}/configmaps`, configMap('held', { metadata: { name: 'held', finalizers } }));
    rig.onEnd(() =>
      rig.source.call('PATCH', `${root}/configmaps/held`, {
        ...{ type: 'application/merge-patch+json', text: '{"metadata":{"finalizers":null}}' },
      })
    );
    await rig.namespace('target', namespace);
    await rig.create('target', `${root}/configmaps`, configMap('settings', { data: { a: 'old' } }));
    const spec = { scope: { namespaces: [namespace] }, existingResourcePolicy: 'update' };
    const { code } = await rig.migrate({ spec });
    expect(code).toBe(1);
    const settings = await rig.target.get<object>(`${root}/configmaps/settings`);
    expect(settings).toMatchObject({ data: { a: 'old' } });
    expect(settings).not.toHaveProperty('immutable');
    expect(await rig.target.get(`${root}/configmaps/held`)).toBeUndefined();
  });

  it('removes a namespace of a management plane that is not there', async () => {
    const namespace = `${rig.prefix}-plane`;
    const root = await plant(namespace);
    const metadata = { finalizers: ['controller.cattle.io/namespace-auth'], annotations: { 'cattle.io/status': '{}' } };
    const merge = (what: object) =>
      rig.source.call('PATCH', root, {
        type: 'application/merge-patch+json',
        text: JSON.stringify({ metadata: what }),
      });
    await merge(metadata);
    rig.onEnd(() => merge({ finalizers: null }));
    const { code } = await rig.migrate({ spec: { scope: { namespaces: [namespace] } } });
    expect([code, await rig.target.get(root)]).toEqual([1, undefined]);
  });

  it('leaves what somebody has put into the namespace meanwhile, with the namespace', async () => {
    const namespace = `${rig.prefix}-guest`;
    const root = await plant(namespace);
    await rig.create('source', `${root}/configmaps`, configMap('ours'));
    rig.onEnd(() => rig.target.call('DELETE', root));
    const { code, stdout } = await cancelled(namespace, async () => {
      const body = { type: 'application/json', text: JSON.stringify(configMap('theirs')) };
      await rig.target.call('POST', `${root}/configmaps?fieldManager=kubectl-create`, body);
    });
    expect(code).toBe(6);
    expect(stdout).toContain('theirs');
    expect(await rig.target.get(`${root}/configmaps/theirs`)).toBeDefined();
    expect(await rig.target.get(`${root}/configmaps/ours`)).toBeUndefined();
  });

  it('says which API keeps a namespace from going, and ends: the deletion goes on by itself when it answers', async () => {
    const namespace = `${rig.prefix}-dead`;
    const group = `${namespace}.example.com`;
    await plant(namespace);
    const services = `/apis/apiregistration.k8s.io/v1/apiservices`;
    const gone = () => rig.target.call('DELETE', `${services}/v1.${group}`);
    let reported: Promise<unknown> = Promise.resolve();
    const said = cancelled(namespace, async () => {
      await rig.create('target', services, {
        ...{ apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: { name: `v1.${group}` } },
        spec: {
          ...{ group, version: 'v1', groupPriorityMinimum: 100, versionPriority: 100, insecureSkipTLSVerify: true },
          service: { namespace: 'default', name: 'nobody', port: 443 },
        },
      });
      const asked = () => rig.target.get<object>(`/apis/${group}/v1`).catch(() => 'down');
      await waitFor(async () => ((await asked()) === 'down' ? true : undefined), {
        ...{ what: 'the API to be down', deadlineMs: 60_000 },
      });
      reported = waitFor(
        async () => {
          const { stdout } = await rig.landfall(['status', namespace]);
          return stdout.includes('NamespaceDeletionDiscoveryFailure') ? true : undefined;
        },
        { what: 'the reason in status', deadlineMs: 240_000 }
      );
    });
    rig.onEnd(gone);
    const { code, stdout } = await said;
    await reported;
    expect(code).toBe(6);
    expect(stdout).toContain('DELETION_HELD');
    await gone();
    await waitFor(
      async () => ((await rig.target.get(`/api/v1/namespaces/${namespace}`)) === undefined ? true : undefined),
      { what: 'the namespace to go by itself', deadlineMs: 180_000 }
    );
  });
});
