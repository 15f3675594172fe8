import { CsiError } from './errors.ts';
import type { CapacityRange, VolumeCapability } from './messages.ts';

const MEBIBYTE = 1024 * 1024;
const CAPACITY_DEFAULT_BYTES = 1024 * MEBIBYTE;

/** What the controller service answers to ControllerGetCapabilities. */
export const CONTROLLER_CAPABILITIES = [
  'CREATE_DELETE_VOLUME',
  'LIST_VOLUMES',
  'GET_VOLUME',
  'GET_CAPACITY',
  'CREATE_DELETE_SNAPSHOT',
  'LIST_SNAPSHOTS',
  'GET_SNAPSHOT',
  'CLONE_VOLUME',
  'EXPAND_VOLUME',
  'SINGLE_NODE_MULTI_WRITER',
] as const;

/** What the node service answers to NodeGetCapabilities. */
export const NODE_CAPABILITIES = [
  'STAGE_UNSTAGE_VOLUME',
  'GET_VOLUME_STATS',
  'EXPAND_VOLUME',
  'SINGLE_NODE_MULTI_WRITER',
] as const;

/** Says why these capabilities cannot be served, or returns undefined: a folder can be mounted, not used as a block device. */
export function unsupportedReason(capabilities: readonly VolumeCapability[]): string | undefined {
  if (capabilities.some((capability) => capability.accessType === 'block')) {
    return 'raw block volumes are not supported: this driver keeps volumes as folders';
  }
  return undefined;
}

/** Fails with INVALID_ARGUMENT when there is no capability or one this driver cannot serve (CreateVolume and node calls). */
export function requireSupported(capabilities: readonly (VolumeCapability | null)[]): void {
  const given = capabilities.filter((capability) => capability !== null);
  if (given.length === 0) throw new CsiError('INVALID_ARGUMENT', 'volume capability is required');
  const reason = unsupportedReason(given);
  if (reason !== undefined) throw new CsiError('INVALID_ARGUMENT', reason);
}

/** Reports whether a volume published this way must not be writable. */
export function isReaderOnly(capability: VolumeCapability): boolean {
  return (capability.accessMode?.mode ?? '').endsWith('_READER_ONLY');
}

/**
 * Chooses the size of a new volume: what is required, at least its source's size, or the default. Fails with OUT_OF_RANGE
 * when that exceeds the limit. The size is kept and reported; nothing enforces it.
 */
export function chooseCapacity(range: CapacityRange | null, sourceBytes: number): number {
  const requiredBytes = range?.requiredBytes ?? 0;
  const limitBytes = range?.limitBytes ?? 0;
  if (requiredBytes < 0 || limitBytes < 0) {
    throw new CsiError('INVALID_ARGUMENT', 'capacity must not be negative');
  }
  if (requiredBytes > 0 && requiredBytes < sourceBytes) {
    throw new CsiError('OUT_OF_RANGE', `the source holds ${String(sourceBytes)} bytes, more than was asked for`);
  }
  const fallback = sourceBytes > 0 ? sourceBytes : CAPACITY_DEFAULT_BYTES;
  const capacityBytes = requiredBytes > 0 ? requiredBytes : Math.min(fallback, limitBytes || fallback);
  if (capacityBytes < sourceBytes || (limitBytes > 0 && capacityBytes > limitBytes)) {
    throw new CsiError('OUT_OF_RANGE', 'no size satisfies both the request and its limit');
  }
  return capacityBytes;
}

/** Reports whether an existing volume's size satisfies a repeated request for the same name. */
export function satisfiesRange(capacityBytes: number, range: CapacityRange | null): boolean {
  const requiredBytes = range?.requiredBytes ?? 0;
  const limitBytes = range?.limitBytes ?? 0;
  return capacityBytes >= requiredBytes && (limitBytes === 0 || capacityBytes <= limitBytes);
}
