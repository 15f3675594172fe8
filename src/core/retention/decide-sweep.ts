import { isLive, liveRuns, type PointFacts } from './point-facts.ts';

/** What a sweep goes by: two lists of the Location, both made after its lock was there. */
export interface SweepFacts {
  /** Says who is at work: whoever begins after it waits for the lock. */
  readonly before: readonly PointFacts[];
  /** Says what there is: a run that has let go between the lists has its manifest in this one. */
  readonly after: readonly PointFacts[];
  /** The earlier of two clocks: when the lock was written by the clock of the store, and the time of this machine. */
  readonly nowMs: number;
  /** How long a mark has to stand. */
  readonly graceMs: number;
}

/** A run that keeps a sweep from removing something. */
export interface SweepHold {
  readonly run: string;
  readonly point: string;
  readonly renewedAtMs: number;
}

export interface SweepDecision {
  /** Marked points whose manifest and run objects go. */
  readonly due: readonly string[];
  /** Points whose content stays, whatever else refers to it. */
  readonly kept: readonly string[];
  /** Marked points that stay for now, and the time they may go, if that is what they wait for. */
  readonly waiting: readonly { readonly point: string; readonly runs: readonly string[]; readonly dueAtMs: number }[];
  /** Runs that have stored content no manifest refers to yet: while there are any, no content goes. */
  readonly holds: readonly SweepHold[];
  /** Uses of runs that cannot go on: their point is marked and gone, and they have been silent for too long. */
  readonly dead: readonly { readonly run: string; readonly point: string }[];
}

/**
 * Decides what a sweep may remove.
 *
 *   the point is       committed                          not committed
 *   not marked         its content stays                  each use holds all content, however old
 *   marked             due when the mark stood its time   a live use holds all content;
 *                      and no use is live                 others cannot go on: they meet the mark
 *
 * A use that is old and not marked holds: its run may be asleep and go on with what it found stored already.
 */
export function decideSweep({ before, after, nowMs, graceMs }: SweepFacts): SweepDecision {
  const now = new Map(after.map((point) => [point.id, point]));
  const marked = new Map(before.filter(isMarked).map((point) => [point.id, point]));
  const holds = before
    .filter(({ id }) => now.get(id)?.committedAtMs === undefined)
    .flatMap((point) => holdsOf(point, nowMs));
  const due: string[] = [];
  const kept: string[] = [];
  const waiting: SweepDecision['waiting'][number][] = [];
  for (const point of after) {
    if (point.committedAtMs === undefined) continue;
    const mark = marked.get(point.id);
    const dueAtMs = (mark?.markedAtMs ?? nowMs) + graceMs;
    const runs = [...new Set([...liveRuns(mark ?? point, nowMs), ...liveRuns(point, nowMs)])];
    if (mark !== undefined && dueAtMs <= nowMs && runs.length === 0) {
      due.push(point.id);
      continue;
    }
    kept.push(point.id);
    if (isMarked(point)) waiting.push({ point: point.id, runs, dueAtMs });
  }
  const gone = new Set(due);
  const dead = after
    .filter((point) => marked.has(point.id) && (point.committedAtMs === undefined || gone.has(point.id)))
    .flatMap(({ id, uses }) => uses.filter((use) => !isLive(use, nowMs)).map(({ run }) => ({ run, point: id })));
  return { due, kept, waiting, holds, dead };
}

function holdsOf(point: PointFacts, nowMs: number): readonly SweepHold[] {
  const uses = isMarked(point) ? point.uses.filter((use) => isLive(use, nowMs)) : point.uses;
  return uses.map(({ run, renewedAtMs }) => ({ run, point: point.id, renewedAtMs }));
}

function isMarked(point: PointFacts): boolean {
  return point.markedAtMs !== undefined;
}
