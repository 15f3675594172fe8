import type { Finding } from '../run/events.ts';
import type { LocationSpec } from '../spec/spec.ts';
import type { PointsInput, ReportedEnd } from './contract.ts';

/* What passes between the workflow `copy` and its activities. `location` of its context is where the points are. */

/** The input of the workflow that copies recovery points to another Location. */
export interface CopyInput extends PointsInput {
  /** None: every complete point. */
  readonly points: readonly string[];
  /** Where they are copied to. */
  readonly target: LocationSpec;
  /** Also reads blobs of volumes that are in the target already; absent: no. */
  readonly rereadVolumes?: boolean;
}

/** What one activity has copied. */
export interface CopiedPart {
  /** Index of the first point that is still to be copied. */
  readonly next: number;
  /** Points that were verified by reading back. */
  readonly whole: number;
  readonly failed: number;
  /** Points that were deleted before or while they were copied, in either Location. */
  readonly deleted: number;
  /** What was read back, and what of it was sent. */
  readonly objects: number;
  readonly bytes: number;
  readonly copiedObjects: number;
  readonly copiedBytes: number;
  readonly healed: number;
  /** The first ones, at most 20. */
  readonly findings: readonly Finding[];
}

export interface CopyReportRequest extends ReportedEnd {
  readonly target: string;
}
