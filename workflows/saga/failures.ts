import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  ChildWorkflowFailure,
  TerminatedFailure,
  TimeoutFailure,
  isCancellation,
} from '@temporalio/workflow';
import { errorDetail } from '../../src/core/errors.ts';
import type { ErrorDetail } from '../../src/core/errors.ts';
import type { ResultEvent } from '../../src/core/run/events.ts';

/** Turns what an activity or child threw into the error people read. The detail was put there by the activity. */
export function toErrorDetail(error: unknown): ErrorDetail {
  if (isCancellation(error)) return errorDetail('CANCELLED', { what: 'the run was cancelled by a user' });
  const failure = innermost(error);
  if (failure instanceof ApplicationFailure) {
    const detail = failure.details?.[0];
    if (isDetail(detail)) return detail;
    return errorDetail('INTERNAL', { what: failure.message });
  }
  if (failure instanceof TerminatedFailure) {
    return errorDetail('RUN_TERMINATED', { what: 'the run was terminated from outside: nothing was undone' });
  }
  if (failure instanceof TimeoutFailure) {
    return errorDetail('WAIT_TIMED_OUT', {
      what: `a step did not finish in time (${failure.timeoutType})`,
      why: 'no worker responded, or it took longer than its limit',
      fix: 'check that a worker is running (`landfall worker`, or `landfall resume RUN`), and check its log',
    });
  }
  return errorDetail('INTERNAL', { what: failure instanceof Error ? failure.message : String(failure) });
}

/** How a run that failed or was cancelled ended; kept in what closes the workflow, where no worker is needed to read it. */
export type StoredEnding = Pick<ResultEvent, 'outcome' | 'exitCode'>;

/** How a child ended that failed or was cancelled, as it kept it itself; undefined where it could not. */
export function endingOf(error: unknown): StoredEnding | undefined {
  const failure = innermost(error);
  if (failure instanceof TerminatedFailure) return { outcome: 'failed', exitCode: 6 };
  const details = failure instanceof ApplicationFailure || failure instanceof CancelledFailure ? failure.details : [];
  return (details as unknown[] | null | undefined)?.find(isEnding);
}

/** The failure that closes the workflow: its type is the code, so that Temporal's own tools show it. */
export function toFailure(detail: ErrorDetail, ending?: StoredEnding): ApplicationFailure {
  const details = ending === undefined ? [detail] : [detail, ending];
  return ApplicationFailure.create({ type: detail.code, message: detail.what, nonRetryable: true, details });
}

function innermost(error: unknown): unknown {
  let current = error;
  while ((current instanceof ActivityFailure || current instanceof ChildWorkflowFailure) && current.cause) {
    current = current.cause;
  }
  return current;
}

function isEnding(value: unknown): value is StoredEnding {
  return typeof value === 'object' && value !== null && 'exitCode' in value && 'outcome' in value;
}

function isDetail(value: unknown): value is ErrorDetail {
  return typeof value === 'object' && value !== null && 'code' in value && 'what' in value && 'fix' in value;
}
