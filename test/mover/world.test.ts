import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { ApiResource } from '../../src/core/resource.ts';
import { volumeNames } from '../../src/core/volumes/names.ts';
import { bindVolume } from '../../src/movers/snapshot/bind-volume.ts';
import type { StoredClaim, StoredPod, StoredVolume } from '../../src/movers/snapshot/kinds.ts';
import { parseObject } from '../../src/movers/snapshot/objects.ts';
import { claims, pods, volumes } from '../../src/movers/snapshot/resources.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { downloadDirectly, uploadDirectly } from './direct-move.ts';
import { makeApplication, startPod, stopPod, useMoverLab, type MoverLab } from './lab.ts';

/** Movers in clusters that treat pods in ways of their own: taints, sidecars, claims that are only read. */

const nodes: ApiResource = {
  ...{ group: '', version: 'v1', kind: 'Node', plural: 'nodes', namespaced: false },
  ...{ verbs: [], subresources: [] },
};
const taint = { key: 'dedicated', value: 'data', effect: 'NoSchedule' };
const toleration = { key: 'dedicated', operator: 'Equal', value: 'data', effect: 'NoSchedule' };

let place: MoverLab;

beforeAll(async () => {
  place = await useMoverLab();
}, 600_000);

afterEach(async () => {
  await taintAll(place.source, []);
});

afterAll(async () => {
  await place.close();
});

async function taintAll(cluster: Cluster, taints: readonly object[]): Promise<void> {
  for await (const page of cluster.list(nodes, {})) {
    for (const item of page.items) {
      const { metadata } = JSON.parse(Buffer.from(item).toString('utf8')) as StoredPod;
      await cluster.patch(
        { resource: nodes, namespace: '', name: metadata.name, patch: JSON.stringify({ spec: { taints } }) },
        { fieldManager: 'mover-test', contentType: 'application/merge-patch+json' }
      );
    }
  }
}

test('on nodes that take only who tolerates them a mover waits with the reason, and runs with the toleration', async () => {
  const { source } = place;
  await taintAll(source, [taint]);
  const reported: string[] = [];
  const waiting = new AbortController();
  const refused = place.mover('run-taint').prepareRepository({
    signal: waiting.signal,
    onProgress({ message }) {
      reported.push(message);
      if (message.includes('Unschedulable')) waiting.abort();
    },
  });
  await expect(refused).rejects.toThrow('abort');
  expect(reported.at(-1)).toMatch(/Unschedulable: .*untolerated taint/);
  await place.mover('run-taint').remove({ cluster: 'source', jobName: 'landfall-prepare-run-taint' });

  await place.mover('run-taint').prepareRepository({ placement: { tolerations: [toleration] } });
  await place.mover('run-set', { pods: { tolerations: [toleration] } }).prepareRepository({});
}, 120_000);

/** A cluster whose Jobs get a container beside their own that never ends, as a mesh does to pods. */
function withSidecar(cluster: Cluster): Cluster {
  const proxy = {
    ...{ name: 'mesh-proxy', image: 'landfall-lab/busybox:1', imagePullPolicy: 'IfNotPresent' },
    command: ['sleep', '100000'],
  };
  return {
    ...cluster,
    create(object, options) {
      if (object.resource.kind !== 'Job') return cluster.create(object, options);
      const job = JSON.parse(object.body) as { spec: { template: { spec: { containers: object[] } } } };
      job.spec.template.spec.containers.push(proxy);
      return cluster.create({ ...object, body: JSON.stringify(job) }, options);
    },
  };
}

test('a sidecar that never ends neither holds a mover up nor stays', async () => {
  const { landfallNamespace } = place;
  const source = withSidecar(place.source);
  await place.mover('run-mesh', { source }).prepareRepository({});
  for await (const page of source.list(pods, { namespace: landfallNamespace })) {
    const names = page.items.map((item) => (JSON.parse(Buffer.from(item).toString('utf8')) as StoredPod).metadata.name);
    expect(names.filter((name) => name.includes('run-mesh'))).toEqual([]);
  }
}, 120_000);

test('a claim that is only read is filled and bound with its own mode', async () => {
  const { lab, source, target, application: namespace, landfallNamespace } = place;
  const directory = await makeApplication(place, source, 'model');
  writeFileSync(join(directory, 'model'), 'model-1');
  await stopPod(source, namespace, 'model');
  const runId = 'run-rox';
  const names = volumeNames(runId, namespace, 'model');
  const accessModes = ['ReadOnlyMany'];
  const storageClass = lab.clusters.target.storageClass;
  const uploaded = await uploadDirectly(place, { runId, claim: 'model' });
  const filled = await downloadDirectly(place, { runId, claim: 'model', accessModes }, uploaded);
  expect(filled.treeSha256).toBe(uploaded.treeSha256);
  const resources = { requests: { storage: '1Gi' } };
  const claim = { metadata: { name: 'model' }, spec: { storageClassName: storageClass, accessModes, resources } };
  const { volumeName } = await bindVolume({
    ...{ ...place.context('target', runId), landfallNamespace, temporaryClaim: names.targetClaim },
    application: { namespace, name: 'model' },
    applicationClaim: JSON.stringify({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', ...claim }),
  });
  const volume = await target.get({ resource: volumes, namespace: '', name: volumeName });
  const bound = await target.get({ resource: claims, namespace, name: 'model' });
  expect(volume && parseObject<StoredVolume>(volume).spec).toMatchObject({ accessModes });
  expect(bound && parseObject<StoredClaim>(bound)).toMatchObject({ status: { phase: 'Bound', accessModes } });
  await startPod(target, namespace, 'model');
}, 180_000);
