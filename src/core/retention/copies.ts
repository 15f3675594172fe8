import { errorDetail, type ErrorDetail } from '../errors.ts';
import type { CopiesSpec } from '../spec/copies.ts';

/** What became of one copy that a backup was asked for. */
export interface ReportedCopy {
  /** Name of the Location. */
  readonly location: string;
  /** Of those that count once. */
  readonly group?: string;
  /** Verified: everything the recovery point refers to was read there and compared with its hash. */
  readonly state: 'verified' | 'failed';
  /** What was read back, and what of it was sent. */
  readonly objects: number;
  readonly bytes: number;
  readonly copiedBytes: number;
  /** Why it is not there. */
  readonly problem?: ErrorDetail;
}

/** The copies of a recovery point in the report of its backup. */
export interface ReportedCopies {
  readonly quorum: number;
  /** Those of one group counted once. */
  readonly verified: number;
  readonly to: readonly ReportedCopy[];
}

/** How many copies count: those of one group once. */
export function countVerified(copies: readonly ReportedCopy[]): number {
  const verified = copies.filter(({ state }) => state === 'verified');
  const alone = verified.filter(({ group }) => group === undefined).length;
  return alone + new Set(verified.flatMap(({ group }) => group ?? [])).size;
}

/** How many copies there can be at most. */
export function countPossible({ to }: Pick<CopiesSpec<unknown>, 'to'>): number {
  return countVerified(
    to.map(({ group }) => ({
      ...{ location: '', state: 'verified', objects: 0, bytes: 0, copiedBytes: 0 },
      ...(group === undefined ? {} : { group }),
    }))
  );
}

/** Why the recovery point has fewer copies than it needs; undefined where it has them. */
export function missingCopies(
  { quorum }: Pick<CopiesSpec<unknown>, 'quorum'>,
  copies: readonly ReportedCopy[]
): ErrorDetail | undefined {
  const verified = countVerified(copies);
  if (verified >= quorum) return undefined;
  const failed = copies.filter(({ state }) => state === 'failed').map(({ location }) => location);
  const grouped = failed.length === 0 ? 'copies of one group count once' : `not in ${failed.join(', ')}`;
  return errorDetail('COPIES_INCOMPLETE', {
    what: `${verified} of ${quorum} copies of the recovery point were verified by reading back: ${grouped}`,
  });
}
