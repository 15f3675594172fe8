import { pointRunPrefix } from '../../src/archive/layout.ts';
import { markPoint } from '../../src/archive/mark-point.ts';
import { readLock } from '../../src/archive/lock-point.ts';
import { usesOfPoint } from '../../src/archive/use-point.ts';
import { loadJson, storeJson } from '../../src/archive/run-objects.ts';
import { readEarlierClock } from '../../src/archive/store-clock.ts';
import type { PruneChoice } from '../../src/core/retention/choose-points.ts';
import type { ChosenPoints, LocationContext, PruneWish } from '../../src/core/retention/contract.ts';
import { isLive } from '../../src/core/retention/point-facts.ts';
import { isLocked, lockText } from '../../src/core/retention/point-lock.ts';
import type { StoredRef } from '../../src/core/stored-ref.ts';
import type { Location } from '../../src/ports/location.ts';
import type { Progress } from '../../src/services/progress.ts';

interface MarkRequest {
  readonly context: LocationContext;
  readonly choice: StoredRef;
  readonly wish: PruneWish;
}

/**
 * Marks the chosen points for deletion, with the run that does. Time may have passed since they were chosen: one that a run
 * has begun to use stays. Stores the choice as it was carried out. Idempotent; a repeated attempt goes on after the last mark.
 */
export async function markPoints(
  location: Location,
  progress: Progress,
  { context, choice, wish }: MarkRequest
): Promise<ChosenPoints> {
  const options = { signal: progress.signal };
  const chosen = await loadJson<readonly PruneChoice[]>(location, choice, options);
  const nowMs = await readEarlierClock(location, options);
  const going = chosen.filter(({ goes }) => goes);
  const kept = new Map<string, string>(Object.entries(keptBefore(progress.cursor)));
  const from = doneBefore(progress.cursor);
  progress.update({ done: from, total: going.length, unit: 'points' });
  for (const [at, { id }] of going.entries()) {
    if (at < from) continue;
    const uses = await usesOfPoint(location, id, options);
    const use = uses.find((one) => wish.by === 'policy' || wish.by === 'tier' || isLive(one, nowMs));
    const lock = await readLock(location, id, options);
    if (isLocked(lock, nowMs)) kept.set(id, lockText(lock));
    else if (use === undefined) await markPoint(location, id, { ...options, run: context.runId });
    else kept.set(id, `run ${use.run} uses it`);
    progress.update({ done: at + 1 });
    progress.checkpoint({ done: at + 1, kept: Object.fromEntries(kept) });
  }
  const marked = chosen.map((point): PruneChoice => {
    const why = kept.get(point.id);
    return why === undefined ? point : { ...point, goes: false, why };
  });
  const stored = await storeJson({ location, path: `${pointRunPrefix(context.runId)}/marked` }, marked, options);
  return { choice: stored, chosen: going.length - kept.size, others: kept.size };
}

type Cursor = { readonly done: number; readonly kept: Readonly<Record<string, string>> };

function doneBefore(cursor: unknown): number {
  return cursor === undefined ? 0 : (cursor as Cursor).done;
}

function keptBefore(cursor: unknown): Cursor['kept'] {
  return cursor === undefined ? {} : (cursor as Cursor).kept;
}
