import { purposeOf } from '../../src/core/wave/wave.ts';
import type { WaveInput, WaveItem, WaveView } from '../../src/core/wave/wave.ts';
import { openJournal } from '../saga/journal.ts';
import type { Journal, SavedJournal } from '../saga/journal.ts';

/** What one part of a wave knows. */
export interface WaveRun {
  readonly input: WaveInput;
  readonly journal: Journal;
  readonly startedAt: string;
  /** Parts before this one: how often it continued as new. */
  readonly parts: number;
  /** Children on their way, by the index of their item. */
  readonly running: Map<number, Promise<void>>;
  /** Groups whose start was emitted, with the moment. */
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
}

/** Opens the state of a wave that begins; with the journal of the part before, of one that goes on in a new history. */
export function openWaveRun(input: WaveInput, journal?: SavedJournal): WaveRun {
  return {
    input,
    journal: openJournal(input.runId, journal),
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
