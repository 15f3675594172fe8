import type { ErrorDetail } from '../errors.ts';
import type { ObservedUser } from '../plan/approval.ts';
import type { RunOutcome } from '../run/events.ts';
import type { PruneChoice } from './choose-points.ts';
import type { PruneWish } from './contract.ts';
import type { SweepDecision } from './decide-sweep.ts';
import type { PhaseTime } from '../run/counts.ts';

/** Schema name of the report of a run about recovery points; within v1 fields are only added. */
export const pointsReportSchema = 'landfall.dev/points-report/v1';

interface PointsReportBase {
  readonly schema: typeof pointsReportSchema;
  readonly run: string;
  /** Name of the Location. */
  readonly location: string;
  /** Version of Landfall. */
  readonly landfall: string;
  /** Who asked, as the command saw them. */
  readonly asked: ObservedUser;
  /** RFC 3339, UTC. */
  readonly started: string;
  readonly finished: string;
  readonly outcome: RunOutcome;
  readonly exitCode: number;
  readonly error?: ErrorDetail;
  readonly phases: readonly PhaseTime[];
}

/** What a sweep did, and what keeps the rest. */
export interface SweepResult extends Pick<SweepDecision, 'waiting' | 'holds'> {
  /** Points whose manifests were removed. */
  readonly points: readonly string[];
  /** Of these, the runs whose objects stay, because they have not ended or are not undone. */
  readonly keptRuns: readonly string[];
  /** Runs whose reports could not be read, without the key: their objects and manifests stay for a sweep that has it. */
  readonly sealedRuns?: readonly string[];
  /** Removed, manifests and run objects included. */
  readonly objects: number;
  readonly bytes: number;
  /** How far the clock of the store is ahead of this machine's, when that is more than usual: ages are by the earlier one. */
  readonly clockAheadMs?: number;
  /** Why it is not known what a point refers to: then no content goes. */
  readonly problem?: ErrorDetail;
  /** False: there is more, and the lock was released so that runs can begin. */
  readonly isDone: boolean;
}

/** A point that was looked at, and what the Location said of it at the end of the run. */
export interface PrunedPoint extends PruneChoice {
  readonly state: 'kept' | 'marked' | 'removed';
}

export interface PruneReport extends PointsReportBase {
  readonly kind: 'prune';
  readonly wish: PruneWish;
  readonly graceMs: number;
  readonly points: readonly PrunedPoint[];
  /** Absent: the run ended before it swept. */
  readonly sweep?: SweepResult;
}

/** A point as it was read. */
export interface VerifiedPoint {
  readonly id: string;
  readonly state: 'whole' | 'damaged' | 'deleted';
  readonly objects: number;
  readonly segments: number;
  /** Stored bytes that were read. */
  readonly bytes: number;
  /** Volumes of the point; their data is in the repository of kopia and was not read. */
  readonly volumes: number;
  /** Why what is inside was not read: every stored byte was compared with its hash, and nothing was decrypted. */
  readonly unopened?: string;
  /** Objects that were missing or damaged and were given back by a copy, before it was read whole; absent: none. */
  readonly healed?: number;
  readonly problemCount: number;
  /** The first ones. */
  readonly problems: readonly ErrorDetail[];
}

/** A point that was not read, and why. */
export interface SkippedPoint {
  readonly id: string;
  readonly why: string;
}

export interface VerifyReport extends PointsReportBase {
  readonly kind: 'verify';
  readonly points: readonly VerifiedPoint[];
  readonly skipped: readonly SkippedPoint[];
}

/** A point as it was copied. What was read back in the other Location, and what of it was sent. */
export interface CopiedPoint {
  readonly id: string;
  readonly state: 'copied' | 'failed' | 'deleted';
  readonly objects: number;
  readonly bytes: number;
  readonly copiedObjects: number;
  readonly copiedBytes: number;
  /** Of what was sent: damaged in the other Location before. */
  readonly healed: number;
  /** Why it was not copied. */
  readonly problem?: ErrorDetail;
}

export interface CopyReport extends PointsReportBase {
  readonly kind: 'copy';
  /** Name of the Location the points were copied to. */
  readonly target: string;
  readonly points: readonly CopiedPoint[];
  readonly skipped: readonly SkippedPoint[];
}

export type PointsReport = PruneReport | VerifyReport | CopyReport;

/**
 * Puts the parts of a sweep together: what was removed adds up, what keeps the rest is what the last part found. Undefined
 * where there was none.
 */
export function joinSweeps(parts: readonly SweepResult[]): SweepResult | undefined {
  const last = parts.at(-1);
  if (last === undefined) return undefined;
  return {
    ...last,
    points: [...new Set(parts.flatMap(({ points }) => points))],
    keptRuns: [...new Set(parts.flatMap(({ keptRuns }) => keptRuns))],
    objects: parts.reduce((sum, { objects }) => sum + objects, 0),
    bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
