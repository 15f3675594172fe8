import { statfs } from 'node:fs/promises';
import {
  CONTROLLER_CAPABILITIES,
  chooseCapacity,
  requireSupported,
  satisfiesRange,
  unsupportedReason,
} from './capabilities.ts';
import { TOPOLOGY_KEY, topologyOf, type Driver } from './driver.ts';
import { CsiError, required } from './errors.ts';
import type {
  ControllerExpandVolumeRequest,
  CreateVolumeRequest,
  GetCapacityRequest,
  PageRequest,
  Topology,
  ValidateVolumeCapabilitiesRequest,
  VolumeContentSource,
  VolumeIdRequest,
} from './messages.ts';
import { readMounts, showsFolder } from './mounts.ts';
import { paginate } from './paging.ts';
import type { Handlers } from './serve.ts';
import type { VolumeRecord } from './store.ts';
import { copyTree, makeEmptyTree, makeSizedTree, resizeTree } from './trees.ts';

/** The part of the Controller service about volumes. */
export function createVolumeHandlers(driver: Driver): Handlers {
  return {
    CreateVolume: async (request: CreateVolumeRequest) => createVolume(driver, request),
    DeleteVolume: async (request: VolumeIdRequest) => deleteVolume(driver, request),
    ControllerGetVolume: ({ volumeId }: VolumeIdRequest) => ({
      volume: describeVolume(driver, requireVolume(driver, volumeId)),
      status: {},
    }),
    ListVolumes: (request: PageRequest) => {
      const { entries, nextToken } = paginate(driver.volumes.list(), request);
      return {
        entries: entries.map((record) => ({ volume: describeVolume(driver, record) })),
        nextToken,
      };
    },
    ValidateVolumeCapabilities: (request: ValidateVolumeCapabilitiesRequest) => validateCapabilities(driver, request),
    ControllerExpandVolume: async (request: ControllerExpandVolumeRequest) => expandVolume(driver, request),
    GetCapacity: async (request: GetCapacityRequest) => getCapacity(driver, request),
    ControllerGetCapabilities: () => ({
      capabilities: CONTROLLER_CAPABILITIES.map((type) => ({ rpc: { type } })),
    }),
  };
}

/** Finds a volume or fails with INVALID_ARGUMENT (no id) or NOT_FOUND. */
export function requireVolume(driver: Driver, volumeId: string): VolumeRecord {
  const record = driver.volumes.get(required(volumeId, 'volume_id'));
  if (record === undefined) throw new CsiError('NOT_FOUND', `there is no volume ${volumeId}`);
  return record;
}

async function createVolume(driver: Driver, request: CreateVolumeRequest): Promise<object> {
  const name = required(request.name, 'name');
  requireSupported(request.volumeCapabilities);
  requireReachable(driver, request.accessibilityRequirements?.requisite ?? []);
  const id = driver.volumes.idFor(name);
  return driver.exclusive(id, async () => {
    const existing = driver.volumes.get(id);
    if (existing !== undefined) {
      requireSameVolume(existing, request);
      return { volume: describeVolume(driver, existing) };
    }
    const source = findSource(driver, request.volumeContentSource);
    const capacityBytes = chooseCapacity(request.capacityRange, source?.sizeBytes ?? 0);
    const { sourceSnapshotId, sourceVolumeId } = sourceIds(request.volumeContentSource);
    const isSized = request.parameters['sized'] === 'true';
    const fill = source?.fill ?? makeEmptyTree;
    const record = await driver.volumes.create(
      { name, capacityBytes, sourceSnapshotId, sourceVolumeId, isSized },
      async (data) => (isSized ? makeSizedTree(data, { id, sizeBytes: capacityBytes }, fill) : fill(data))
    );
    return { volume: describeVolume(driver, record) };
  });
}

interface Source {
  readonly sizeBytes: number;
  readonly fill: (data: string) => Promise<void>;
}

function findSource(driver: Driver, source: VolumeContentSource | null): Source | undefined {
  const { sourceSnapshotId, sourceVolumeId } = sourceIds(source);
  if (sourceSnapshotId !== null) {
    const snapshot = driver.snapshots.get(sourceSnapshotId);
    if (snapshot === undefined) {
      throw new CsiError('NOT_FOUND', `there is no snapshot ${sourceSnapshotId}`);
    }
    const from = driver.snapshots.dataPath(snapshot.id);
    return { sizeBytes: snapshot.sizeBytes, fill: async (data) => copyTree(from, data) };
  }
  if (sourceVolumeId === null) return undefined;
  const volume = driver.volumes.get(sourceVolumeId);
  if (volume === undefined) throw new CsiError('NOT_FOUND', `there is no volume ${sourceVolumeId}`);
  const from = driver.volumes.dataPath(volume.id);
  const fill = async (data: string): Promise<void> => driver.quiesce(from, async () => copyTree(from, data));
  return { sizeBytes: volume.capacityBytes, fill };
}

function sourceIds(source: VolumeContentSource | null): Pick<VolumeRecord, 'sourceSnapshotId' | 'sourceVolumeId'> {
  return {
    sourceSnapshotId: source?.snapshot?.snapshotId ?? null,
    sourceVolumeId: source?.volume?.volumeId ?? null,
  };
}

function requireSameVolume(existing: VolumeRecord, request: CreateVolumeRequest): void {
  const { sourceSnapshotId, sourceVolumeId } = sourceIds(request.volumeContentSource);
  const sameSource = existing.sourceSnapshotId === sourceSnapshotId && existing.sourceVolumeId === sourceVolumeId;
  if (sameSource && satisfiesRange(existing.capacityBytes, request.capacityRange)) return;
  throw new CsiError('ALREADY_EXISTS', `a volume named ${existing.name} exists with another size or source`);
}

function requireReachable(driver: Driver, requisite: readonly Topology[]): void {
  if (!driver.topology || requisite.length === 0) return;
  if (requisite.some(({ segments }) => segments[TOPOLOGY_KEY] === driver.nodeId)) return;
  throw new CsiError('RESOURCE_EXHAUSTED', `volumes are only reachable from node ${driver.nodeId}`);
}

async function deleteVolume(driver: Driver, { volumeId }: VolumeIdRequest): Promise<object> {
  const id = required(volumeId, 'volume_id');
  return driver.exclusive(id, async () => {
    if (driver.volumes.get(id) === undefined) return {};
    const folder = driver.volumes.dataPath(id);
    if ((await readMounts()).some((mount) => showsFolder(mount, folder))) {
      throw new CsiError('FAILED_PRECONDITION', `volume ${id} is still mounted on ${driver.nodeId}`);
    }
    await driver.volumes.remove(id);
    return {};
  });
}

function validateCapabilities(driver: Driver, request: ValidateVolumeCapabilitiesRequest): object {
  requireVolume(driver, request.volumeId);
  const { volumeCapabilities } = request;
  if (volumeCapabilities.length === 0) {
    throw new CsiError('INVALID_ARGUMENT', 'volume_capabilities are required');
  }
  const reason = unsupportedReason(volumeCapabilities);
  return reason === undefined ? { confirmed: { volumeCapabilities } } : { message: reason };
}

async function expandVolume(driver: Driver, request: ControllerExpandVolumeRequest): Promise<object> {
  const { id } = requireVolume(driver, request.volumeId);
  const range = required(request.capacityRange, 'capacity_range');
  if (request.volumeCapability !== null) requireSupported([request.volumeCapability]);
  return driver.exclusive(id, async () => {
    const record = requireVolume(driver, id);
    const wantedBytes = chooseCapacity(range, 0);
    if (range.limitBytes > 0 && record.capacityBytes > range.limitBytes) {
      throw new CsiError('OUT_OF_RANGE', `volume ${id} is already larger than the limit`);
    }
    const capacityBytes = Math.max(record.capacityBytes, wantedBytes);
    if (capacityBytes > record.capacityBytes) {
      if (record.isSized) await resizeTree(driver.volumes.dataPath(id), capacityBytes);
      await driver.volumes.replace({ ...record, capacityBytes });
    }
    return { capacityBytes, nodeExpansionRequired: false };
  });
}

async function getCapacity(driver: Driver, request: GetCapacityRequest): Promise<object> {
  if (unsupportedReason(request.volumeCapabilities) !== undefined) return { availableCapacity: 0 };
  const { bavail, bsize } = await statfs(driver.root);
  return { availableCapacity: bavail * bsize };
}

function describeVolume(driver: Driver, record: VolumeRecord): object {
  const { sourceSnapshotId, sourceVolumeId } = record;
  return {
    volumeId: record.id,
    capacityBytes: record.capacityBytes,
    accessibleTopology: topologyOf(driver),
    ...(sourceSnapshotId !== null && {
      contentSource: { snapshot: { snapshotId: sourceSnapshotId } },
    }),
    ...(sourceVolumeId !== null && { contentSource: { volume: { volumeId: sourceVolumeId } } }),
  };
}
