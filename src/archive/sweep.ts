import { randomUUID } from 'node:crypto';
import pMap from 'p-map';
import { LandfallError, type ErrorDetail } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { isGarbage, planSweep, type SweepPlan } from '../core/retention/plan-sweep.ts';
import type { Location, StoreOptions } from '../ports/location.ts';
import { contentPrefix, manifestKey, pointUseKey, segmentKey, sweepsPrefix } from './layout.ts';
import { readIndexParts } from './index-file.ts';
import { listPointFacts } from './point-facts.ts';
import { integrityProblem, openRecoveryPoint } from './recovery-point.ts';
import { removeRunObjects } from './remove-run-objects.ts';
import { readStoreClock } from './store-clock.ts';
import type { SweepFence } from './sweep-fence.ts';
import { isSweepAlive } from './use-point.ts';

export interface SweepOptions extends StoreOptions {
  /** How long a mark has to stand, and content that nothing refers to has to be there. */
  readonly graceMs: number;
  readonly fence: SweepFence;
  /** Counts what would go, and takes no lock. */
  readonly dryRun?: boolean;
}

/** What a sweep did, and what keeps the rest. */
export interface SweepResult extends Pick<SweepPlan, 'waiting' | 'holds'> {
  /** Points whose manifests were removed. */
  readonly points: readonly string[];
  /** Of these, the runs whose objects stay, because they have not ended or are not undone. */
  readonly keptRuns: readonly string[];
  /** Removed, manifests and run objects included. */
  readonly objects: number;
  readonly bytes: number;
  /** Why it is not known what a point refers to: then no content goes. */
  readonly problem?: ErrorDetail;
  /** False: there is more, and the lock was given up so that runs can begin. */
  readonly isDone: boolean;
}

/**
 * Removes what marked points leave: their manifests and run objects, then all content that no other point refers to, as
 * far as no run holds it (src/core/retention). Under a lock that runs wait for before they begin. It can be stopped
 * anywhere and repeated: what is left is found again. Throws LOCATION_SWEEPING while another sweep goes on.
 */
export async function sweepLocation(location: Location, options: SweepOptions): Promise<SweepResult> {
  const { fence, graceMs } = options;
  const { key, nowMs } = options.dryRun === true ? await look(location, options) : await lock(location, options);
  // Two lists: one that was read in pages is not of one moment, and a run may have let go in between.
  const before = await listPointFacts(location, options);
  const after = await listPointFacts(location, options);
  const plan = planSweep({ before, after, nowMs, graceMs });
  const found = plan.holds.length > 0 ? 'held' : await referencedBy(location, plan.kept, options);
  const remover = createRemover(location, options);
  const keptRuns: string[] = [];
  for (const id of plan.due) {
    if (!(await removeRunObjects(location, id, remover.remove, options))) keptRuns.push(id);
    await remover.remove({ key: manifestKey(id), sizeBytes: 0 });
  }
  if (found !== 'held' && 'keys' in found) {
    const garbage: { readonly key: string; readonly sizeBytes: number }[] = [];
    for await (const stored of location.list(contentPrefix, options)) {
      if (isGarbage(stored, found.keys, { nowMs, graceMs })) garbage.push(stored);
    }
    await pMap(garbage, remover.remove, { concurrency: limits.parallelSegments });
  }
  for (const use of plan.dead) await remover.remove({ key: pointUseKey(use.point, use.run), sizeBytes: 0 });
  // After a failure, or a request whose first attempt may still be on its way, the lock stays until it is too old.
  if (key !== undefined && !fence.isDoubtful()) await location.delete(key, options);
  return {
    points: plan.due,
    keptRuns,
    waiting: plan.waiting,
    holds: plan.holds,
    ...remover.removed(),
    ...(found !== 'held' && 'problem' in found ? { problem: found.problem } : {}),
  };
}

async function look(location: Location, options: SweepOptions): Promise<{ key?: string; nowMs: number }> {
  return { nowMs: await readStoreClock(location, options) };
}

/** Writes the lock of this sweep, and answers the store's time of it. Locks of dead sweeps are removed. */
async function lock(location: Location, options: SweepOptions): Promise<{ key: string; nowMs: number }> {
  const key = `${sweepsPrefix}${randomUUID()}.json`;
  options.fence.arm();
  await location.create(key, Buffer.from('{}\n'), options);
  const all: { readonly key: string; readonly modifiedAtMs: number }[] = [];
  for await (const found of location.list(sweepsPrefix, options)) all.push(found);
  const nowMs = all.find((one) => one.key === key)?.modifiedAtMs;
  if (nowMs === undefined) {
    throw new LandfallError('INTERNAL', { what: `Location ${location.name} does not list ${key}, which it has taken` });
  }
  const others = all.filter((one) => one.key !== key);
  if (others.some(({ modifiedAtMs }) => isSweepAlive(modifiedAtMs, nowMs))) {
    await location.delete(key, options);
    throw new LandfallError('LOCATION_SWEEPING', {
      what: `another sweep of Location ${location.name} goes on, or ended a moment ago without saying so`,
      fix: `start it again in ${Math.ceil(limits.sweepLockMs / 60_000)} minutes`,
      retryAfterMs: limits.sweepRetryMs,
    });
  }
  for (const other of others) await location.delete(other.key, options);
  return { key, nowMs };
}

/** Every key below `objects/` that one of the points refers to, or why that cannot be known. */
async function referencedBy(
  location: Location,
  ids: readonly string[],
  options: StoreOptions
): Promise<{ readonly keys: ReadonlySet<string> } | { readonly problem: ErrorDetail }> {
  const keys = new Set<string>();
  try {
    for (const id of ids) {
      const { manifest } = await openRecoveryPoint(location, id, options);
      for (const part of manifest.indexes) {
        // Parts are named by content: points that follow each other share most of them.
        if (keys.has(part.ref.key)) continue;
        keys.add(part.ref.key);
        for await (const { segment } of readIndexParts(location, [part], options)) keys.add(segmentKey(segment));
      }
    }
    return { keys };
  } catch (error) {
    return { problem: integrityProblem(error) };
  }
}

/** Removes one object after the other as long as the time of the sweep lasts, and counts. */
function createRemover(location: Location, options: SweepOptions) {
  let objects = 0;
  let bytes = 0;
  let isDone = true;
  return {
    async remove(stored: { readonly key: string; readonly sizeBytes: number }): Promise<void> {
      if (options.dryRun !== true) {
        if (options.fence.isDue()) isDone = false;
        if (!isDone) return;
        options.fence.check();
        await location.delete(stored.key, options);
      }
      objects += 1;
      bytes += stored.sizeBytes;
    },
    removed: () => ({ objects, bytes, isDone }),
  };
}
