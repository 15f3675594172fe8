import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pMap from 'p-map';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../src/host/wait.ts';
import { startCliRig, type CliRig, type MigrationRun } from '../support/cli-rig.ts';
import {
  clusterSeeds,
  namespacedSeeds,
  seedText,
  widgetDefinition,
  type Scale,
  type Seed,
} from '../support/many-objects.ts';
import { differences, pictureOf, requestsAnswered } from '../support/oracle.ts';
import { countStored, targetPrint } from '../support/traces.ts';

let rig: CliRig;

beforeAll(async () => {
  rig = await startCliRig('objects');
});

afterAll(() => rig?.end());

async function plant(seeds: readonly Seed[]): Promise<void> {
  await pMap(
    seeds,
    async ({ collection, object }) => {
      const answer = await rig.source.call('POST', collection, { type: 'application/json', text: seedText(object) });
      if (answer.status >= 300)
        throw new Error(`${collection} answered ${answer.status}: ${answer.text.slice(0, 500)}`);
    },
    { concurrency: 24 }
  );
}

/** A namespace full of objects on the source; everything of it, on both sides, goes when the rig ends. */
async function plantApplication(scale: Scale): Promise<void> {
  const { namespace, group } = scale;
  const policy = { 'pod-security.kubernetes.io/enforce': 'restricted', team: 'shop' };
  await rig.namespace('source', namespace, policy);
  const shared = [widgetDefinition(group), ...clusterSeeds(scale)];
  await plant(shared);
  for (const { collection, object } of shared) {
    const { name } = (object as { metadata: { name: string } }).metadata;
    const path = `${collection}/${encodeURIComponent(name)}`;
    for (const side of ['source', 'target'] as const) rig.onEnd(() => rig[side].call('DELETE', path));
  }
  await waitFor(() => rig.source.get(`/apis/${group}/v1/namespaces/${namespace}/widgets`), {
    what: 'the new kind to be served',
    deadlineMs: 30_000,
  });
  await plant(namespacedSeeds(scale));
}

/** From the band that servers do not allocate from by themselves (30,000 to 30,085); apart for each test of the file. */
let ports = 30_000 + Math.floor(Math.random() * 10);
function firstPort(): number {
  const first = ports;
  ports += first < 30_020 ? 20 : 2;
  return first;
}

const scaleOf = (suffix: string, sizes: Partial<Scale>): Scale => ({
  namespace: `${rig.prefix}-${suffix}`,
  group: `${rig.prefix}-${suffix}.example.org`,
  configMaps: 4,
  secrets: 2,
  widgets: 2,
  others: 1,
  nodePort: firstPort(),
  ...sizes,
});

/** Waits until the controllers of a cluster have said what they have to say about every object. */
async function controllersAreDone(side: 'source' | 'target', namespace: string): Promise<void> {
  interface Watched {
    readonly status?: {
      readonly observedGeneration?: number;
      readonly conditions?: readonly unknown[];
      readonly hard?: object;
    };
  }
  const collections = [
    '/apis/apps/v1/{ns}/deployments',
    '/apis/apps/v1/{ns}/statefulsets',
    '/apis/autoscaling/v2/{ns}/horizontalpodautoscalers',
    '/apis/policy/v1/{ns}/poddisruptionbudgets',
    '/apis/batch/v1/{ns}/jobs',
    '/api/v1/{ns}/resourcequotas',
  ];
  const said = ({ status }: Watched): boolean =>
    status?.hard !== undefined || (status?.conditions?.length ?? 0) > 0 || status?.observedGeneration !== undefined;
  for (const collection of collections) {
    const path = collection.replace('{ns}', `namespaces/${namespace}`);
    await waitFor(
      async () => ((await rig[side].get<{ items: Watched[] }>(path))?.items.every(said) === true ? true : undefined),
      { what: `a status of all of ${collection}`, deadlineMs: 120_000, intervalMs: 500 }
    );
  }
}

function removeOnTarget(namespace: string): void {
  rig.onEnd(() => rig.target.call('DELETE', `/api/v1/namespaces/${namespace}`));
}

async function callsDuring(
  work: () => Promise<MigrationRun>
): Promise<{ run: MigrationRun; calls: Record<string, number> }> {
  const before = await requestsAnswered(rig, 'target');
  const run = await work();
  const after = await requestsAnswered(rig, 'target');
  const calls = Object.fromEntries(Object.entries(after).map(([verb, count]) => [verb, count - (before[verb] ?? 0)]));
  return { run, calls };
}

describe('two thousand objects of many kinds', () => {
  it('arrive as they were under another namespace; moving them again stores and writes nothing', async () => {
    const scale = scaleOf('all', { configMaps: 1_300, secrets: 350, widgets: 150, others: 18 });
    const { namespace } = scale;
    const target = `${namespace}-new`;
    await plantApplication(scale);
    await plantOwnersAndLeavers(scale);
    await controllersAreDone('source', namespace);
    const sourcePrint = await targetPrint(rig, [namespace], 'source');
    removeOnTarget(target);
    const desired = await pictureOf(rig, 'source', namespace);
    expect(desired.size).toBeGreaterThan(2_000);

    const location = {
      provider: 's3',
      encryption: 'none',
      endpoint: rig.lab.s3.endpoint,
      bucket: rig.lab.s3.bucket,
      prefix: `${rig.prefix}-many`,
      credentials: { file: rig.lab.s3.credentialsFile },
    };
    const spec = { scope: { namespaces: [namespace] }, namespaceMapping: { [namespace]: target } };
    const first = await callsDuring(() => rig.migrate({ location, spec }));
    expect(first.run.error).toBeUndefined();
    expect(first.run.report?.parity).toMatchObject({ missing: 0, extra: 0, different: 0 });
    expect(first.run.code).toBe(0);
    expect(differences(desired, await pictureOf(rig, 'target', target))).toEqual([]);

    const stored = countStored(rig.lab, `${rig.prefix}-many/objects`);
    await controllersAreDone('target', target);
    const print = await targetPrint(rig, [target]);
    const again = await callsDuring(() =>
      rig.migrate({ location, spec: { ...spec, existingResourcePolicy: 'update' } })
    );
    expect(again.run.error).toBeUndefined();
    expect(again.run.code).toBe(0);
    expect(again.run.report?.parity).toMatchObject({ missing: 0, extra: 0, different: 0 });
    // The same content is a premise: a controller that wrote a status in between would make another one.
    expect(await targetPrint(rig, [namespace], 'source')).toEqual(sourcePrint);
    expect(countStored(rig.lab, `${rig.prefix}-many/objects`)).toEqual(stored);
    expect(await targetPrint(rig, [target])).toEqual(print);

    const total = (calls: Record<string, number>): number =>
      Object.values(calls).reduce((sum, count) => sum + count, 0);
    const perObject = total(first.calls) / desired.size;
    console.log(
      `${desired.size} objects: first run ${first.run.ms} ms, ${JSON.stringify(first.calls)}, ${perObject.toFixed(2)} calls an object; ` +
        `again ${again.run.ms} ms, ${JSON.stringify(again.calls)}, ${(total(again.calls) / desired.size).toFixed(2)}`
    );
    expect(perObject).toBeLessThan(4);
  });

  /** A chain of owners, bare objects (which carry no mark of who made them), an object that is leaving, and one owned by something that is gone. */
  async function plantOwnersAndLeavers({ namespace, group }: Scale): Promise<void> {
    const maps = `/api/v1/namespaces/${namespace}/configmaps`;
    const widget = await rig.source.get<{ metadata: { uid: string } }>(
      `/apis/${group}/v1/namespaces/${namespace}/widgets/widget-0`
    );
    const owner = { apiVersion: `${group}/v1`, kind: 'Widget', name: 'widget-0', uid: widget?.metadata.uid };
    const map = (name: string, metadata: object) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, ...metadata },
    });
    await plant([{ collection: maps, object: map('owned', { ownerReferences: [owner] }) }]);
    const owned = await rig.source.get<{ metadata: { uid: string } }>(`${maps}/owned`);
    const second = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owned', uid: owned?.metadata.uid };
    await plant([
      { collection: maps, object: map('owned-by-owned', { ownerReferences: [second] }) },
      { collection: maps, object: map('leaving', { finalizers: ['example.org/hold'] }) },
    ]);
    await rig.source.call('DELETE', `${maps}/leaving`);
    rig.onEnd(() =>
      rig.source.call('PATCH', `${maps}/leaving`, {
        type: 'application/merge-patch+json',
        text: '{"metadata":{"finalizers":[]}}',
      })
    );
  }
});

describe('a scope', () => {
  const names = async (namespace: string): Promise<string[]> =>
    Object.keys(await targetPrint(rig, [namespace]))
      .filter((path) => !/kube-root-ca|serviceaccounts\/default|endpoint/.test(path))
      .map((path) => path.split('/').slice(-2).join('/'))
      .sort();

  it('of kinds and a label selector takes these alone', async () => {
    const scale = scaleOf('some', {});
    const { namespace } = scale;
    await plantApplication(scale);
    removeOnTarget(namespace);
    const scope = {
      namespaces: [namespace],
      kinds: ['configmaps', 'Secret'],
      excludeKinds: ['secrets'],
      labelSelector: 'tier=even',
    };
    const run = await rig.migrate({ spec: { scope } });
    expect(run.code).toBe(0);
    expect(await names(namespace)).toEqual([`configmaps/config-0`, `configmaps/config-2`, `namespaces/${namespace}`]);
  });

  it('with an object that something cluster-scoped owns gives it the owner of the target', async () => {
    const namespace = `${rig.prefix}-owned`;
    const role = '/apis/rbac.authorization.k8s.io/v1/clusterroles/view';
    const uidOf = async (side: 'source' | 'target'): Promise<string> =>
      (await rig[side].get<{ metadata: { uid: string } }>(role))?.metadata.uid ?? '';
    const owner = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', name: 'view' };
    await rig.namespace('source', namespace);
    removeOnTarget(namespace);
    const collection = `/api/v1/namespaces/${namespace}/configmaps`;
    // The second names it in a version that is not served any more.
    for (const [name, apiVersion] of [
      ['owned', owner.apiVersion],
      ['owned-since-long', 'rbac.authorization.k8s.io/v1beta1'],
    ]) {
      const ownerReferences = [{ ...owner, apiVersion, uid: await uidOf('source') }];
      const metadata = { name, namespace, ownerReferences };
      await rig.create('source', collection, { apiVersion: 'v1', kind: 'ConfigMap', metadata });
    }
    expect((await rig.migrate({ spec: { scope: { namespaces: [namespace] } } })).code).toBe(0);
    for (const name of ['owned', 'owned-since-long']) {
      const arrived = await rig.target.get<{ metadata: { ownerReferences: object[] } }>(`${collection}/${name}`);
      expect(arrived?.metadata.ownerReferences).toEqual([{ ...owner, uid: await uidOf('target') }]);
    }
  });

  it('with own transforms, a Velero file, values and rendered manifests changes what they say, and the report reports it', async () => {
    const scale = scaleOf('rules', {});
    const { namespace } = scale;
    await plantApplication(scale);
    removeOnTarget(namespace);
    const modifiers = join(rig.directory, 'modifiers.yaml');
    writeFileSync(
      modifiers,
      [
        'version: v1',
        'resourceModifierRules:',
        '- conditions: {groupResource: deployments.apps, resourceNameRegex: "^app-.*"}',
        '  patches: [{operation: replace, path: /spec/template/spec/containers/0/image, value: "mirror.example.org/none:1"}]',
      ].join('\n')
    );
    const rendered = join(rig.directory, 'rendered.yaml');
    writeFileSync(
      rendered,
      [
        'apiVersion: v1',
        'kind: ConfigMap',
        `metadata: { name: config-3, namespace: ${namespace}, labels: { rendered: "yes" } }`,
        'data: { only: this }',
        '---',
        'apiVersion: v1',
        'kind: ConfigMap',
        'metadata: { name: config-3, namespace: elsewhere }',
        'data: { never: this }',
      ].join('\n')
    );
    const values = join(rig.directory, 'values.yaml');
    writeFileSync(values, 'stage: { name: test }\n');
    const transforms = [
      { fromVeleroModifiers: modifiers },
      { fromManifests: rendered },
      {
        name: 'stage',
        match: { kinds: ['configmaps'], fields: [{ path: '/data/index', value: '1' }] },
        patch: [
          { op: 'test', path: '/data/index', value: '1' },
          { op: 'add', path: '/data/stage', value: '{{ .Values.stage.name }}' },
        ],
        reason: 'the new stage',
      },
      {
        name: 'tighter',
        match: { kinds: ['services'], name: 'headless-.*' },
        strategicPatch: { spec: { publishNotReadyAddresses: true } },
      },
    ];
    const run = await rig.migrate({ spec: { scope: { namespaces: [namespace] }, values: [values], transforms } });
    expect(run.error).toBeUndefined();
    expect(run.code).toBe(0);
    const read = <T>(path: string): Promise<T | undefined> => rig.target.get<T>(path.replace('{ns}', namespace));
    expect(await read('/apis/apps/v1/namespaces/{ns}/deployments/app-0')).toMatchObject({
      spec: { template: { spec: { containers: [{ image: 'mirror.example.org/none:1' }] } } },
    });
    expect(await read('/api/v1/namespaces/{ns}/configmaps/config-1')).toMatchObject({ data: { stage: 'test' } });
    const replaced = await read<{ data: object; metadata: object }>('/api/v1/namespaces/{ns}/configmaps/config-3');
    expect(replaced?.data).toEqual({ only: 'this' });
    expect(replaced?.metadata).toMatchObject({ labels: { rendered: 'yes' } });
    expect(await read<{ data: object }>('/api/v1/namespaces/{ns}/configmaps/config-2')).not.toHaveProperty(
      'data.stage'
    );
    expect(await read('/api/v1/namespaces/{ns}/services/headless-0')).toMatchObject({
      spec: { publishNotReadyAddresses: true },
    });
    expect(run.report?.changes.map(({ reason }) => reason)).toContain('the new stage');
  });

  it('of a dry run is asked about and nothing of it is stored on the target', async () => {
    const scale = scaleOf('dry', {});
    const { namespace } = scale;
    await plantApplication(scale);
    const run = await rig.migrate({ spec: { scope: { namespaces: [namespace] } } }, ['--dry-run']);
    expect(run.error).toBeUndefined();
    // Objects of the definition that comes with them cannot be asked about yet, and that is not accepted.
    expect([run.code, run.result?.outcome]).toEqual([3, 'partial']);
    expect(run.report?.objects).toMatchObject({ applied: 0, failed: 0 });
    expect(run.report?.notAsked?.map(({ reason }) => reason)).toEqual(['Widget is not served yet']);
    expect(await targetPrint(rig, [namespace])).toEqual({});
    for (const { collection, object } of [widgetDefinition(scale.group), ...clusterSeeds(scale)]) {
      const { name } = (object as { metadata: { name: string } }).metadata;
      expect(await rig.target.get(`${collection}/${encodeURIComponent(name)}`)).toBeUndefined();
    }
  });
});
