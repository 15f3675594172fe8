import { Context } from '@temporalio/activity';
import { LandfallError } from '../../src/core/errors.ts';
import type { Heartbeat, WaitingFor } from '../../src/core/run/events.ts';
import { createAnswers, type Unanswered } from './answers.ts';
import { openLease, type ContactMs } from './lease.ts';
import { answersAgain, doesNotAnswer } from './telemetry.ts';
import type { Progress } from '../../src/services/progress.ts';

/** Often enough for a living display, rare enough for the server; Temporal throttles further. */
const beatEveryMs = 2_000;
/** How often is looked whether somebody does not answer. */
const probeEveryMs = 500;
/** A retry stays in the heartbeat at least this long: whoever looks twice a second must not miss it. */
const retryShownMs = 3_000;

/**
 * Counts alone go out at most this often: each heartbeat crosses into the SDK's core, which for an object costs a fifth
 * of making it.
 */
const countEveryMs = 200;

/** Longer than the grace of a write (src/locations/with-retry.ts), after which nobody waits for it. */
const settleMaxMs = 10_000;

/** Of all activities of this process: a cluster that is silent for one is silent for the next attempt too. */
const answers = createAnswers();

/** Opens the heartbeat of the current activity. It beats by itself while nothing changes; `stop` ends that. */
export function openProgress(stepId: string, contactMs?: ContactMs): Progress {
  const context = Context.current();
  let state = stateOf(context, stepId);
  let forgetting: ReturnType<typeof setTimeout> | undefined;
  const ended = new AbortController();
  const effects = createEffects();
  const lease = openLease(context.info.heartbeatTimeoutMs ?? Number.POSITIVE_INFINITY, { contactMs });
  let beatAtMs = Number.NEGATIVE_INFINITY;
  const owner = {};
  let silent: Unanswered | undefined;
  const waits = createWaits();
  const beat = () => {
    lease.renew();
    beatAtMs = performance.now();
    context.heartbeat(silent === undefined ? state : withSilence(state, silent, waits.all()));
  };
  const timer = setInterval(beat, beatEveryMs);
  const looking = openProbe(() => {
    const found = answers.unanswered(owner);
    if (sameSilence(found, silent)) return;
    noteSilence(silent, found);
    silent = found;
    beat();
  });
  const showWait = () => {
    const { waiting: _, ...rest } = state;
    const [longest, ...others] = waits.all();
    state = longest === undefined ? rest : { ...rest, waiting: waitOf(longest, others.length) };
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
      waits.begin(waitingFor, timeoutMs);
      showWait();
    },
    arrived(ref) {
      if (waits.end(ref)) showWait();
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
    asks: (request) => answers.follow(owner, request),
    assertNotFenced() {
      ended.signal.throwIfAborted();
      lease.check();
    },
    trackEffect: effects.run,
    async stop() {
      ended.abort(new LandfallError('WORKER_LOST', { what: 'the attempt for this operation has ended' }));
      // Its heartbeat goes on meanwhile: nobody else may take the activity over.
      await effects.settled();
      clearInterval(timer);
      clearInterval(looking);
      clearTimeout(forgetting);
    },
  };
}

/** The effects of an attempt that are under way. */
function createEffects() {
  const underWay = new Set<Promise<unknown>>();
  return {
    run<T>(effect: () => Promise<T>): Promise<T> {
      const done = effect();
      underWay.add(done);
      const forget = (): void => void underWay.delete(done);
      done.then(forget, forget);
      return done;
    },
    /** Waits for all of them, not beyond `settleMaxMs`. */
    async settled(): Promise<void> {
      const patience = Promise.withResolvers<void>();
      const waited = setTimeout(patience.resolve, settleMaxMs);
      await Promise.race([Promise.allSettled(underWay), patience.promise]);
      clearTimeout(waited);
    },
  };
}

/** What an activity waits for, the longest wait first. */
function createWaits() {
  const waits = new Map<string, Wait>();
  return {
    begin(waitingFor: WaitingFor, timeoutMs: number): void {
      const known = waits.get(waitingFor.ref);
      const sinceMs = known?.sinceMs ?? Date.now();
      waits.set(waitingFor.ref, {
        ...{ for: waitingFor, sinceMs },
        deadlineMs: known?.deadlineMs ?? sinceMs + timeoutMs,
      });
    },
    /** False when it was not waited for. */
    end: (ref: string): boolean => waits.delete(ref),
    all: (): readonly Wait[] => [...waits.values()],
  };
}

/** Looks every half second; not right after this process itself stood still, when answers are there and not read yet. */
function openProbe(probe: () => void): ReturnType<typeof setInterval> {
  let probedMs = performance.now();
  return setInterval(() => {
    const pausedMs = performance.now() - probedMs;
    probedMs += pausedMs;
    if (pausedMs < 4 * probeEveryMs) probe();
  }, probeEveryMs);
}

/** Counts and logs that somebody else is silent than before, or nobody. */
function noteSilence(before: Unanswered | undefined, now: Unanswered | undefined): void {
  if (now?.for.ref === before?.for.ref) return;
  if (before !== undefined) answersAgain(before.for.ref, Date.now() - before.sinceMs);
  if (now !== undefined) doesNotAnswer(now.for);
}

function sameSilence(one: Unanswered | undefined, other: Unanswered | undefined): boolean {
  return one?.for.ref === other?.for.ref && one?.for.condition === other?.for.condition;
}

interface Wait {
  readonly for: WaitingFor;
  readonly sinceMs: number;
  readonly deadlineMs: number;
}

/**
 * The state of an activity that gets no answer. Whatever else it waits for comes through whoever is silent; but the time of
 * that wait is the time it is tried.
 */
function withSilence({ retry: _, ...state }: Heartbeat, silent: Unanswered, [longest]: readonly Wait[]): Heartbeat {
  const deadlineMs = longest?.deadlineMs ?? silent.deadlineMs;
  return { ...state, waiting: waitOf({ ...silent, deadlineMs }, 0) };
}

function waitOf(wait: Wait, others: number): NonNullable<Heartbeat['waiting']> {
  const { kind, ref, condition } = wait.for;
  return {
    for: { kind, ref, condition: others === 0 ? condition : `${condition}, and ${others} more` },
    since: new Date(wait.sinceMs).toISOString(),
    deadline: new Date(wait.deadlineMs).toISOString(),
  };
}

/** Where the last attempt was: whoever begins to watch now must not see the step at its beginning. */
function stateOf({ info }: Context, stepId: string): Heartbeat {
  const details: unknown = info.heartbeatDetails;
  const begun: Heartbeat = { stepId, done: 0, total: 0, unit: 'objects', note: '', cursor: undefined };
  if (typeof details !== 'object' || details === null || !('cursor' in details)) return begun;
  const { cursor, done, total, unit, files } = { ...begun, ...details };
  return { ...begun, cursor, done, total, unit, ...(files === undefined ? {} : { files }) };
}
