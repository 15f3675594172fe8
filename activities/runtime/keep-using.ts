import { refuseDuringSweep, releasePoint, usePoint } from '../../src/archive/use-point.ts';
import { pointOfRun } from '../../src/core/identity/names.ts';
import { removeProbes } from '../../src/locations/probe.ts';
import type { RunSpec } from '../../src/core/spec/spec.ts';
import type { Location, StoreOptions } from '../../src/ports/location.ts';

/** Much less than a use counts (src/core/retention), and little beside the requests of an activity. */
const renewEveryMs = 30 * 60_000;

interface Renewed {
  readonly monotonic: number;
  readonly wall: number;
}

/** When this worker last renewed the use of a run, by the connection it has for it. */
const renewed = new WeakMap<Location, Renewed>();

/**
 * Says that a run begins: it uses the recovery point it is going to write. Throws LOCATION_SWEEPING, to be tried again, and
 * RECOVERY_POINT_DELETED for a run whose point was deleted while it slept.
 */
export async function beginUsing(location: Location, runId: string, options: StoreOptions = {}): Promise<void> {
  await usePoint(location, ownPoint(runId), options);
  await refuseDuringSweep(location, ownPoint(runId), options);
}

/** The recovery points a run uses: its own from its beginning, and the one it restores once it has opened it. */
export function usesOf({ runId, spec }: { readonly runId: string; readonly spec: Pick<RunSpec, 'point'> }): Uses {
  const { point } = spec;
  return { run: runId, points: [pointOfRun(runId), ...(point === undefined ? [] : [point.id])] };
}

interface Uses {
  readonly run: string;
  readonly points: readonly string[];
}

/** Renews the use before an activity, unless this worker did so a short while ago. Throws RECOVERY_POINT_DELETED. */
export async function keepUsing(location: Location, { run, points }: Uses, options: StoreOptions = {}): Promise<void> {
  const now = { monotonic: performance.now(), wall: Date.now() };
  const last = renewed.get(location);
  // The wall clock counts too: the other one stands still while a machine sleeps.
  const sinceMs =
    last === undefined ? Infinity : Math.max(now.monotonic - last.monotonic, Math.abs(now.wall - last.wall));
  if (sinceMs < renewEveryMs) return;
  for (const point of points) await usePoint(location, { point, run }, options);
  renewed.set(location, now);
}

/** Says that a run has ended: it stores nothing more, and reads nothing of its point. What its probes have left goes with it. */
export async function endUsing(location: Location, { run, points }: Uses, options: StoreOptions = {}): Promise<void> {
  renewed.delete(location);
  await removeProbes(location, run, options);
  for (const point of points) await releasePoint(location, { point, run }, options);
}

function ownPoint(runId: string): { readonly point: string; readonly run: string } {
  return { point: pointOfRun(runId), run: runId };
}
