import { errorDetail, type ErrorDetail } from '../errors.ts';
import type { ProtectionMark } from '../protection/mark.ts';
import { liveRuns, type PointFacts } from './point-facts.ts';
import { isLocked, lockText, type Retention } from './point-lock.ts';

/** A recovery point as a person who deletes some of them sees it. */
export interface PointSummary extends PointFacts {
  /** Of a point whose manifest was read. */
  readonly content?: {
    /** Stands for what it was called and where it came from: points of one line follow each other. */
    readonly line: string;
    readonly volumes: number;
    /** Of a point that a policy has written. */
    readonly protection?: ProtectionMark;
  };
  /** How it is locked in the store, in force or not. */
  readonly lock?: Retention;
  /** Why its manifest cannot be used. */
  readonly problem?: ErrorDetail;
}

/** What is to stay; a point goes only when every rule that is given lets it go. */
export interface PrunePolicy {
  /** The newest of each line (name and source cluster). */
  readonly keepLast?: number;
  readonly olderThanMs?: number;
}

export interface PruneChoice {
  readonly id: string;
  readonly goes: boolean;
  readonly why: string;
}

/**
 * Chooses the points that go, by the policy. Only committed points are pruned, never one that a run uses, however long ago
 * it said so, that has volumes, or that cannot be read. Points that do not count for `keepLast`: marked and damaged ones.
 */
export function choosePruned(
  points: readonly PointSummary[],
  policy: PrunePolicy,
  nowMs: number
): readonly PruneChoice[] {
  const whole = points.filter(
    ({ committedAtMs, markedAtMs }) => committedAtMs !== undefined && markedAtMs === undefined
  );
  const lines = Map.groupBy(
    whole.filter(({ content }) => content !== undefined),
    ({ content }) => content?.line ?? ''
  );
  const newest = new Set(
    [...lines.values()].flatMap((line) =>
      line
        .toSorted(newestFirst)
        .slice(0, policy.keepLast ?? 0)
        .map(({ id }) => id)
    )
  );
  return whole.map((point) => {
    const why = whyKept(point, { policy, newest, nowMs });
    return { id: point.id, goes: why === undefined, why: why ?? 'no rule keeps it' };
  });
}

interface PruneFacts {
  readonly policy: PrunePolicy;
  readonly newest: ReadonlySet<string>;
  readonly nowMs: number;
}

function whyKept(point: PointSummary, { policy, newest, nowMs }: PruneFacts): string | undefined {
  if (point.content === undefined) return 'it cannot be read';
  if (newest.has(point.id)) return `one of the last ${policy.keepLast}`;
  if (policy.olderThanMs !== undefined && nowMs - (point.committedAtMs ?? nowMs) <= policy.olderThanMs)
    return 'not old enough';
  if (isLocked(point.lock, nowMs)) return lockText(point.lock);
  const [use] = point.uses;
  if (use !== undefined) return `run ${use.run} uses it`;
  if (point.content.volumes > 0) return 'it has volumes';
  return undefined;
}

function newestFirst(left: PointSummary, right: PointSummary): number {
  const byTime = (right.committedAtMs ?? 0) - (left.committedAtMs ?? 0);
  return byTime === 0 ? (left.id < right.id ? 1 : -1) : byTime;
}

/** Why a point that was named must not be marked; undefined when it may. One that is marked already may be. */
export function whyNotDeleted(point: PointSummary, nowMs: number): ErrorDetail | undefined {
  if (point.markedAtMs !== undefined) return undefined;
  const { id } = point;
  const runs = liveRuns(point, nowMs);
  if (runs.length > 0) {
    return errorDetail('RECOVERY_POINT_IN_USE', {
      what: `recovery point ${id} is used by run ${runs.join(', ')}`,
      ref: id,
    });
  }
  if (isLocked(point.lock, nowMs)) return lockedPoint(id, point.lock);
  if (point.problem !== undefined) return point.problem;
  const volumes = point.content?.volumes ?? 0;
  if (volumes === 0) return undefined;
  return errorDetail('RECOVERY_POINT_HAS_VOLUMES', {
    what: `recovery point ${id} has ${volumes} ${volumes === 1 ? 'volume' : 'volumes'} in the repository`,
    ref: id,
  });
}

/** Why a point is not deleted before its lock ends. */
export function lockedPoint(id: string, lock: Retention): ErrorDetail {
  return errorDetail('RECOVERY_POINT_LOCKED', { what: `recovery point ${id} is ${lockText(lock)}`, ref: id });
}
