import { mkdir, rmdir } from 'node:fs/promises';
import { isReaderOnly, NODE_CAPABILITIES, requireSupported } from './capabilities.ts';
import { topologyOf, type Driver } from './driver.ts';
import { CsiError, required } from './errors.ts';
import type {
  NodePublishVolumeRequest,
  NodeStageVolumeRequest,
  NodeUnpublishVolumeRequest,
  NodeVolumePathRequest,
} from './messages.ts';
import { bindMount, findMount, readMounts, showsFolder, unmountAll } from './mounts.ts';
import type { Handlers } from './serve.ts';
import type { VolumeRecord } from './store.ts';
import { measureTree } from './trees.ts';
import { requireVolume } from './volumes.ts';

/** The Node service: bind mounts from a volume's folder to where the kubelet wants it. Mounts outlive the driver. */
export function createNode(driver: Driver): Handlers {
  return {
    NodeStageVolume: async (request: NodeStageVolumeRequest) => stage(driver, request),
    NodeUnstageVolume: async (request: NodeStageVolumeRequest) => {
      required(request.volumeId, 'volume_id');
      const path = required(request.stagingTargetPath, 'staging_target_path');
      await driver.exclusive(path, async () => unmountAll(path));
      return {};
    },
    NodePublishVolume: async (request: NodePublishVolumeRequest) => publish(driver, request),
    NodeUnpublishVolume: async (request: NodeUnpublishVolumeRequest) => unpublish(driver, request),
    NodeGetVolumeStats: async (request: NodeVolumePathRequest) => getStats(driver, request),
    NodeExpandVolume: async (request: NodeVolumePathRequest) => {
      const { capacityBytes } = await requireMounted(driver, request);
      return { capacityBytes };
    },
    NodeGetCapabilities: () => ({
      capabilities: NODE_CAPABILITIES.map((type) => ({ rpc: { type } })),
    }),
    NodeGetInfo: () => {
      const [accessibleTopology] = topologyOf(driver);
      return { nodeId: driver.nodeId, ...(accessibleTopology && { accessibleTopology }) };
    },
  };
}

async function stage(driver: Driver, request: NodeStageVolumeRequest): Promise<object> {
  required(request.volumeId, 'volume_id');
  const path = required(request.stagingTargetPath, 'staging_target_path');
  requireSupported([request.volumeCapability]);
  const { id } = requireVolume(driver, request.volumeId);
  return driver.exclusive(path, async () => {
    await mountOnce(driver.volumes.dataPath(id), path, false);
    return {};
  });
}

async function publish(driver: Driver, request: NodePublishVolumeRequest): Promise<object> {
  required(request.volumeId, 'volume_id');
  const path = required(request.targetPath, 'target_path');
  const capability = required(request.volumeCapability, 'volume_capability');
  requireSupported([capability]);
  const { id } = requireVolume(driver, request.volumeId);
  if (request.stagingTargetPath === '') {
    throw new CsiError('FAILED_PRECONDITION', 'staging_target_path is required');
  }
  const folder = driver.volumes.dataPath(id);
  return driver.exclusive(path, async () => {
    if (capability.accessMode?.mode === 'SINGLE_NODE_SINGLE_WRITER') {
      await requireOnlyPublishedAt(folder, request.stagingTargetPath, path);
    }
    await mountOnce(folder, path, request.readonly || isReaderOnly(capability));
    return {};
  });
}

async function unpublish(driver: Driver, request: NodeUnpublishVolumeRequest): Promise<object> {
  required(request.volumeId, 'volume_id');
  const path = required(request.targetPath, 'target_path');
  await driver.exclusive(path, async () => {
    await unmountAll(path);
    await rmdir(path).catch(ignoreMissing);
  });
  return {};
}

async function getStats(driver: Driver, request: NodeVolumePathRequest): Promise<object> {
  const { capacityBytes } = await requireMounted(driver, request);
  const { bytes, inodes } = await measureTree(request.volumePath);
  const available = Math.max(0, capacityBytes - bytes);
  return {
    usage: [
      { unit: 'BYTES', total: capacityBytes, used: bytes, available },
      { unit: 'INODES', used: inodes },
    ],
  };
}

/** Mounts a folder at a path unless it is there already; fails with ALREADY_EXISTS if something else is. */
async function mountOnce(folder: string, path: string, readonly: boolean): Promise<void> {
  const mounted = await findMount(path);
  if (mounted === undefined) {
    await mkdir(path, { recursive: true, mode: 0o750 });
    await bindMount(folder, path, readonly);
    return;
  }
  if (!showsFolder(mounted, folder) || mounted.readonly !== readonly) {
    throw new CsiError('ALREADY_EXISTS', `${path} is mounted in another way`);
  }
}

/** ReadWriteOncePod: the specification allows a single target path and answers FAILED_PRECONDITION to a second. */
async function requireOnlyPublishedAt(folder: string, staging: string, path: string): Promise<void> {
  const elsewhere = (await readMounts()).find(
    (mount) => showsFolder(mount, folder) && mount.mountPoint !== staging && mount.mountPoint !== path
  );
  if (elsewhere === undefined) return;
  throw new CsiError('FAILED_PRECONDITION', `already published at ${elsewhere.mountPoint}`);
}

/** Finds the volume a path shows; fails with INVALID_ARGUMENT, or with NOT_FOUND when it is not mounted there. */
async function requireMounted(driver: Driver, request: NodeVolumePathRequest): Promise<VolumeRecord> {
  const id = required(request.volumeId, 'volume_id');
  const path = required(request.volumePath, 'volume_path');
  const record = requireVolume(driver, id);
  const mounted = await findMount(path);
  if (mounted !== undefined && showsFolder(mounted, driver.volumes.dataPath(id))) return record;
  throw new CsiError('NOT_FOUND', `volume ${id} is not mounted at ${path}`);
}

function ignoreMissing(cause: unknown): void {
  if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
}
