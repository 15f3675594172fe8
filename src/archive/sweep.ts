import { randomUUID } from 'node:crypto';
import pMap from 'p-map';
import { isLandfallError, LandfallError } from '../core/errors.ts';
import { runOfPoint } from '../core/identity/names.ts';
import { limits } from '../core/limits.ts';
import { decideSweep } from '../core/retention/decide-sweep.ts';
import type { PointFacts } from '../core/retention/point-facts.ts';
import type { SweepResult } from '../core/retention/report.ts';
import type { Location, StoreOptions } from '../ports/location.ts';
import { withCanaries } from './canaries.ts';
import { copiedKey } from './copied-point.ts';
import {
  manifestKey,
  pointLockKey,
  pointMarkKey,
  pointsPrefix,
  pointUseKey,
  sweepKey,
  sweepsPrefix,
} from './layout.ts';
import { listPointFacts } from './point-facts.ts';
import { listIncomplete, provenList } from './proven-list.ts';
import { findContent } from './referenced-content.ts';
import { removeRunObjects } from './remove-run-objects.ts';
import { withStatedTimes } from './stated-times.ts';
import { readStoreClock } from './store-clock.ts';
import { encodeSweepLock, readSweepLock } from './sweep-lock.ts';
import type { SweepFence } from './sweep-fence.ts';
import { isSweepAlive } from './use-point.ts';

export interface SweepOptions extends StoreOptions {
  /** Who sweeps, as its lock says: an attempt of the same run does not wait for one that died. */
  readonly run: string;
  /** How long a mark has to stand, and content that nothing refers to has to be there. */
  readonly graceMs: number;
  readonly fence: SweepFence;
  /** Counts what would go, and takes no lock. */
  readonly dryRun?: boolean;
  /** Is called once nobody else sweeps. */
  readonly onLocked?: () => void;
  /** Is reported the points that go before anything is removed, so that a record of them outlives this attempt. */
  readonly onDue?: (points: readonly string[]) => Promise<void>;
  /** Is reported after each object what was removed so far. */
  readonly onRemoved?: (removed: { readonly objects: number; readonly bytes: number }) => void;
}

/**
 * Removes what marked points leave: their manifests and run objects, then all content that no other point refers to, as
 * far as no run holds it (src/core/retention). Under a lock that runs wait for before they begin. It can be stopped
 * anywhere and repeated: what is left is found again. Throws LOCATION_SWEEPING, with who sweeps, while the sweep of another
 * run goes on, and LOCATION_LIST_INCOMPLETE, with nothing removed, when the store lists less than it holds.
 */
export async function sweepLocation(location: Location, options: SweepOptions): Promise<SweepResult> {
  const { fence } = options;
  const { key, storeMs } = options.dryRun === true ? await probe(location, options) : await lock(location, options);
  options.onLocked?.();
  const release = async (): Promise<void> => {
    // After a failure, or a request whose first attempt may still be on its way, the lock stays until it is too old.
    if (key !== undefined && !fence.isDoubtful()) await location.delete(key, options);
  };
  try {
    const result = await sweep(location, options, storeMs);
    await release();
    return result;
  } catch (error) {
    // Found before the first delete: no run has to wait for this sweep.
    if (isLandfallError(error, 'LOCATION_LIST_INCOMPLETE')) await release();
    throw error;
  }
}

/** Everything that decides is read and proven before the first object goes. */
async function sweep(location: Location, options: SweepOptions, storeMs: number): Promise<SweepResult> {
  const { fence, graceMs } = options;
  const machineMs = fence.nowMs();
  // Of both clocks the earlier: one that runs ahead makes nothing old enough.
  const nowMs = Math.min(storeMs, machineMs);
  // Two lists: one that was read in pages is not of one moment, and a run may have let go in between.
  const list = async (expected: readonly string[]): Promise<readonly PointFacts[]> =>
    withStatedTimes(location, await listPointFacts(location, { ...options, expected }), options);
  const both = async (expected: readonly string[]) => ({ before: await list(expected), after: await list(expected) });
  const facts = options.dryRun === true ? await both([]) : await withCanaries(location, options, both);
  const plan = decideSweep({ ...facts, nowMs, graceMs });
  const content = plan.holds.length > 0 ? { unreferenced: [] } : await findContent(location, plan.kept, options);
  await checkMarks(location, plan.due, options);
  if (plan.due.length > 0 && options.dryRun !== true) await options.onDue?.(plan.due);
  const remover = createRemover(location, options);
  const keptRuns: string[] = [];
  const sealedRuns: string[] = [];
  const removed: string[] = [];
  const locked = new Set(facts.after.filter(({ hasLock }) => hasLock === true).map(({ id }) => id));
  for (const id of plan.due) {
    const run = runOfPoint(id);
    const copied = await location.head(copiedKey(id), options);
    const isCopy = copied !== undefined;
    const became = await removeRunObjects(location, run, { ...options, isCopy, remove: remover.remove });
    if (became === 'kept') keptRuns.push(run);
    if (became === 'sealed') {
      // Its manifest stays with them, so that a sweep that has the key comes back to it.
      sealedRuns.push(run);
      continue;
    }
    removed.push(id);
    if (locked.has(id)) await remover.remove({ key: pointLockKey(id), sizeBytes: 0 });
    await remover.remove({ key: manifestKey(id), sizeBytes: 0 });
    if (copied !== undefined) await remover.remove({ key: copiedKey(id), ...copied });
  }
  if ('unreferenced' in content) {
    const garbage = content.unreferenced.filter(({ modifiedAtMs }) => nowMs - modifiedAtMs >= graceMs);
    await pMap(garbage, remover.remove, { concurrency: limits.parallelSegments });
  }
  for (const use of plan.dead) await remover.remove({ key: pointUseKey(use.point, use.run), sizeBytes: 0 });
  return {
    points: removed,
    keptRuns,
    ...(sealedRuns.length === 0 ? {} : { sealedRuns }),
    waiting: plan.waiting,
    holds: plan.holds,
    ...remover.removed(),
    ...('problem' in content ? { problem: content.problem } : {}),
    ...(storeMs - machineMs > clockToleranceMs ? { clockAheadMs: storeMs - machineMs } : {}),
  };
}

/** Clocks that differ by less are usual and change nothing but when something is old enough. */
const clockToleranceMs = 60_000;

/** A point goes by a mark that can be read by its name, whatever lists have shown. */
async function checkMarks(location: Location, due: readonly string[], options: StoreOptions): Promise<void> {
  for (const id of due) {
    if ((await location.head(pointMarkKey(id), options)) !== undefined) continue;
    throw listIncomplete(location, pointsPrefix, `the mark of ${id} is listed but does not exist`);
  }
}

async function probe(location: Location, options: SweepOptions): Promise<{ key?: string; storeMs: number }> {
  return { storeMs: await readStoreClock(location, options) };
}

/**
 * Writes the lock of this sweep, and answers the store's time of it. Locks of dead sweeps are removed once they are too old;
 * one of an earlier attempt of the same run stays until then, since a request of it may arrive late, and is not waited for.
 */
async function lock(location: Location, options: SweepOptions): Promise<{ key: string; storeMs: number }> {
  const key = sweepKey(randomUUID());
  options.fence.arm();
  await location.create(key, encodeSweepLock(options), options);
  const all = await provenList(location, sweepsPrefix, { ...options, expected: [key] });
  const storeMs = all.find((one) => one.key === key)?.modifiedAtMs;
  if (storeMs === undefined) throw listIncomplete(location, sweepsPrefix, `${key} was written but is not listed`);
  const nowMs = Math.min(storeMs, options.fence.nowMs());
  const others = Map.groupBy(
    all.filter((one) => one.key !== key),
    ({ modifiedAtMs }) => isSweepAlive(modifiedAtMs, nowMs)
  );
  for (const other of others.get(true) ?? []) {
    const run = await readSweepLock(location, other.key, options);
    if (run === undefined || run === options.run) continue;
    await location.delete(key, options);
    throw new LandfallError('LOCATION_SWEEPING', {
      what: `run ${run} is removing deleted recovery points from Location ${location.name}, or was stopped while it did`,
      why: `its lock ${other.key} was written at ${new Date(other.modifiedAtMs).toISOString()} and counts for ${Math.ceil(limits.sweepLockMs / 60_000)} minutes`,
      fix: `watch it with \`landfall status ${run}\`, or start this again when it has ended`,
      ref: run,
      retryAfterMs: limits.sweepRetryMs,
    });
  }
  for (const other of others.get(false) ?? []) await location.delete(other.key, options);
  return { key, storeMs };
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
      options.onRemoved?.({ objects, bytes });
    },
    removed: () => ({ objects, bytes, isDone }),
  };
}
