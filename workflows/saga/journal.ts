import type { ErrorDetail } from '../../src/core/errors.ts';
import { limits } from '../../src/core/limits.ts';
import { eventSchema } from '../../src/core/run/events.ts';
import type { Counts, RunEvent, RunEventBody, StepInfo } from '../../src/core/run/events.ts';

/** Characters of events that one activity takes, compressed far below what a payload may have. */
const keptChars = 1024 * 1024;

/** Keeps a few events that have no room in the stream any more, and says where; fails where nothing can be kept. */
export type KeepEvents = (events: readonly RunEvent[]) => Promise<string>;

/** A journal as it passes into a new history of its run. */
export interface SavedJournal {
  readonly events: readonly RunEvent[];
  /** Characters of them as JSON. */
  readonly size: number;
  readonly phases: Journal['phases'];
  readonly beyond: Beyond;
}

/** Events that have no room: after how many, how many, of those how many are not kept anywhere, and where the others are. */
interface Beyond {
  readonly after: number;
  readonly count: number;
  readonly lost: number;
  readonly place: string;
}

/**
 * The stored part of a run's event stream, kept in workflow state and given out by a query. Deterministic: `Date` is
 * Temporal's inside a workflow. Live progress does not pass here; it travels in heartbeats.
 */
export interface Journal {
  emit(body: RunEventBody): void;
  phaseDone(name: string, ms: number): void;
  since(seq: number, limit: number): readonly RunEvent[];
  readonly phases: readonly { readonly name: string; readonly ms: number }[];
  /** Brings what has no room any more to where it is kept; what cannot be kept is counted. */
  keepBeyond(keep: KeepEvents): Promise<void>;
  save(): SavedJournal;
}

/** Opens the journal of one run, or goes on with it in a new history. */
export function openJournal(run: string, saved?: SavedJournal): Journal {
  const events = [...(saved?.events ?? [])];
  const phases = [...(saved?.phases ?? [])];
  let size = saved?.size ?? 0;
  let { after, count, lost, place } = saved?.beyond ?? { after: 0, count: 0, lost: 0, place: '' };
  let waiting: RunEvent[] = [];

  // One number for every event, in the stream or beyond it: both together have no gap.
  const made = (body: RunEventBody): RunEvent => {
    const seq = events.length + count + 1;
    return { schema: eventSchema, seq, time: new Date().toISOString(), run, ...body };
  };
  const add = (event: RunEvent): void => {
    events.push(event);
    size += sizeOf(event);
  };
  return {
    phases,
    emit(body) {
      const always = body.type === 'result' || body.type === 'side';
      const isFull = count > 0 || events.length >= limits.runEvents || size >= limits.runEventChars;
      if (isFull && !always) {
        if (count === 0) after = events.length;
        waiting.push(made(body));
        count += 1;
        return;
      }
      if (body.type === 'result' && count > 0)
        add(made(beyondLog({ after, count, lost: lost + waiting.length, place })));
      add(made(body));
    },
    since(seq, limit) {
      // Without events beyond the stream, the number is the place.
      const from = count === 0 ? seq : events.findIndex((event) => event.seq > seq);
      return from === -1 ? [] : events.slice(from, from + limit);
    },
    phaseDone: (name, ms) => void phases.push({ name, ms }),
    async keepBeyond(keep) {
      while (waiting.length > 0) {
        const part = partOf(waiting);
        waiting = waiting.slice(part.length);
        await keep(part).then(
          (kept) => (place = kept),
          () => (lost += part.length)
        );
      }
    },
    save: () => ({ events, size, phases, beyond: { after, count, lost: lost + waiting.length, place } }),
  };
}

function sizeOf(event: RunEvent): number {
  return JSON.stringify(event).length;
}

/** The first of the events, as many as one activity takes. */
function partOf(events: readonly RunEvent[]): RunEvent[] {
  let size = 0;
  const end = events.findIndex((event) => (size += sizeOf(event)) > keptChars);
  return events.slice(0, Math.min(limits.batchObjects, end === -1 ? events.length : Math.max(1, end)));
}

function beyondLog({ after, count, lost, place }: Beyond): RunEventBody {
  const kept = place === '' ? '' : `; ${count - lost} of them are in ${place} of the Location`;
  const message = `${count} more events are not in this stream: it has the first ${after}${kept}; the report is complete`;
  return { type: 'log', level: 'warn', message, fields: { events: count, lost } };
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
