import { Context } from '@temporalio/activity';
import { LandfallError } from '../../src/core/errors.ts';
import type { Heartbeat, ProgressUnit, WaitingFor } from '../../src/core/run/events.ts';
import type { RetryNotice } from '../../src/ports/cluster.ts';
import { openLease, type ContactMs } from './lease.ts';

/** Often enough for a living display, rare enough for the server; Temporal throttles further. */
const beatEveryMs = 2_000;
/** A retry stays in the heartbeat at least this long: whoever looks twice a second must not miss it. */
const retryShownMs = 3_000;

/**
 * Counts alone go out at most this often: each heartbeat crosses into the SDK's core, which for an object costs a fifth
 * of making it.
 */
const countEveryMs = 200;

/** Longer than the grace of a write (src/locations/with-retry.ts), after which nobody waits for it. */
const settleMaxMs = 10_000;

/** What an activity tells while it works: it becomes the live part of its step. */
export interface Progress {
  /** Aborts with a cancel, and with the end of the attempt: what it has not waited for must not go on without it. */
  readonly signal: AbortSignal;
  /** What the last attempt had finished; undefined on the first. */
  readonly cursor: unknown;
  update(state: { done?: number; total?: number; unit?: ProgressUnit; note?: string }): void;
  /** Keeps what is done beyond this attempt. */
  checkpoint(cursor: unknown): void;
  /** Tells what is waited for; several waits at once show the one that has lasted longest. */
  waiting(waitingFor: WaitingFor, timeoutMs: number): void;
  /** The wait for this subject is over. */
  arrived(ref: string): void;
  retry(notice: RetryNotice): void;
  /** Asked before every effect: throws WORKER_LOST when another worker may have taken over or the attempt has ended. */
  mayAct(): void;
  /** Runs an effect; `stop` waits for it. */
  acting<T>(act: () => Promise<T>): Promise<T>;
  /** Ends the attempt: aborts what it has not waited for, and waits until no effect of it is under way. */
  stop(): Promise<void>;
}

/** Opens the heartbeat of the current activity. It beats by itself while nothing changes; `stop` ends that. */
export function openProgress(stepId: string, contactMs?: ContactMs): Progress {
  const context = Context.current();
  let state: Heartbeat = { stepId, done: 0, total: 0, unit: 'objects', note: '', cursor: cursorOf(context) };
  let forgetting: ReturnType<typeof setTimeout> | undefined;
  const ended = new AbortController();
  const underWay = new Set<Promise<unknown>>();
  const lease = openLease(context.info.heartbeatTimeoutMs ?? Number.POSITIVE_INFINITY, { contactMs });
  let beatAtMs = Number.NEGATIVE_INFINITY;
  const beat = () => {
    lease.renew();
    beatAtMs = performance.now();
    context.heartbeat(state);
  };
  const timer = setInterval(beat, beatEveryMs);
  const waits = new Map<string, { for: WaitingFor; sinceMs: number; deadlineMs: number }>();
  const showWait = () => {
    const { waiting: _, ...rest } = state;
    const [longest] = waits.values();
    state = longest === undefined ? rest : { ...rest, waiting: waitOf(longest, waits.size - 1) };
    beat();
  };
  const set = (change: Partial<Heartbeat>) => {
    state = { ...state, ...change };
    beat();
  };
  beat();
  return {
    signal: AbortSignal.any([context.cancellationSignal, ended.signal]),
    cursor: state.cursor,
    update(change) {
      const counts = change.note === undefined && change.unit === undefined && change.total === undefined;
      if (!counts || performance.now() - beatAtMs >= countEveryMs) set(change);
      else state = { ...state, ...change };
    },
    checkpoint: (cursor) => set({ cursor }),
    waiting(waitingFor, timeoutMs) {
      const known = waits.get(waitingFor.ref);
      const since = known?.sinceMs ?? Date.now();
      waits.set(waitingFor.ref, {
        for: waitingFor,
        sinceMs: since,
        deadlineMs: known?.deadlineMs ?? since + timeoutMs,
      });
      showWait();
    },
    arrived(ref) {
      if (waits.delete(ref)) showWait();
    },
    retry({ code, subject, attempt, attemptsMax, delayMs }) {
      const shownMs = Math.max(delayMs, retryShownMs);
      set({
        retry: { code, subject, attempt, attemptsMax, delayMs, nextAt: new Date(Date.now() + delayMs).toISOString() },
      });
      clearTimeout(forgetting);
      forgetting = setTimeout(() => {
        const { retry: _, ...rest } = state;
        state = rest;
        beat();
      }, shownMs);
    },
    mayAct() {
      ended.signal.throwIfAborted();
      lease.check();
    },
    acting(act) {
      const done = act();
      underWay.add(done);
      const forget = (): void => void underWay.delete(done);
      done.then(forget, forget);
      return done;
    },
    async stop() {
      ended.abort(new LandfallError('WORKER_LOST', { what: 'the attempt this was done for has ended' }));
      // Its heartbeat goes on meanwhile: nobody else may take the activity over.
      const patience = Promise.withResolvers<void>();
      const waited = setTimeout(patience.resolve, settleMaxMs);
      await Promise.race([Promise.allSettled(underWay), patience.promise]);
      clearTimeout(waited);
      clearInterval(timer);
      clearTimeout(forgetting);
    },
  };
}

function waitOf(
  wait: { for: WaitingFor; sinceMs: number; deadlineMs: number },
  others: number
): NonNullable<Heartbeat['waiting']> {
  const { kind, ref, condition } = wait.for;
  return {
    for: { kind, ref, condition: others === 0 ? condition : `${condition}, and ${others} more` },
    since: new Date(wait.sinceMs).toISOString(),
    deadline: new Date(wait.deadlineMs).toISOString(),
  };
}

function cursorOf(context: Context): unknown {
  const details: unknown = context.info.heartbeatDetails;
  return typeof details === 'object' && details !== null && 'cursor' in details ? details.cursor : undefined;
}
