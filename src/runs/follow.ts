import { setTimeout as sleep } from 'node:timers/promises';
import { defaultPayloadConverter } from '@temporalio/common';
import { isGrpcServiceError, WorkflowFailedError } from '@temporalio/client';
import type { WorkflowExecutionDescription, WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { catalogue } from '../core/error-catalogue.ts';
import { errorDetail } from '../core/errors.ts';
import type { ErrorCode, ErrorDetail } from '../core/errors.ts';
import { eventSchema } from '../core/run/events.ts';
import type { Heartbeat, ResultEvent, RunEvent, RunEventBody } from '../core/run/events.ts';
import { largePayloads } from '../engine/large-payloads.ts';
import { openLiveSteps } from './live-steps.ts';
import type { Attempt, LiveActivity } from './live-steps.ts';
import {
  recordContact,
  nextDeadlineMs,
  probeDeadlineMs,
  queryDeadlineMs,
  startSilence,
  whoIsSilent,
} from './silence.ts';
import type { Silence, Silent } from './silence.ts';
import { watchSites, type PendingActivity, type SiteWorkers } from './site-workers.ts';

/** How often a run is asked for news; the server is local or near. */
const pollEveryMs = 500;
/** A longer silence makes the watcher do something about it. */
const reviveAfterMs = 15_000;

export interface FollowOptions {
  readonly runId: string;
  /** Where the Temporal server is, as messages name it. */
  readonly address: string;
  /** Stored events up to this one are not given again. */
  readonly since: number;
  readonly signal: AbortSignal;
  /** Gives what has been emitted so far and what is being done now, and ends. */
  readonly once?: boolean;
  readonly client: { workflow: { getHandle(workflowId: string): WorkflowHandle } };
  /** Absent: nobody looks whether the sites of the run have workers. */
  readonly siteWorkers?: SiteWorkers;
  /** Called every few seconds while nobody answers: does what can be done about it, and says what that was. */
  readonly revive?: () => Promise<string | undefined>;
  /** Absent: the clock of this machine. */
  readonly clock?: Clock;
}

interface Clock {
  readonly now: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

const systemClock: Clock = { now: () => Date.now(), sleep: (ms, signal) => sleep(ms, undefined, { signal }) };

/**
 * Gives the events of a run as they come: the stored ones from the workflow, and between them what running activities
 * report in their heartbeats, through all histories of a run that continues as new. Ends after the `result` event. Survives restarts of worker and server: it says within ten
 * seconds which of the two does not answer, waits, and goes on.
 */
export async function* follow(first: WorkflowHandle, options: FollowOptions): AsyncGenerator<RunEvent> {
  const { runId, signal, clock = systemClock } = options;
  let handle = first;
  let seq = options.since;
  let silence = startSilence(clock.now());
  let reported: Silent = '';
  let [revivedMs, revived] = [0, ''];
  const steps = openLiveSteps();
  const watching = { now: clock.now, ...(options.once === true ? { waitMs: 0 } : {}) };
  const missingAt = options.siteWorkers === undefined ? undefined : watchSites(options.siteWorkers, watching);
  const within = (ms: number): number => clock.now() + ms;
  while (!signal.aborted) {
    const events = await queryEvents(handle, seq, within(nextDeadlineMs(silence, clock.now())));
    for (const event of events ?? []) {
      seq = event.seq;
      steps.take(event);
      yield event;
      if (event.type === 'result') return;
    }
    const probeMs = events === undefined ? probeDeadlineMs : queryDeadlineMs;
    const hasNews = events !== undefined && events.length > 0;
    const { description, answers } = hasNews ? news : await probe(handle, within(probeMs));
    silence = recordContact(silence, { worker: events !== undefined, server: answers }, clock.now());
    if (events !== undefined) reported = '';
    if (hasNews) continue;
    if (description?.status.name === 'CONTINUED_AS_NEW') {
      handle = options.client.workflow.getHandle(handle.workflowId);
      continue;
    }
    const silent = whoIsSilent(silence, clock.now());
    if (silent === 'worker') {
      const end = await endOf(handle, description);
      if (end !== undefined) {
        yield live(runId, seq, end);
        return;
      }
    }
    if (silent !== '' && silent !== reported) yield live(runId, seq, silenceWarning(silent, silence, options));
    if (silent !== '') reported = silent;
    if (silent !== '' && options.once === true) return;
    const { revive } = options;
    const triedMs = Math.max(silence.workerMs, revivedMs);
    if (silent !== '' && revive !== undefined && clock.now() - triedMs > reviveAfterMs) {
      const message = (await revive()) ?? '';
      if (message !== '' && message !== revived) yield live(runId, seq, warning(message));
      [revivedMs, revived] = [clock.now(), message];
    }
    if (events !== undefined && description !== undefined && description.status.name !== 'RUNNING') {
      // It may have ended between the two questions; a run that was terminated never reports an end.
      const last = await queryEvents(handle, seq, within(queryDeadlineMs));
      if (last === undefined || last.length > 0) continue;
      yield live(runId, seq, terminated);
      return;
    }
    const pending = await pendingActivities(description, options);
    for (const body of steps.bodiesOf(await liveActivities(pending))) yield live(runId, seq, body);
    for (const message of (await missingAt?.(pending).catch(() => [])) ?? []) yield live(runId, seq, warning(message));
    if (options.once === true && events !== undefined) return;
    await clock.sleep(pollEveryMs, signal).catch(() => undefined);
  }
}

/** Terminating kills a workflow without letting it undo anything: a person has to look. */
const terminated: RunEventBody = {
  type: 'result',
  outcome: 'failed',
  exitCode: 6,
  error: errorDetail('RUN_TERMINATED', { what: 'the run was terminated from outside: nothing was undone' }),
};

/**
 * How a closed run ended that no worker is there to report on: what the server itself keeps. Undefined while the run goes
 * on, or while the server does not answer. What nobody kept is not invented: that has an exit code of its own.
 */
async function endOf(
  handle: WorkflowHandle,
  description: WorkflowExecutionDescription | undefined
): Promise<RunEventBody | undefined> {
  const status = description?.status.name ?? 'RUNNING';
  if (status === 'RUNNING') return undefined;
  if (status === 'TERMINATED') return terminated;
  try {
    const { outcome, exitCode } = (await handle.result()) as StoredEnding;
    return { type: 'result', outcome, exitCode };
  } catch (error) {
    const cause = error instanceof WorkflowFailedError ? error.cause : undefined;
    if (cause instanceof CancelledFailure) {
      const [ending] = cause.details as (StoredEnding | undefined)[];
      return { type: 'result', outcome: 'cancelled', exitCode: ending?.exitCode ?? unknownEndCode };
    }
    const details = cause instanceof ApplicationFailure ? (cause.details ?? []) : [];
    const [detail, ending] = details as [ErrorDetail?, StoredEnding?];
    const unknown = errorDetail('WORKER_LOST', {
      what: 'the run has ended, and no worker responds to report its result',
      fix: 'start a worker and try again: landfall report RUN',
    });
    const outcome = ending?.outcome ?? 'failed';
    return { type: 'result', outcome, exitCode: ending?.exitCode ?? unknownEndCode, error: detail ?? unknown };
  }
}

/** How the run ended is not known (docs/reference/exit-codes.md). */
const unknownEndCode = 9;
type StoredEnding = Pick<ResultEvent, 'outcome' | 'exitCode'>;

/** A server that does not answer says nothing about workers: only one of the two is named. */
function silenceWarning(silent: Silent, { serverMs }: Silence, options: FollowOptions): RunEventBody {
  if (silent === 'worker') return warning('waiting for a worker: nothing happens until one responds');
  const since = new Date(serverMs).toISOString();
  const next =
    options.once === true
      ? 'the state of the run is unknown until it responds'
      : options.revive === undefined
        ? 'this command keeps trying, and the run continues once the server responds'
        : 'this command keeps trying and restarts the local engine if it has stopped; then the run continues';
  return warning(`the Temporal server at ${options.address} has not responded since ${since}: ${next}`);
}

function warning(message: string): RunEventBody {
  return { type: 'log', level: 'warn', message, fields: {} };
}

/** With a deadline: a server that is in trouble is asked again by the client itself, for minutes. */
function describe(
  handle: WorkflowHandle,
  deadline = Date.now() + queryDeadlineMs
): Promise<WorkflowExecutionDescription> {
  return handle.client.withDeadline(deadline, () => handle.describe());
}

interface Probe {
  readonly description?: WorkflowExecutionDescription;
  readonly answers: boolean;
}

/** An answer of the worker has come through the server. */
const news: Probe = { answers: true };

/** Asks the server for what it knows of the run by itself, without a worker. A refusal is an answer too. */
async function probe(handle: WorkflowHandle, deadline: number): Promise<Probe> {
  try {
    return { description: await describe(handle, deadline), answers: true };
  } catch (error) {
    const cause = error instanceof Error && isGrpcServiceError(error.cause) ? error.cause : error;
    return { answers: !isGrpcServiceError(cause) || !noAnswerCodes.includes(cause.code) };
  }
}

/** CANCELLED, DEADLINE_EXCEEDED and UNAVAILABLE of gRPC. */
const noAnswerCodes: readonly number[] = [1, 4, 14];

async function queryEvents(
  handle: WorkflowHandle,
  since: number,
  deadline: number
): Promise<readonly RunEvent[] | undefined> {
  try {
    return await handle.client.withDeadline(deadline, () =>
      handle.query<readonly RunEvent[], [number]>('events', since)
    );
  } catch {
    // No worker, a worker just starting, or a server just restarting: all of them pass, and the user sees that we wait.
    return undefined;
  }
}

/** The activities of the run and of its children that have not ended; none where the server does not say. */
async function pendingActivities(
  description: WorkflowExecutionDescription | undefined,
  options: FollowOptions
): Promise<readonly PendingActivity[]> {
  try {
    if (description === undefined) return [];
    const { raw } = description;
    const children = await Promise.all(
      (raw.pendingChildren ?? []).map((child) => describe(options.client.workflow.getHandle(child.workflowId ?? '')))
    );
    return [raw, ...children.map((child) => child.raw)].flatMap((one) => one.pendingActivities ?? []);
  } catch {
    return [];
  }
}

/** What running activities report. */
async function liveActivities(pending: readonly PendingActivity[]): Promise<LiveActivity[]> {
  try {
    const found = pending.map(async (activity) => {
      const beat = await heartbeatOf(activity.heartbeatDetails?.payloads?.[0]);
      const name = activity.activityType?.name ?? '';
      return beat === undefined ? [] : [{ name, beat, attempt: await attemptOf(activity) }];
    });
    return (await Promise.all(found)).flat();
  } catch {
    return [];
  }
}

type Payload = Parameters<typeof defaultPayloadConverter.fromPayload>[0];

/** A description is raw: what was made small on its way is not made whole by the client. */
async function valueOf(payload: Payload | null | undefined): Promise<object | undefined> {
  const [whole] = payload === undefined || payload === null ? [] : await largePayloads.decode([payload]);
  if (whole === undefined) return undefined;
  const value: unknown = defaultPayloadConverter.fromPayload(whole);
  return typeof value === 'object' && value !== null ? value : undefined;
}

async function heartbeatOf(payload: Payload | null | undefined): Promise<Heartbeat | undefined> {
  const value = await valueOf(payload);
  return value !== undefined && 'stepId' in value ? (value as Heartbeat) : undefined;
}

async function attemptOf(activity: PendingActivity): Promise<Attempt> {
  const { attempt, maximumAttempts, scheduledTime, lastFailure, lastStartedTime } = activity;
  const scheduledMs = Number(scheduledTime?.seconds ?? 0) * 1000;
  const waits = scheduledMs > Number(lastStartedTime?.seconds ?? 0) * 1000;
  const { type = '', details } = lastFailure?.applicationFailureInfo ?? {};
  const reported = await valueOf(details?.payloads?.[0]).catch(() => undefined);
  const error =
    (type ?? '') in catalogue
      ? errorDetail(type as ErrorCode, { what: lastFailure?.message ?? type ?? '', ...whyOf(reported) })
      : errorDetail('WORKER_LOST', { what: lastFailure?.message ?? 'the last attempt was lost' });
  const nextAt = waits ? new Date(scheduledMs).toISOString() : '';
  return { number: attempt ?? 1, attemptsMax: maximumAttempts ?? 0, nextAt, error };
}

/** The last words of whoever refused or did not answer. */
function whyOf(reported: object | undefined): { readonly why?: string } {
  return reported !== undefined && 'why' in reported && typeof reported.why === 'string' ? { why: reported.why } : {};
}

function live(run: string, seq: number, body: RunEventBody): RunEvent {
  return { schema: eventSchema, seq, time: new Date().toISOString(), run, ...body };
}
