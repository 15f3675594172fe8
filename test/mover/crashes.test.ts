import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { volumeNames } from '../../src/core/volumes/names.ts';
import { createSnapshot } from '../../src/movers/snapshot/create-snapshot.ts';
import { exposeSnapshot } from '../../src/movers/snapshot/expose-snapshot.ts';
import { releaseVolume, bindVolume } from '../../src/movers/snapshot/bind-volume.ts';
import { cleanUp, findLeftovers } from '../../src/movers/snapshot/leftovers.ts';
import type { VolumeContext } from '../../src/movers/snapshot/objects.ts';
import { removeSnapshots } from '../../src/movers/snapshot/remove-snapshots.ts';
import { claims } from '../../src/movers/snapshot/resources.ts';
import { createTargetClaim, removeTemporaryClaim } from '../../src/movers/snapshot/temporary-claim.ts';
import { unbindVolume } from '../../src/movers/snapshot/unbind-volume.ts';
import { crashingAt, makeApplication, startPod, stopPod, storedThings, useMoverLab, type MoverLab } from './lab.ts';

let place: MoverLab;
let before: { source: string[]; target: string[] };
let runs = 0;
let runId = '';

beforeAll(async () => {
  place = await useMoverLab();
  await makeApplication(place, place.source, 'data');
  before = { source: storedThings(place.lab, 'source'), target: storedThings(place.lab, 'target') };
}, 600_000);

afterAll(async () => {
  await place.close();
});

beforeEach(() => {
  runId = `crash-${++runs}`;
});

async function expectNoLeftovers(side: 'source' | 'target'): Promise<void> {
  const { application, landfallNamespace, lab } = place;
  const namespaces = [application, landfallNamespace];
  expect(await findLeftovers({ cluster: place[side], runId, namespaces })).toEqual([]);
  // A PersistentVolume goes when the driver has deleted; the folder is gone by then.
  expect(storedThings(lab, side)).toEqual(before[side]);
}

/** After a write is before the next one: what is there is the same, and nothing else is known to whoever goes on. */
const points = [[1, 'before'] as const, ...[1, 2, 3, 4, 5, 6].map((at) => [at, 'after'] as const)];

describe('bind', () => {
  const name = 'handed';

  function request(context: VolumeContext): Parameters<typeof bindVolume>[0] {
    const { application: namespace, landfallNamespace, lab } = place;
    const spec = {
      storageClassName: lab.clusters.target.storageClass,
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
    };
    return {
      ...{ ...context, landfallNamespace, temporaryClaim: volumeNames(runId, namespace, name).targetClaim },
      application: { namespace, name },
      applicationClaim: JSON.stringify({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name }, spec }),
    };
  }

  /** A temporary claim bound by a pod of the run that has not been removed, as after a crash of the worker. */
  async function filled(): Promise<void> {
    const { landfallNamespace, lab, target } = place;
    const temporaryClaim = {
      ...{ name: request(place.context('target', runId)).temporaryClaim, standsFor: `x/${name}` },
      ...{ storageClass: lab.clusters.target.storageClass, size: '1Gi', accessModes: ['ReadWriteOnce'] },
    };
    await createTargetClaim({ ...place.context('target', runId), landfallNamespace, temporaryClaim });
    await startPod(target, landfallNamespace, temporaryClaim.name, { 'landfall.dev/run': runId });
  }

  async function crash(at: number, when: 'before' | 'after'): Promise<number> {
    const crashing = crashingAt(place.target, at, when);
    await filled();
    const context = { ...place.context('target', runId), cluster: crashing.cluster };
    await bindVolume(request(context)).then(
      () => undefined,
      (error: Error) => expect(error.message).toBe('crash')
    );
    return crashing.writes();
  }

  test.each(points)('a crash at write %d, %s it took effect, can be undone', async (at, when) => {
    expect(await crash(at, when)).toBe(at);
    const context = request(place.context('target', runId));
    await unbindVolume(context);
    await unbindVolume(context);
    await expectNoLeftovers('target');
  });

  test.each(points)('a crash at write %d, %s it took effect, is gone on from', async (at, when) => {
    await crash(at, when);
    const context = request(place.context('target', runId));
    await bindVolume(context);
    expect(storedThings(place.lab, 'target')).toHaveLength(before.target.length + 1);
    await startPod(place.target, place.application, name);
    await expect(unbindVolume(context)).rejects.toMatchObject({ code: 'OBJECT_CONFLICT' });
    await stopPod(place.target, place.application, name);
    await unbindVolume(context);
    await expectNoLeftovers('target');
  });

  test('after the commit neither undo nor sweeper touches the volume', async () => {
    await filled();
    const context = request(place.context('target', runId));
    await bindVolume(context);
    await releaseVolume(context);
    await unbindVolume(context);
    const { landfallNamespace, application, target } = place;
    expect(await cleanUp({ ...place.context('target', runId), landfallNamespace, namespaces: [application] })).toEqual(
      []
    );
    expect(storedThings(place.lab, 'target')).toHaveLength(before.target.length + 1);
    await target.delete({ resource: claims, namespace: application, name });
  });
});

describe('snapshot and exposure', () => {
  async function run(context: VolumeContext): Promise<void> {
    const { application: namespace, landfallNamespace, lab } = place;
    const names = volumeNames(runId, namespace, 'data');
    const request = { ...context, namespace, claim: 'data', snapshotClass: 'lab-snapshots', name: names.snapshot };
    const snapshot = await createSnapshot(request);
    const temporaryClaim = {
      ...{ name: names.sourceClaim, standsFor: `${namespace}/data`, size: '1Gi', accessModes: ['ReadWriteOnce'] },
      storageClass: lab.clusters.source.storageClass,
    };
    await exposeSnapshot({ ...context, landfallNamespace, snapshot, name: names.exposedSnapshot, temporaryClaim });
  }

  test.each(points)('a crash at write %d, %s it took effect, is swept by the label alone', async (at, when) => {
    const crashing = crashingAt(place.source, at, when);
    await expect(run({ ...place.context('source', runId), cluster: crashing.cluster })).rejects.toThrow('crash');
    const { landfallNamespace, application } = place;
    const remaining = await cleanUp({
      ...place.context('source', runId),
      landfallNamespace,
      namespaces: [application],
    });
    expect(remaining).toEqual([]);
    await expectNoLeftovers('source');
  });

  test.each(points)('a crash at write %d, %s it took effect, is undone by name', async (at, when) => {
    const crashing = crashingAt(place.source, at, when);
    await expect(run({ ...place.context('source', runId), cluster: crashing.cluster })).rejects.toThrow('crash');
    const { landfallNamespace, application: namespace } = place;
    const names = volumeNames(runId, namespace, 'data');
    const context = place.context('source', runId);
    const request = {
      ...context,
      landfallNamespace,
      namespace,
      name: names.snapshot,
      exposedName: names.exposedSnapshot,
    };

    await removeTemporaryClaim({ ...context, landfallNamespace, claimName: names.sourceClaim });
    await removeSnapshots(request);
    await removeSnapshots(request);
    await expectNoLeftovers('source');
  });
});
