import { log, metricMeter } from '@temporalio/activity';
import type { ErrorDetail } from '../../src/core/errors.ts';
import type { WaitingFor } from '../../src/core/run/events.ts';
import type { RetryNotice } from '../../src/ports/cluster.ts';
import type { CapturedScope } from '../../src/core/capture/contract.ts';
import type { MovedVolume, UploadedVolume } from '../../src/core/volumes/contract.ts';
import type { ApplyResult } from '../../src/core/apply/contract.ts';
import type { VerifyResult } from '../../src/core/verify/contract.ts';
import type { ReportRequest } from '../../src/core/run/report-request.ts';

/**
 * What operators count and read of a worker: metrics (docs/guides/operate.md) and log lines with a fixed message and
 * fields. Only within an activity, whose type, workflow and queue Temporal adds to both. Never a secret or an object.
 */

/** A request of an activity failed for a reason that may pass, and is sent again after a pause. */
export function requestRetried({ code, subject, attempt, attemptsMax, delayMs }: RetryNotice): void {
  count('landfall_request_retries', 1, { code });
  // `attempt` is the activity's, which Temporal adds.
  log.warn('a request is retried', { code, subject, tries: attempt, triesMax: attemptsMax, delayMs });
}

/** A cluster or a Location has not answered an activity for some seconds; `condition` holds the last words of it. */
export function doesNotAnswer({ ref, condition }: WaitingFor): void {
  count('landfall_silences', 1, {});
  log.warn('no answer', { from: ref, condition });
}

/** It answers again, or is not asked any more. */
export function answersAgain(ref: string, silentMs: number): void {
  log.info('no answer is waited for any more', { from: ref, silentMs });
}

/** An attempt of an activity ended with an error; Temporal repeats it unless it is final. */
export function attemptFailed({ code, what, ref, side }: ErrorDetail, isFinal: boolean): void {
  count('landfall_attempt_failures', 1, { code, final: isFinal });
  const where = { ...(ref === undefined ? {} : { ref }), ...(side === undefined ? {} : { side }) };
  log.warn('an attempt failed', { code, what, final: isFinal, ...where });
}

/** Another worker, or this one before it was lost, had begun; what it had done is not done again. */
export function attemptContinued(attempt: number, hasCursor: boolean): void {
  count('landfall_attempts_continued', 1, {});
  log.info('an earlier attempt is continued', { attempt, hasCursor });
}

export function scopeCaptured({ objects, storedBytes }: CapturedScope): void {
  count('landfall_objects', objects, { outcome: 'captured' });
  count('landfall_stored_bytes', storedBytes, {});
}

export function objectsApplied(result: ApplyResult): void {
  for (const outcome of ['applied', 'existing', 'updated', 'failed'] as const) {
    count('landfall_objects', result[outcome], { outcome });
  }
}

export function objectsVerified({ missing, extra, different }: VerifyResult): void {
  for (const [outcome, objects] of Object.entries({ missing, extra, different })) {
    count('landfall_objects', objects, { outcome });
  }
}

export function volumeMoved(volume: UploadedVolume | MovedVolume, direction: 'upload' | 'download'): void {
  count('landfall_volume_bytes', volume.sizeBytes, { direction });
  count('landfall_volumes', 1, { direction });
}

/** The end of a run, reported by the activity that writes its report. */
export function runEnded({ outcome, exitCode, startedAt, finishedAt, undo, error }: ReportRequest): void {
  const seconds = Math.max(0, (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000);
  count('landfall_runs', 1, { outcome });
  metricMeter
    .createHistogram('landfall_run_duration', 'float', 's', 'From start to report')
    .record(seconds, { outcome });
  const code = error === undefined ? {} : { code: error.code };
  log.info('a run ended', { outcome, exitCode, seconds, undone: undo.length, ...code });
}

/** What each counter counts; the text travels with the metric. */
const descriptions: Readonly<Record<string, string>> = {
  landfall_request_retries: 'Requests to clusters and locations that were sent again, by error code',
  landfall_silences: 'Times that a cluster or a location did not answer an activity for some seconds',
  landfall_attempt_failures: 'Attempts of activities that failed, by error code; final ones are not repeated',
  landfall_attempts_continued: 'Attempts that went on after an earlier one of the same activity',
  landfall_objects: 'Objects by what became of them',
  landfall_stored_bytes: 'Bytes newly stored in locations by captures',
  landfall_volumes: 'Volumes by direction',
  landfall_volume_bytes: 'Bytes of files in volumes that were moved, by direction',
  landfall_runs: 'Runs that ended, by outcome',
};

function count(name: string, value: number, tags: Readonly<Record<string, string | boolean>>): void {
  metricMeter.createCounter(name, undefined, descriptions[name]).add(value, tags);
}
