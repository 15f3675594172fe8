import type { RunEvent, StepProgressEvent } from '../../core/run/events.ts';
import { remainingSeconds, ratePerSecond } from '../../core/run/progress.ts';
import type { RunView } from '../../core/run/view.ts';
import type { Sink } from './sink.ts';
import type { Writer } from './writer.ts';

const progressEveryMs = 1_000;

type Progress = RunEvent & StepProgressEvent;

/**
 * JSON lines (A4): each event one object. Progress at most once a second for each step, and the last value always:
 * what is held back comes before the next event that is not progress. A wait or a retry that is confirmed again and
 * again is reported once.
 */
export function jsonWriter(sink: Sink, now: () => number): Writer {
  const held = new Map<string, Progress>();
  const writtenAt = new Map<string, number>();
  const reported = new Map<string, string>();
  const put = (event: RunEvent): void => void sink.write(`${JSON.stringify(event)}\n`);
  const release = (at: number, due: (id: string) => boolean): void => {
    for (const [id, event] of held) {
      if (!due(id)) continue;
      held.delete(id);
      writtenAt.set(id, at);
      put(event);
    }
  };
  const isDue = (at: number, id: string): boolean => at - (writtenAt.get(id) ?? -Infinity) >= progressEveryMs;
  return {
    event(event, view) {
      const at = now();
      if (event.type === 'step.progress') {
        held.set(event.step.id, withRates(event, view, at));
        release(at, (id) => id === event.step.id && isDue(at, id));
        return;
      }
      if (!isNews(event, reported)) return;
      release(at, () => true);
      put(event);
    },
    tick: (at) => release(at, (id) => isDue(at, id)),
    end: (at) => release(at, () => true),
  };
}

/** Of each step, the wait or retry that was printed last. */
function isNews(event: RunEvent, reported: Map<string, string>): boolean {
  if (!('step' in event)) return true;
  const what =
    event.type === 'step.retry'
      ? `retry ${event.attempt} ${event.nextAt}`
      : event.type === 'step.waiting'
        ? `wait ${event.since} ${event.waitingFor.ref} ${event.waitingFor.condition}`
        : '';
  if (what !== '' && reported.get(event.step.id) === what) return false;
  reported.set(event.step.id, what);
  return true;
}

/** Only the `result` event: quiet is quiet in JSON too. */
export function quietJsonWriter(sink: Sink): Writer {
  return {
    event(event) {
      if (event.type === 'result') sink.write(`${JSON.stringify(event)}\n`);
    },
    tick: () => undefined,
    end: () => undefined,
  };
}

function withRates(event: Progress, view: RunView, now: number): Progress {
  const progress = view.steps.get(event.step.id)?.progress;
  if (progress === undefined) return event;
  const rate = ratePerSecond(progress, now);
  const remaining = remainingSeconds(progress, now);
  return {
    ...event,
    ...(rate === undefined ? {} : { ratePerSecond: Math.round(rate) }),
    ...(remaining === undefined
      ? {}
      : { remainingSeconds: { low: Math.floor(remaining.low), high: Math.ceil(remaining.high) } }),
  };
}
