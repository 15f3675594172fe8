import type { ErrorDetail } from '../errors.ts';
import type { ObservedUser } from '../plan/approval.ts';
import type { Finding, RunOutcome } from '../run/events.ts';
import type { RunSites } from '../run/sites.ts';
import type { LocationSpec } from '../spec/spec.ts';
import type { StoredRef } from '../stored-ref.ts';
import type { PrunePolicy } from './choose-points.ts';
import type { TierRetention } from './choose-tier.ts';
import type { PhaseTime } from '../run/counts.ts';

/**
 * What passes between the workflows `prune`, `verify` and `copy` and their activities: references, counts and short names, as
 * everywhere (docs/decisions/0003).
 */

/** Handed to every activity of a run that works on the recovery points of one Location and on no cluster. */
export interface LocationContext {
  readonly runId: string;
  readonly location: LocationSpec;
  /** The site of the Location, if it names one. */
  readonly sites?: RunSites;
}

/** Which points are to be deleted. */
export type PruneWish =
  | { readonly by: 'name'; readonly names: readonly string[] }
  | { readonly by: 'policy'; readonly policy: PrunePolicy }
  /** Points of one tier of a policy, by its retention. */
  | { readonly by: 'tier'; readonly tier: TierRetention }
  /** None: only what marked points left is removed. */
  | { readonly by: 'mark' };

export interface PointsInput extends LocationContext {
  /** Who asked, as the command saw them. */
  readonly asked: ObservedUser;
  /** Events one history of it may have; absent = `limits.workflowEvents`. */
  readonly eventsMax?: number;
}

/** The input of the workflow that deletes recovery points. */
export interface PruneInput extends PointsInput {
  readonly wish: PruneWish;
  /** How long a mark has to stand, and content that nothing refers to has to be there. */
  readonly graceMs: number;
}

/** The input of the workflow that reads recovery points whole. */
export interface VerifyInput extends PointsInput {
  /** None: every complete point. */
  readonly points: readonly string[];
  /** Locations with copies, by which what is damaged is healed; absent: nothing is changed. */
  readonly heal?: readonly LocationSpec[];
}

/** What a run was asked for and by whom; stored before it does anything. */
export interface PointsRequest {
  readonly schema: 'landfall.dev/points-request/v1';
  readonly run: string;
  readonly kind: 'prune' | 'verify' | 'copy';
  readonly asked: ObservedUser;
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly wish?: PruneWish;
  readonly graceMs?: number;
  readonly points?: readonly string[];
  /** Name of the Location that points are copied to. */
  readonly target?: string;
}

/** A stored list of points, and how many of them the run works on. */
export interface ChosenPoints {
  readonly choice: StoredRef;
  readonly chosen: number;
  readonly others: number;
}

/** What one part of a sweep removed; the whole result is stored. */
export interface SweptPart {
  readonly result: StoredRef;
  readonly points: number;
  readonly objects: number;
  readonly bytes: number;
  readonly isDone: boolean;
  /** Why no content went. */
  readonly problem?: ErrorDetail;
}

/** What one activity has verified. */
export interface VerifiedPart {
  /** Index of the first point that is still to be read. */
  readonly next: number;
  readonly whole: number;
  readonly damaged: number;
  /** Points that were deleted before or while they were read. */
  readonly deleted: number;
  readonly objects: number;
  readonly bytes: number;
  /** Volumes of these points, whose data is not read. */
  readonly volumes: number;
  /** Points whose content was compared with its hashes and not decrypted; absent: none. */
  readonly unopened?: number;
  /** The first ones, at most 20. */
  readonly findings: readonly Finding[];
}

/** What every report of such a run is made from. */
export interface ReportedEnd {
  readonly outcome: RunOutcome;
  readonly exitCode: number;
  readonly error?: ErrorDetail;
  readonly asked: ObservedUser;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly phases: readonly PhaseTime[];
  readonly choice?: StoredRef;
}

export interface PruneReportRequest extends ReportedEnd {
  readonly wish: PruneWish;
  readonly graceMs: number;
  /** The choice as it was when the marks were written. */
  readonly marked?: StoredRef;
  /** Results of the parts of its sweep. */
  readonly parts: readonly StoredRef[];
  readonly objects: number;
  readonly bytes: number;
}

export type VerifyReportRequest = ReportedEnd;
