import type { Driver } from './driver.ts';
import { CsiError, required } from './errors.ts';
import type { CreateSnapshotRequest, ListSnapshotsRequest, SnapshotIdRequest } from './messages.ts';
import { paginate } from './paging.ts';
import type { Handlers } from './serve.ts';
import type { SnapshotRecord } from './store.ts';
import { copyTree } from './trees.ts';
import { requireVolume } from './volumes.ts';

/** The part of the Controller service about snapshots; a snapshot is a whole copy and outlives its volume. */
export function createSnapshotHandlers(driver: Driver): Handlers {
  return {
    CreateSnapshot: async (request: CreateSnapshotRequest) => createSnapshot(driver, request),
    DeleteSnapshot: async ({ snapshotId }: SnapshotIdRequest) => {
      const id = required(snapshotId, 'snapshot_id');
      return driver.exclusive(id, async () => {
        await driver.snapshots.remove(id);
        return {};
      });
    },
    GetSnapshot: ({ snapshotId }: SnapshotIdRequest) => {
      const record = driver.snapshots.get(required(snapshotId, 'snapshot_id'));
      if (record === undefined) {
        throw new CsiError('NOT_FOUND', `there is no snapshot ${snapshotId}`);
      }
      return { snapshot: describeSnapshot(record) };
    },
    ListSnapshots: (request: ListSnapshotsRequest) => {
      const matching = driver.snapshots.list().filter((record) => matches(record, request));
      const { entries, nextToken } = paginate(matching, request);
      return {
        entries: entries.map((record) => ({ snapshot: describeSnapshot(record) })),
        nextToken,
      };
    },
  };
}

async function createSnapshot(driver: Driver, request: CreateSnapshotRequest): Promise<object> {
  const name = required(request.name, 'name');
  const sourceVolumeId = required(request.sourceVolumeId, 'source_volume_id');
  const id = driver.snapshots.idFor(name);
  return driver.exclusive(id, async () => {
    const existing = driver.snapshots.get(id);
    if (existing !== undefined) {
      if (existing.sourceVolumeId === sourceVolumeId) {
        return { snapshot: describeSnapshot(existing) };
      }
      throw new CsiError('ALREADY_EXISTS', `a snapshot named ${name} exists of andifferent volume`);
    }
    const volume = requireVolume(driver, sourceVolumeId);
    const from = driver.volumes.dataPath(volume.id);
    const record = await driver.snapshots.create(
      { name, sourceVolumeId, sizeBytes: volume.capacityBytes },
      async (data) => driver.quiesce(from, async () => copyTree(from, data))
    );
    return { snapshot: describeSnapshot(record) };
  });
}

function matches(record: SnapshotRecord, request: ListSnapshotsRequest): boolean {
  return (
    (request.snapshotId === '' || record.id === request.snapshotId) &&
    (request.sourceVolumeId === '' || record.sourceVolumeId === request.sourceVolumeId)
  );
}

function describeSnapshot(record: SnapshotRecord): object {
  return {
    snapshotId: record.id,
    sourceVolumeId: record.sourceVolumeId,
    sizeBytes: record.sizeBytes,
    creationTime: {
      seconds: Math.floor(record.createdAtMs / 1000),
      nanos: (record.createdAtMs % 1000) * 1_000_000,
    },
    readyToUse: true,
  };
}
