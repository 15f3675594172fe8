/** A run that uses a recovery point: it writes it, or reads what the point refers to. */
export interface PointUse {
  readonly run: string;
  /** When the run last said so, by the clock of the store. */
  readonly renewedAtMs: number;
}

/** What the keys of a Location say about one recovery point; times are of the store's clock. */
export interface PointFacts {
  readonly id: string;
  /** When its manifest was written; absent: the point was not committed, or is deleted. */
  readonly committedAtMs?: number;
  /** When it was marked for deletion. */
  readonly markedAtMs?: number;
  /** There is word of a lock, in force or not. */
  readonly hasLock?: true;
  /** Oldest first. */
  readonly uses: readonly PointUse[];
}

/**
 * How long a use counts after it was renewed. Every activity of a run renews before it begins, and the longest may take
 * 72 hours (`transfer` in workflows/saga/activities.ts): within a day more no attempt is at work that has not renewed.
 */
const useLifeMs = 96 * 60 * 60_000;

/** True while an attempt of the run may be at work. */
export function isLive(use: PointUse, nowMs: number): boolean {
  return nowMs - use.renewedAtMs <= useLifeMs;
}

/** Runs that may be at work on a point, each once. */
export function liveRuns(point: PointFacts, nowMs: number): readonly string[] {
  return point.uses.filter((use) => isLive(use, nowMs)).map(({ run }) => run);
}
