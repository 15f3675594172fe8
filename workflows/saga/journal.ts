import type { ErrorDetail } from '../../src/core/errors.ts';
import { eventSchema } from '../../src/core/run/events.ts';
import type { Counts, RunEvent, RunEventBody, StepInfo } from '../../src/core/run/events.ts';

/** Events a history of a run may hold; beyond it details are dropped and the count of what was dropped is kept. */
const eventsMax = 4_000;

/**
 * The stored part of a run's event stream, kept in workflow state and given out by a query. Deterministic: `Date` is
 * Temporal's inside a workflow. Live progress does not pass here; it travels in heartbeats.
 */
export interface Journal {
  emit(body: RunEventBody): void;
  phaseDone(name: string, ms: number): void;
  since(seq: number, limit: number): readonly RunEvent[];
  readonly phases: readonly { readonly name: string; readonly ms: number }[];
}

/** Opens the journal of one run. */
export function openJournal(run: string): Journal {
  const events: RunEvent[] = [];
  let dropped = 0;
  const phases: { name: string; ms: number }[] = [];
  const add = (body: RunEventBody): void => {
    const envelope = { schema: eventSchema, seq: events.length + 1, time: new Date().toISOString(), run } as const;
    events.push({ ...envelope, ...body });
  };
  return {
    phases,
    emit(body) {
      const counts = body.type === 'result' || body.type === 'side';
      if (events.length >= eventsMax && !counts) {
        dropped += 1;
        return;
      }
      if (body.type === 'result' && dropped > 0) add(droppedLog(dropped));
      add(body);
    },
    since: (seq, limit) => events.slice(seq, seq + limit),
    phaseDone: (name, ms) => void phases.push({ name, ms }),
  };
}

function droppedLog(dropped: number): RunEventBody {
  const message = `${dropped} more events were not kept: a run keeps the first ${eventsMax}; its report is complete`;
  return { type: 'log', level: 'warn', message, fields: { dropped } };
}

/** A step of a run as people see it. */
export function stepInfo(phase: string, title: string, id: string = phase): StepInfo {
  return { id, phase, parent: id === phase ? '' : phase, title };
}

/** What a step says when it is done. */
export interface StepSummary {
  readonly counts: Counts;
  readonly note?: string;
}

/** The end of a step, good or bad. */
export function stepDone(step: StepInfo, startedMs: number | undefined, summary: StepSummary): RunEventBody {
  return { type: 'step.done', step, durationMs: Date.now() - (startedMs ?? Date.now()), ...summary };
}

export function stepFailed(step: StepInfo, startedMs: number | undefined, error: ErrorDetail): RunEventBody {
  return { type: 'step.failed', step, durationMs: Date.now() - (startedMs ?? Date.now()), error };
}
