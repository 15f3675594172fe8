import { LandfallError } from '../core/errors.ts';
import type { Retention } from '../core/retention/point-lock.ts';
import type { Location, StoreOptions } from '../ports/location.ts';
import type { ObjectLock } from '../ports/object-lock.ts';
import { keysOf, lockPoint, readLock, type LockedPoint, type LockPointOptions } from './lock-point.ts';
import { findPointId, readPoint } from './recovery-point.ts';
import { refuseDuringSweep, releasePoint, usePoint } from './use-point.ts';

/** Which point a person wants to lock, and as what run. */
export interface LockWish {
  readonly point: string;
  readonly run: string;
  readonly wanted: Retention;
}

/** What would be locked. */
export interface LockPreview {
  readonly id: string;
  /** Objects in the store, the manifest included. */
  readonly objects: number;
  /** How it is locked now. */
  readonly before?: Retention;
}

/** Counts what a lock of a point would cover; changes nothing. */
export async function previewLock(location: Location, point: string, options: StoreOptions = {}): Promise<LockPreview> {
  const id = await findPointId(location, point, options);
  const { manifest } = await readPoint(location, id, options);
  const before = await readLock(location, id, options);
  let objects = 1;
  for await (const _ of keysOf(location, manifest, options)) objects++;
  return { id, objects, ...(before === undefined ? {} : { before }) };
}

/**
 * Locks a point that is there, and keeps it from being deleted meanwhile. Throws RECOVERY_POINT_DELETED for one that is marked,
 * LOCATION_SWEEPING, and what `lockPoint` throws.
 */
export async function lockExisting(
  location: Location,
  { lock, wish }: { readonly lock: ObjectLock; readonly wish: LockWish },
  options: LockPointOptions = {}
): Promise<LockedPoint & { readonly id: string }> {
  const { run, wanted } = wish;
  const id = await findPointId(location, wish.point, options);
  await usePoint(location, { point: id, run }, options);
  try {
    await refuseDuringSweep(location, { point: id, run }, options);
    return { id, ...(await lockPoint(location, { lock, point: id, wanted }, options)) };
  } finally {
    await releasePoint(location, { point: id, run });
  }
}

/** Longer than anybody means: of a compliance lock there is no way back. */
const longestMs = 10 * 366 * 86_400_000;
/** Clocks that are further apart say that one of them is wrong, and a lock counts by that of the store. */
const apartMaxMs = 86_400_000;

/** Refuses an end that nobody can mean. Throws CONFIG_INVALID and CLOCK_SKEW. Pure. */
export function checkEnd(untilMs: number, clocks: { readonly storeMs: number; readonly machineMs: number }): void {
  const { storeMs, machineMs } = clocks;
  if (Math.abs(storeMs - machineMs) > apartMaxMs) {
    throw new LandfallError('CLOCK_SKEW', {
      what: `the store says it is ${text(storeMs)}, and this machine ${text(machineMs)}: the end of a lock cannot be told`,
      fix: 'correct the clock that is wrong; a lock that is too long cannot be taken back',
    });
  }
  if (untilMs <= storeMs) {
    throw new LandfallError('CONFIG_INVALID', {
      what: `a lock until ${text(untilMs)} is over already: for the store it is ${text(storeMs)}`,
      fix: 'give a later end',
    });
  }
  if (untilMs - storeMs > longestMs) {
    throw new LandfallError('CONFIG_INVALID', {
      what: `a lock until ${text(untilMs)} lasts for more than ten years`,
      fix: 'give an earlier end, and lock the point again before it comes',
    });
  }
}

function text(ms: number): string {
  const time = new Date(ms);
  return Number.isNaN(time.getTime()) ? `${ms}` : time.toISOString();
}
