import { appendFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { volumeNames } from '../../src/core/volumes/names.ts';
import { runHook, runHooks } from '../../src/movers/hooks/run-hooks.ts';
import { createSnapshot } from '../../src/movers/snapshot/create-snapshot.ts';
import { assertQuiesced, exposeDirectly, removeDirectCopy } from '../../src/movers/snapshot/direct-copy.ts';
import { exposeSnapshot } from '../../src/movers/snapshot/expose-snapshot.ts';
import { releaseVolume, bindVolume } from '../../src/movers/snapshot/bind-volume.ts';
import { findLeftovers } from '../../src/movers/snapshot/leftovers.ts';
import { removeSnapshots } from '../../src/movers/snapshot/remove-snapshots.ts';
import { createTargetClaim, removeTemporaryClaim } from '../../src/movers/snapshot/temporary-claim.ts';
import type { MoveProgress, MoveResult } from '../../src/ports/volume-mover.ts';
import { directoryOf, makeApplication, startPod, stopPod, storedThings, useMoverLab, type MoverLab } from './lab.ts';
import { makeOddTree, witness } from './odd-tree.ts';

let place: MoverLab;

beforeAll(async () => {
  place = await useMoverLab();
}, 600_000);

afterAll(async () => {
  await place.close();
});

const claim = 'data';

function claimBody(): string {
  const spec = {
    storageClassName: place.lab.clusters.target.storageClass,
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: '1Gi' } },
  };
  const annotations = { 'pv.kubernetes.io/bind-completed': 'yes', kept: 'yes' };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: claim, labels: { a: 'b' }, annotations },
    spec,
  });
}

interface Moved {
  readonly uploaded: MoveResult;
  readonly progress: readonly MoveProgress[];
}

/** Source half: snapshot, expose, upload, remove everything again. */
async function uploadBySnapshot(runId: string, afterSnapshot: () => void = () => undefined): Promise<Moved> {
  const { application: namespace, landfallNamespace } = place;
  const names = volumeNames(runId, namespace, claim);
  const context = place.context('source', runId);
  const mover = place.mover(runId);
  const progress: MoveProgress[] = [];
  const snapshot = await createSnapshot({
    ...context,
    namespace,
    claim,
    snapshotClass: 'lab-snapshots',
    name: names.snapshot,
  });
  afterSnapshot();
  const temporaryClaim = {
    ...{ name: names.sourceClaim, standsFor: `${namespace}/${claim}`, size: '1Gi', accessModes: ['ReadWriteOnce'] },
    storageClass: place.lab.clusters.source.storageClass,
  };
  await exposeSnapshot({ ...context, landfallNamespace, snapshot, name: names.exposedSnapshot, temporaryClaim });
  await exposeSnapshot({ ...context, landfallNamespace, snapshot, name: names.exposedSnapshot, temporaryClaim });
  await mover.prepareRepository({});
  const uploaded = await mover.upload({
    ...{ cluster: 'source', jobName: names.uploadJob, runId, claimName: names.sourceClaim, timeoutMs: 300_000 },
    ...{ volumeId: `${namespace}/${claim}`, onProgress: (now) => void progress.push(now) },
  });
  await mover.remove({ cluster: 'source', jobName: names.uploadJob });
  await removeTemporaryClaim({ ...context, landfallNamespace, claimName: names.sourceClaim });
  await removeSnapshots({
    ...context,
    landfallNamespace,
    namespace,
    name: names.snapshot,
    exposedName: names.exposedSnapshot,
  });
  return { uploaded, progress };
}

async function downloadAndBind(runId: string, uploaded: MoveResult): Promise<MoveResult> {
  const { application: namespace, landfallNamespace } = place;
  const names = volumeNames(runId, namespace, claim);
  const context = place.context('target', runId);
  const mover = place.mover(runId);
  const temporaryClaim = {
    ...{ name: names.targetClaim, standsFor: `${namespace}/${claim}`, size: '1Gi', accessModes: ['ReadWriteOnce'] },
    storageClass: place.lab.clusters.target.storageClass,
  };
  await createTargetClaim({ ...context, landfallNamespace, temporaryClaim });
  const { snapshotId, metadataSnapshotId } = uploaded;
  const downloaded = await mover.download({
    ...{ cluster: 'target', jobName: names.downloadJob, runId, claimName: names.targetClaim, timeoutMs: 300_000 },
    ...{ volumeId: `${namespace}/${claim}`, onProgress: () => undefined, snapshotId, metadataSnapshotId },
  });
  await mover.remove({ cluster: 'target', jobName: names.downloadJob });
  const request = {
    ...context,
    ...{ landfallNamespace, temporaryClaim: names.targetClaim, application: { namespace, name: claim } },
    applicationClaim: claimBody(),
  };
  const { volumeName } = await bindVolume(request);
  expect(await bindVolume(request)).toEqual({ volumeName });
  await releaseVolume(request);
  await releaseVolume(request);
  return downloaded;
}

test('a volume moves from a restricted namespace of one cluster to the other and leaves nothing behind', async () => {
  const { lab, source, target, application, landfallNamespace } = place;
  const directory = await makeApplication(place, source, claim);
  makeOddTree(directory);
  const before = { source: storedThings(lab, 'source'), target: storedThings(lab, 'target') };
  const expected = witness(directory);
  const startMs = Date.now();

  const { uploaded, progress } = await uploadBySnapshot('run-1', () =>
    appendFileSync(join(directory, 'a'), 'after the snapshot')
  );
  const uploadedMs = Date.now();
  expect(uploaded.excluded.map(({ path }) => path)).toEqual(['null']);
  expect(progress.some(({ state }) => state === 'pending')).toBe(true);
  expect(progress.at(-1)?.state).toBe('done');
  const downloaded = await downloadAndBind('run-1', uploaded);
  expect(downloaded.different).toEqual([]);
  expect(downloaded.treeSha256).toBe(uploaded.treeSha256);

  const arrived = await directoryOf(lab, target, application, claim);
  expect(witness(arrived)).toBe(expected);
  expect(statSync(join(arrived, 'sparse')).blocks * 512).toBeLessThan(1_000_000);
  await startPod(target, application, claim);
  for (const cluster of [source, target]) {
    expect(await findLeftovers({ cluster, runId: 'run-1', namespaces: [application, landfallNamespace] })).toEqual([]);
  }
  expect(storedThings(lab, 'source')).toEqual(before.source);
  expect(storedThings(lab, 'target')).toHaveLength(before.target.length + 1);

  const again = await uploadBySnapshot('run-2');
  expect(again.uploaded.transferredBytes).toBeLessThan(200_000);
  console.log({
    bytes: uploaded.sizeBytes,
    files: uploaded.files,
    first: uploaded.transferredBytes,
    second: again.uploaded.transferredBytes,
    sourceMs: uploadedMs - startMs,
    pending: [...new Set(progress.map(({ state, message }) => `${state} ${message}`))].slice(0, 8),
  });
}, 300_000);

test('hooks run in the pods, fail with their output, and time out', async () => {
  const hook = {
    ...{ name: 'freeze', namespace: place.application, podSelector: `app=${claim}`, container: 'main' },
    ...{ timeoutMs: 5000, onError: 'fail' as const },
  };
  const [ok] = await runHook(place.source, { ...hook, command: ['sh', '-c', 'echo frozen'] });
  expect(ok).toMatchObject({ ok: true, exitCode: 0, output: '' });
  await expect(
    runHooks(place.source, [{ ...hook, command: ['sh', '-c', 'echo no >&2; exit 3'] }], { when: 'pre' })
  ).rejects.toMatchObject({ code: 'HOOK_FAILED', detail: { why: 'no' } });
  const slow = { ...hook, command: ['sleep', '30'], timeoutMs: 800 };
  await expect(runHooks(place.source, [slow], { when: 'pre' })).rejects.toMatchObject({ code: 'HOOK_FAILED' });
  const nobody = { ...hook, podSelector: 'app=nobody', command: ['true'], onError: 'continue' as const };
  const results = await runHooks(place.source, [nobody, { ...hook, command: ['true'] }], { when: 'post' });
  expect(results.map(({ ok: done }) => done)).toEqual([false, true]);
}, 60_000);

test('a volume without snapshots is copied directly while nothing uses it, and stays what it was', async () => {
  const { lab, source, application: namespace, landfallNamespace } = place;
  const runId = 'run-direct';
  const names = volumeNames(runId, namespace, claim);
  const context = place.context('source', runId);
  const request = {
    ...{ ...context, landfallNamespace, namespace, claim },
    ...{ volumeName: names.directVolume, temporaryClaim: names.sourceClaim },
  };
  await expect(exposeDirectly(request)).rejects.toMatchObject({ code: 'OBJECT_CONFLICT' });
  await stopPod(source, namespace, claim);
  const directory = await directoryOf(lab, source, namespace, claim);
  const expected = witness(directory);
  const before = storedThings(lab, 'source');
  await exposeDirectly(request);
  await exposeDirectly(request);
  const mover = place.mover(runId);
  await mover.prepareRepository({});
  const uploaded = await mover.upload({
    ...{ cluster: 'source', jobName: names.uploadJob, runId, claimName: names.sourceClaim, timeoutMs: 120_000 },
    ...{ volumeId: `${namespace}/${claim}`, onProgress: () => undefined },
  });
  expect(uploaded.files).toBeGreaterThan(600);
  await assertQuiesced(context, namespace, claim);
  await mover.remove({ cluster: 'source', jobName: names.uploadJob });
  await removeDirectCopy(request);
  await removeDirectCopy(request);
  expect(await findLeftovers({ cluster: source, runId, namespaces: [namespace, landfallNamespace] })).toEqual([]);
  await new Promise((resolve) => setTimeout(resolve, 5000));
  expect(storedThings(lab, 'source')).toEqual(before);
  expect(witness(directory)).toBe(expected);
  await startPod(source, namespace, claim);
}, 180_000);
