import { catalogue } from '../error-catalogue.ts';
import { plannedErrors } from '../error-catalogue-planned.ts';
import type { ErrorCode, ErrorDetail } from '../errors.ts';
import type { RunOutcome } from './events.ts';
import type { ErrorEntry } from '../error-entry.ts';

/** What the exit code of a run depends on. */
export interface Ending {
  readonly outcome: RunOutcome;
  readonly error?: ErrorDetail;
  /** Which cluster the error came from, for codes that may come from either; else what the error says itself. */
  readonly side?: 'source' | 'target';
  /**
   * `none`: nothing had been changed; `complete`: everything was undone; `incomplete`: a compensation failed or the
   * policy was to keep. Absent: what the outcome says by itself.
   */
  readonly undo?: 'none' | 'complete' | 'incomplete';
}

/** Errors that end a run as "access": nobody answered, or would not let us in. */
const accessCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'CLUSTER_UNREACHABLE',
  'CLUSTER_TLS_UNTRUSTED',
  'CLUSTER_CREDENTIALS_EXPIRED',
  'CLUSTER_FORBIDDEN',
  'LOCATION_UNREACHABLE',
  'LOCATION_CREDENTIALS',
  'LOCATION_FORBIDDEN',
  'LOCATION_IDENTITY_REFUSED',
  'LOCATION_IDENTITY_UNREACHABLE',
  'LOCATION_NOT_FOUND',
  'LOCATION_READ_ONLY',
  'LOCATION_REQUEST_REFUSED',
]);

/** Errors of a check that refuses before anything is touched. */
const blockerCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'KIND_NOT_SERVED',
  'STORED_FIELDS_HIDDEN',
  'TARGET_NOT_EMPTY',
  'WEBHOOK_DEAD',
  'NAMESPACE_TERMINATING',
  'OBJECT_CONFLICT',
  'TRANSLATION_UNMAPPED',
  'TRANSLATION_COLLISION',
  'EXPOSURE_WIDENED',
  'SELECTION_CHANGED',
  'PLACEMENT_BROKEN',
  'SOURCE_LEFTOVER',
  'FIELDS_PRUNED',
  'ADMISSION_DENIED',
  'QUOTA_EXCEEDED',
  'SNAPSHOT_CLASS_MISSING',
  'VOLUME_UNBOUND',
  'VOLUMES_TOO_MANY',
  'VOLUME_BLOCK_MODE',
  'VOLUME_CLASS_UNMAPPED',
  'CLAIM_EXISTS',
  'UPDATE_REFUSED',
  'EXTERNAL_SHARED',
  'MOVER_UNPLACEABLE',
  'MOVER_REFUSED',
  ...(Object.keys(plannedErrors) as (keyof typeof plannedErrors)[]),
  'PLAN_STALE',
  'PLAN_SPENT',
  'RETRY_UNSAFE',
  'APPROVAL_MISSING',
  'APPROVAL_REFUSED',
]);

/**
 * The exit code of a run that ended (docs/reference/exit-codes.md). Total: an ending it does not know is a failure.
 * An incomplete undo comes before everything else, because then a person is needed now.
 */
export function exitCodeOf(ending: Ending): number {
  if (ending.outcome === 'detached') return 8;
  if (ending.outcome === 'succeeded') return ending.error === undefined ? 0 : 3;
  if (ending.outcome === 'partial') return 3;
  if (ending.undo === 'incomplete') return 6;
  if (ending.outcome === 'cancelled') return 7;
  if (ending.outcome === 'rolled-back' || ending.undo === 'complete') return 1;
  return ending.error === undefined ? 1 : exitCodeOfError(ending.error.code, ending.side ?? ending.error.side);
}

/** The exit code of an error that stopped a command before anything was changed. Total over codes of later versions. */
export function exitCodeOfError(code: ErrorCode, side?: 'source' | 'target'): number {
  const entry: ErrorEntry | undefined = catalogue[code];
  if (entry === undefined) return 1;
  if (entry.group === 'internal') return 70;
  if (entry.group === 'cancelled') return 7;
  if (entry.group === 'config') return 2;
  if (blockerCodes.has(code)) return 5;
  if (!accessCodes.has(code)) return 1;
  if (entry.group === 'location') return 12;
  if (side === undefined) return 1;
  return side === 'source' ? 10 : 11;
}
