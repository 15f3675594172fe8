import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { LandfallError, errorDetail } from '../../src/core/errors.ts';
import type { ErrorDetail } from '../../src/core/errors.ts';

/**
 * Turns whatever an activity threw into what Temporal understands: a cancel stays a cancel, a LandfallError becomes an
 * ApplicationFailure whose type is the code and whose first detail is the error as data; anything else is a defect.
 */
export function toTemporalFailure(error: unknown): unknown {
  const signal = Context.current().cancellationSignal;
  if (signal.aborted) return signal.reason ?? error;
  if (error instanceof ApplicationFailure) return error;
  return applicationFailure(error instanceof LandfallError ? error.detail : unknownDetail(error));
}

/**
 * Makes what `work` throws final. For a first contact: nothing has been touched, the connection has tried again by
 * itself, and a person who waits is told now rather than after minutes of attempts.
 */
export async function firstContact<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof LandfallError)) throw error;
    throw applicationFailure(error.detail, true);
  }
}

function applicationFailure(detail: ErrorDetail, isFinal = detail.retry === 'never'): ApplicationFailure {
  return ApplicationFailure.create({
    type: detail.code,
    message: detail.what,
    nonRetryable: isFinal,
    details: [detail],
    ...(detail.retryAfterMs === undefined ? {} : { nextRetryDelay: detail.retryAfterMs }),
  });
}

function unknownDetail(error: unknown): ErrorDetail {
  if (error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')) {
    return errorDetail('DISK_FULL', { what: `no space left: ${error.message}`, cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  return errorDetail('INTERNAL', { what: message, cause: error });
}
