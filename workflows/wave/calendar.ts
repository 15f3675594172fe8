import { condition } from '@temporalio/workflow';
import { activities } from '../saga/activities.ts';
import type { WaveRun } from './run.ts';
import { emitOpen, emitWaiting } from './events.ts';

/** A calendar that never opens again within its horizon is looked at once a day. */
const askAgainMs = 24 * 3_600_000;

/**
 * Answers true when runs may start now. Closed: waits until it opens, or until something ends, and answers false so that
 * the loop looks again. The calendar is read by an activity: zone rules of the machine must not decide a replay.
 */
export async function awaitOpening(run: WaveRun): Promise<boolean> {
  const { calendar } = run.input.spec;
  const nowMs = Date.now();
  if (calendar === undefined || nowMs < run.openUntilMs) return true;
  const { open, changesAtMs, reason } = await activities.readCalendar({ calendar, nowMs });
  if (open) {
    run.openUntilMs = changesAtMs ?? Number.MAX_SAFE_INTEGER;
    if (run.state === 'waiting') emitOpen(run);
    run.state = 'running';
    run.reason = '';
    return true;
  }
  run.state = 'waiting';
  run.reason = reason;
  emitWaiting(run, reason, changesAtMs);
  const seen = run.news;
  await condition(() => run.news > seen, Math.max(1_000, (changesAtMs ?? nowMs + askAgainMs) - nowMs));
  return false;
}
