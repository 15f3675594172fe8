import { setTimeout as sleep } from 'node:timers/promises';
import { pointRunPrefix } from '../../src/archive/layout.ts';
import { storeJson } from '../../src/archive/run-objects.ts';
import { createSweepFence, withinFence } from '../../src/archive/sweep-fence.ts';
import { sweepLocation } from '../../src/archive/sweep.ts';
import { isLandfallError, LandfallError } from '../../src/core/errors.ts';
import { limits } from '../../src/core/limits.ts';
import type { LocationContext, SweptPart } from '../../src/core/retention/contract.ts';
import type { SweepResult } from '../../src/core/retention/report.ts';
import type { Location } from '../../src/ports/location.ts';
import type { Progress } from '../../src/services/progress.ts';

/** How often is looked whether the sweep of another run has ended. */
const probeEveryMs = 5_000;

interface SweepRequest {
  readonly context: LocationContext;
  readonly graceMs: number;
}

/** What attempts of this activity have removed before. */
type Removed = Pick<SweepResult, 'objects' | 'bytes'>;

/**
 * Does one part of a sweep: as much as its time allows. Waits for the sweep of another run and says whose it is. Before
 * anything is removed the points that go are recorded, and what is removed is kept in the heartbeat, so that an attempt that
 * died leaves neither out. Idempotent: what is left is found again.
 */
export async function sweepPart(
  location: Location,
  progress: Progress,
  { context, graceMs }: SweepRequest
): Promise<SweptPart> {
  const { signal } = progress;
  const before = (progress.cursor as Removed | undefined) ?? { objects: 0, bytes: 0 };
  const folder = pointRunPrefix(context.runId);
  const keep = keeper(progress);
  const attempt = async (onLocked: () => void): Promise<SweepResult> => {
    const fence = createSweepFence();
    return withinFence(fence, () =>
      sweepLocation(location, {
        ...{ run: context.runId, graceMs, fence, signal },
        onDue: async (points) => void (await storeJson({ location, path: `${folder}/due` }, points, { signal })),
        onLocked,
        onRemoved: (removed) => keep(sum(before, removed)),
      })
    );
  };
  progress.update({ done: before.objects, unit: 'objects' });
  const swept = await whenFree(location, progress, attempt);
  if (!swept.isDone && swept.objects === 0) throw tooSlow(location);
  const whole = { ...swept, ...sum(before, swept) };
  const result = await storeJson({ location, path: `${folder}/swept` }, whole, { signal });
  const { points, objects, bytes, isDone, problem } = whole;
  return { result, points: points.length, objects, bytes, isDone, ...(problem === undefined ? {} : { problem }) };
}

/** Each checkpoint crosses into the SDK. What is removed after the last one is missing in the numbers of an attempt that died. */
const checkpointEveryMs = 500;

function keeper(progress: Progress): (removed: Removed) => void {
  let keptMs = Number.NEGATIVE_INFINITY;
  return (removed) => {
    progress.update({ done: removed.objects });
    if (performance.now() - keptMs < checkpointEveryMs) return;
    progress.checkpoint(removed);
    keptMs = performance.now();
  };
}

/** Tries again while the sweep of another run goes on; after the time its lock counts, the activity itself is repeated. */
async function whenFree(
  location: Location,
  progress: Progress,
  attempt: (onLocked: () => void) => Promise<SweepResult>
): Promise<SweepResult> {
  const startedMs = performance.now();
  let holder: string | undefined;
  const arrived = (): void => {
    if (holder !== undefined) progress.arrived(holder);
  };
  for (;;) {
    try {
      return await attempt(arrived);
    } catch (error) {
      if (!isLandfallError(error, 'LOCATION_SWEEPING')) throw error;
      if (performance.now() - startedMs > limits.sweepLockMs) throw error;
      const { ref = 'unknown' } = error.detail;
      if (holder !== ref) arrived();
      holder = ref;
      const condition = `its sweep of Location ${location.name} to end`;
      progress.waiting({ kind: 'run', ref, condition }, limits.sweepLockMs);
    }
    // Two that have seen each other do not look again at the same moment.
    await sleep(probeEveryMs * (0.5 + Math.random()), undefined, { signal: progress.signal });
  }
}

function sum(one: Removed, other: Removed): Removed {
  return { objects: one.objects + other.objects, bytes: one.bytes + other.bytes };
}

function tooSlow(location: Location): LandfallError {
  return new LandfallError('LOCATION_UNREACHABLE', {
    what: `nothing could be removed from Location ${location.name} within the time limit of a sweep`,
    fix: 'start it again when the store responds faster',
  });
}
