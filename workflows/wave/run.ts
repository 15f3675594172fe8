import type { RunEvent } from '../../src/core/run/events.ts';
import { purposeOf } from '../../src/core/wave/wave.ts';
import type { WaveInput, WaveItem, WaveView } from '../../src/core/wave/wave.ts';
import { openJournal } from '../saga/journal.ts';

/** What one part of a wave knows. */
export interface WaveRun {
  readonly input: WaveInput;
  readonly journal: ReturnType<typeof openJournal>;
  readonly startedAt: string;
  /** Parts before this one: how often it continued as new. */
  readonly parts: number;
  /** Children on their way, by the index of their item. */
  readonly running: Map<number, Promise<void>>;
  /** Groups whose start was told, with the moment. */
  readonly groups: Map<number, number>;
  items: readonly WaveItem[];
  state: WaveView['state'];
  reason: string;
  /** Undefined while it goes on. */
  exitCode: number | undefined;
  /** Ended items whose failures do not count any more: a person has seen them. */
  forgiven: number;
  /** Grows with everything the loop may wait for. */
  news: number;
  resumes: number;
  /** Until when the calendar was last seen open; 0 = not asked yet, Infinity = for ever. */
  openUntilMs: number;
  /** Events go on counting where the part before ended. */
  eventsSince(since: number): readonly RunEvent[];
  seq(): number;
}

/** Events an answer to a query holds at most. */
const eventsPerAnswer = 500;

export function openWaveRun(input: WaveInput): WaveRun {
  const journal = openJournal(input.runId);
  const offset = input.state?.seq ?? 0;
  return {
    input,
    journal,
    startedAt: input.state?.startedAt ?? new Date().toISOString(),
    parts: input.state?.parts ?? 0,
    running: new Map(),
    groups: new Map(),
    items: input.state?.items ?? [],
    state: 'running',
    reason: '',
    exitCode: undefined,
    forgiven: input.state?.forgiven ?? 0,
    news: 0,
    resumes: 0,
    openUntilMs: 0,
    eventsSince: (since) =>
      journal
        .since(Math.max(0, since - offset), eventsPerAnswer)
        .map((event) => ({ ...event, seq: event.seq + offset })),
    seq: () => offset + journal.since(0, Number.MAX_SAFE_INTEGER).length,
  };
}

/** What `landfall status` shows. */
export function waveView({ input, items, state, reason, exitCode }: WaveRun): WaveView {
  const { runId, spec, continues } = input;
  return {
    run: runId,
    name: spec.name,
    state,
    reason,
    groups: spec.groups.map(({ name }) => name),
    items,
    purpose: purposeOf(input),
    ...(continues === undefined ? {} : { continues }),
    ...(exitCode === undefined ? {} : { exitCode }),
  };
}
