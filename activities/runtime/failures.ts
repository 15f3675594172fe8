import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { catalogue } from '../../src/core/error-catalogue.ts';
import { LandfallError, boundedDetail, unknownDetail } from '../../src/core/errors.ts';
import type { ErrorDetail } from '../../src/core/errors.ts';
import type { ErrorGroup } from '../../src/core/error-entry.ts';

/**
 * Turns whatever an activity threw into what Temporal understands: a cancel stays a cancel, a LandfallError becomes an
 * ApplicationFailure whose type is the code and whose first detail is the error as data; anything else is a defect.
 */
export function toTemporalFailure(error: unknown, isUndo = false): unknown {
  const signal = Context.current().cancellationSignal;
  if (signal.aborted) return signal.reason ?? error;
  if (error instanceof ApplicationFailure) return error;
  const detail = error instanceof LandfallError ? error.detail : unknownDetail(error);
  return applicationFailure(detail, detail.retry === 'never' && !(isUndo && mayPass(detail)));
}

const groupsThatStay: ReadonlySet<ErrorGroup> = new Set(['internal', 'integrity', 'config', 'conflict', 'cancelled']);

/**
 * True for what somebody or something else can end: a policy, a quota, missing rights, a full store. The way forward
 * fails for such a refusal and rolls back; an undo cannot roll back any further, so it asks as long as it has attempts.
 */
function mayPass({ code }: ErrorDetail): boolean {
  return !groupsThatStay.has(catalogue[code].group);
}

/**
 * Makes what `work` throws final. For a first contact: nothing has been touched, the connection has tried again by
 * itself, and a person who waits learns of it now rather than after minutes of attempts.
 */
export async function firstContact<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof LandfallError)) throw error;
    throw applicationFailure(error.detail, true);
  }
}

function applicationFailure(whole: ErrorDetail, isFinal = whole.retry === 'never'): ApplicationFailure {
  const detail = boundedDetail(whole);
  return ApplicationFailure.create({
    type: detail.code,
    message: detail.what,
    nonRetryable: isFinal,
    details: [detail],
    ...(detail.retryAfterMs === undefined ? {} : { nextRetryDelay: detail.retryAfterMs }),
  });
}
