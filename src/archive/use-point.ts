import { LandfallError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import type { PointUse } from '../core/retention/point-facts.ts';
import type { Location, StoreOptions } from '../ports/location.ts';
import { checkPointId, pointMarkKey, pointPartOf, pointsPrefix, pointUseKey, sweepsPrefix } from './layout.ts';

/** Who uses which recovery point. A run that writes one uses it under its own id, before there is a manifest. */
export interface UseOfPoint {
  readonly point: string;
  readonly run: string;
}

export interface NowOptions extends StoreOptions {
  /** The time of this machine; for tests. */
  readonly nowMs?: number;
}

/**
 * Says that a run uses a point, or goes on using it, and then looks whether it is marked: whoever deletes marks first and
 * looks for uses afterwards, so one of both sees the other. Throws RECOVERY_POINT_DELETED, and then leaves no use.
 * Idempotent.
 */
export async function usePoint(location: Location, use: UseOfPoint, options: NowOptions = {}): Promise<void> {
  const { point, run } = use;
  const key = pointUseKey(point, run);
  const at = new Date(options.nowMs ?? Date.now()).toISOString();
  await location.put(key, Buffer.from(`${JSON.stringify({ point, run, at })}\n`), options);
  if ((await location.head(pointMarkKey(point), options)) === undefined) return;
  await location.delete(key, options);
  throw new LandfallError('RECOVERY_POINT_DELETED', {
    what: `recovery point ${point} in Location ${location.name} was deleted, so run ${run} cannot use it`,
    ref: pointMarkKey(point),
  });
}

/** Says that a run has let go of a point. Idempotent. */
export async function releasePoint(location: Location, use: UseOfPoint, options: StoreOptions = {}): Promise<void> {
  await location.delete(pointUseKey(use.point, use.run), options);
}

/** The runs that say now that they use a point. */
export async function usesOfPoint(
  location: Location,
  point: string,
  options: StoreOptions = {}
): Promise<readonly PointUse[]> {
  const uses: PointUse[] = [];
  for await (const { key, modifiedAtMs } of location.list(`${pointsPrefix}${checkPointId(point)}/uses/`, options)) {
    const part = pointPartOf(key);
    if (part !== undefined && 'run' in part) uses.push({ run: part.run, renewedAtMs: modifiedAtMs });
  }
  return uses;
}

/**
 * To be asked after `usePoint` by a run that will store content: throws LOCATION_SWEEPING while a sweep goes on that may
 * not have seen the use. A sweep that begins later sees it. A lock that is older than a sweep may take is one of a dead one.
 */
export async function refuseDuringSweep(location: Location, use: UseOfPoint, options: NowOptions = {}): Promise<void> {
  const locks = await timesOf(location, sweepsPrefix, options);
  if (locks.length === 0) return;
  const [usedAtMs = -Infinity] = await timesOf(location, pointUseKey(use.point, use.run), options);
  // The earlier of both clocks: a store whose clock jumps ahead makes no lock old.
  const nowMs = Math.min(usedAtMs, options.nowMs ?? Date.now());
  if (!locks.some((lockedAtMs) => isSweepAlive(lockedAtMs, nowMs))) return;
  throw new LandfallError('LOCATION_SWEEPING', {
    what: `deleted recovery points are being removed from Location ${location.name}`,
    why: `run ${use.run} waits, because data that it finds in the store now may be about to be removed`,
    retryAfterMs: limits.sweepRetryMs,
  });
}

/** True while a sweep with this lock may remove something. Both times are of the store's clock. */
export function isSweepAlive(lockedAtMs: number, nowMs: number): boolean {
  return nowMs - lockedAtMs <= limits.sweepLockMs;
}

async function timesOf(location: Location, prefix: string, options: StoreOptions): Promise<number[]> {
  const times: number[] = [];
  for await (const { modifiedAtMs } of location.list(prefix, options)) times.push(modifiedAtMs);
  return times;
}
