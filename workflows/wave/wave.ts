import {
  CancellationScope,
  CancelledFailure,
  ContinueAsNew,
  condition,
  continueAsNew,
  isCancellation,
  setHandler,
} from '@temporalio/workflow';
import { errorDetail } from '../../src/core/errors.ts';
import { sitesOf } from '../../src/core/run/sites.ts';
import { unplanned } from '../../src/core/wave/held.ts';
import { waveExitCode } from '../../src/core/wave/wave-purpose.ts';
import { isBad, isOpen, nextStep } from '../../src/core/wave/schedule.ts';
import type { WaveStep } from '../../src/core/wave/schedule.ts';
import { purposeOf, queuedItem } from '../../src/core/wave/wave.ts';
import type { WaveInput, WaveOutcome } from '../../src/core/wave/wave.ts';
import { activitiesAt } from '../saga/activities.ts';
import { eventsPerAnswer } from '../saga/drive.ts';
import { toErrorDetail, toFailure } from '../saga/failures.ts';
import { isLong } from '../saga/history.ts';
import type { SavedJournal } from '../saga/journal.ts';
import { eventsQuery, reportQuery, resumeSignal, waveQuery } from '../saga/messages.ts';
import { awaitOpening } from './calendar.ts';
import { runMember } from './member.ts';
import { openWaveRun, waveView } from './run.ts';
import type { WaveRun } from './run.ts';
import { groupEnded, groupStarted, emitGoesOn, emitHello, emitResult, emitStopped } from './events.ts';

/**
 * Moves many namespaces: starts a `migrate` child for each, group after group, as many at a time as the bounds allow,
 * only while the calendar is open. Stops starting when too many failed and waits for a person. A cancel cancels the
 * children, each of which undoes what it did. Continues as new, with nothing running, before its history grows long.
 * With `plan` the children are `plan` workflows. A wave that continues an ended one begins with the table of that.
 */
export async function wave(input: WaveInput, journal?: SavedJournal): Promise<WaveOutcome> {
  const run = openWaveRun(input, journal);
  setHandler(eventsQuery, (since) => run.journal.since(since, eventsPerAnswer));
  setHandler(reportQuery, () => undefined);
  setHandler(waveQuery, () => waveView(run));
  setHandler(resumeSignal, () => void (run.resumes += 1));
  if (journal === undefined) emitHello(run);
  try {
    if (input.state === undefined) run.items = (await expand(run)).map(queuedItem);
    else emitGoesOn(run);
    const stale = unplanned(run.items, input);
    if (stale !== undefined) throw toFailure(stale);
    await moveAll(run);
  } catch (error) {
    throw await stopAll(run, error);
  }
  return conclude(run);
}

async function expand(run: WaveRun) {
  const { runId, spec } = run.input;
  return activitiesAt(sitesOf(spec.migrations[0] ?? {})).expandWave({ runId, spec });
}

/** The loop of a wave: what to do next is decided by core from the state of the items alone. */
async function moveAll(run: WaveRun): Promise<void> {
  for (;;) {
    const step = nextStep(run.items, run.input.spec, run.forgiven);
    const drain = isLong(run.input.eventsMax);
    if (drain && run.running.size === 0) await goOnAsNew(run);
    if (step.next === 'end' && run.running.size === 0) return;
    if (step.next === 'stop' && run.running.size === 0) await awaitPerson(run, step.reason);
    else if (step.next === 'start' && step.items.length > 0 && !drain) await startSome(run, step);
    else await awaitNews(run);
  }
}

async function startSome(run: WaveRun, step: Extract<WaveStep, { next: 'start' }>): Promise<void> {
  if (!(await awaitOpening(run))) return;
  for (const index of step.items) {
    groupStarted(run, index);
    const work = runMember(run, index).finally(() => {
      run.running.delete(index);
      run.news += 1;
      groupEnded(run, index);
    });
    run.running.set(index, work);
  }
}

/** Something has ended, or somebody has said something. */
async function awaitNews(run: WaveRun): Promise<void> {
  const seen = run.news;
  await condition(() => run.news > seen || run.running.size === 0);
}

/** Failures a person has looked at do not count again; what failed gets another try, at the end of its group. */
async function awaitPerson(run: WaveRun, reason: string): Promise<void> {
  const seen = run.resumes;
  run.state = 'stopped';
  run.reason = reason;
  emitStopped(run, reason);
  await condition(() => run.resumes > seen);
  run.state = 'running';
  run.reason = '';
  run.items = run.items.map((item) => (isBad(item) ? { ...item, state: 'queued' } : item));
  run.forgiven = run.items.filter((item) => !isOpen(item)).length;
}

async function goOnAsNew(run: WaveRun): Promise<never> {
  // A cancel that came in this very task would end with this part, and nobody would hear it.
  if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('the wave was cancelled');
  const { state: _, ...input } = run.input;
  const state = {
    items: run.items,
    startedAt: run.startedAt,
    parts: run.parts + 1,
    forgiven: run.forgiven,
  };
  return continueAsNew<typeof wave>({ ...input, state }, run.journal.save());
}

/** Waits for the children, which undo what they did, and emits the end. */
async function stopAll(run: WaveRun, error: unknown): Promise<unknown> {
  if (error instanceof ContinueAsNew) return error;
  const cancelled = isCancellation(error) || CancellationScope.current().consideredCancelled;
  await CancellationScope.nonCancellable(() => Promise.allSettled([...run.running.values()]));
  const detail = cancelled
    ? errorDetail('CANCELLED', { what: 'the wave was cancelled by a user; runs that had ended are kept' })
    : toErrorDetail(error);
  run.state = 'ended';
  const outcome = cancelled ? 'cancelled' : 'failed';
  const ending = { outcome, exitCode: emitResult(run, { outcome, error: detail }) } as const;
  return cancelled ? new CancelledFailure('the wave was cancelled', [ending]) : toFailure(detail, ending);
}

function conclude(run: WaveRun): WaveOutcome {
  const failed = run.items.filter(isBad).length;
  const code = waveExitCode(run.items, purposeOf(run.input));
  const outcome = code === 0 ? 'succeeded' : code === 3 ? 'partial' : 'failed';
  run.state = 'ended';
  const exitCode = emitResult(run, { outcome, exitCode: code });
  return { outcome, exitCode, done: run.items.length - failed, failed };
}
