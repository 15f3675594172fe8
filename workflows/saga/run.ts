import type { ErrorDetail } from '../../src/core/errors.ts';
import type { RunEventBody } from '../../src/core/run/events.ts';
import type { ActionResult, RunEnding, TriedCompensation } from '../../src/saga/state.ts';
import type { RunTable, Sides } from '../../src/saga/table.ts';
import type { SavedState } from '../../src/saga/state.ts';
import { openJournal } from './journal.ts';
import type { Journal, KeepEvents, SavedJournal, StepSummary } from './journal.ts';

/** What the state of one run holds besides its place in the table. */
export interface Run<Found> {
  readonly id: string;
  /** What the workflow was started with. */
  readonly input: unknown;
  /** Events of its history before it continues as new; undefined: as many as usual. */
  readonly eventsMax: number | undefined;
  readonly journal: Journal;
  /** RFC 3339, UTC. */
  readonly startedAt: string;
  /** What its actions have found so far. */
  readonly found: Found;
  /** When a phase or a step under way began, and what it says when it is done. */
  readonly startedMs: Map<string, number>;
  readonly summaries: Map<string, StepSummary>;
  /** Why steps failed, the first 50 of `failed`; and what the steps that were skipped had needed. */
  readonly failures: Map<string, ErrorDetail>;
  failed: number;
  readonly skipped: Map<string, string>;
  /** What was last said of both sides. */
  sides: Sides;
}

/** What an action is about: the claim or apply group of that index in the desired state, and the step its heartbeats belong to. */
export interface At {
  readonly item: number;
  readonly stepId: string;
}

/** What an action gives back: what the machine needs, and what its step says when it is done. */
export interface ActionDone extends ActionResult {
  readonly summary?: StepSummary;
}

export type ActionHandler<Found> = (run: Run<Found>, at: At) => Promise<ActionDone | void>;
export type Compensate<Found> = (run: Run<Found>, item: number) => Promise<void>;

/** What a run is called, and its sides. */
interface Introduction {
  readonly name: string;
  readonly source: string;
  readonly target: string;
}

/**
 * A kind of run: its table, and how each row of it is done. A row without a function does not compile; the order, the
 * repetition and the compensations are the table's.
 */
export interface RunKind<Facts, Found, Action extends string = string, Undo extends string = string> {
  readonly table: RunTable<Facts, Action, Undo>;
  readonly actions: Readonly<Record<Action, ActionHandler<Found>>>;
  readonly compensations: Readonly<Record<Undo, Compensate<Found>>>;
  introduce(found: Found): Introduction;
  /** What the order depends on: at the beginning, and again in every new history. */
  facts(found: Found): Facts;
  /** What a phase says when it is done. */
  phaseSummary(run: Run<Found>, phase: string): StepSummary;
  /** Keeps the report of an ending; absent: the kind has none. */
  writeReport?(run: Run<Found>, ending: RunEnding, tried: readonly TriedCompensation[]): Promise<void>;
  /** Keeps events that have no room in the stream; absent until there is a place for them. */
  keepEvents(run: Run<Found>): KeepEvents | undefined;
  /** What the last event says beyond the outcome. */
  result(run: Run<Found>): Omit<Extract<RunEventBody, { type: 'result' }>, 'type' | 'outcome' | 'exitCode' | 'error'>;
}

/** What passes into a new history when one grows long, beside the input; the journal is an argument of its own. */
export interface Carried<Found> {
  readonly state: SavedState;
  readonly startedAt: string;
  readonly found: Partial<Found>;
  readonly startedMs: readonly (readonly [string, number])[];
  readonly summaries: readonly (readonly [string, StepSummary])[];
  readonly failures: readonly (readonly [string, ErrorDetail])[];
  readonly failed: number;
  readonly skipped: readonly (readonly [string, string])[];
}

/** The arguments of a workflow beyond its input; there in every history of a run but its first. */
export type CarriedArguments<Found> = readonly [carried?: Carried<Found>, journal?: SavedJournal];

interface Opening<Found> {
  readonly id: string;
  readonly input: object & { readonly eventsMax?: number };
  readonly found: Found;
}

/** Opens the state of a run that begins, or that goes on in a new history. */
export function openRun<Found>(
  { id, input, found }: Opening<Found>,
  [carried, journal]: CarriedArguments<Found> = []
): Run<Found> {
  return {
    id,
    input,
    eventsMax: input.eventsMax,
    journal: openJournal(id, journal),
    startedAt: carried?.startedAt ?? new Date().toISOString(),
    found: { ...found, ...carried?.found },
    startedMs: new Map(carried?.startedMs),
    summaries: new Map(carried?.summaries),
    failures: new Map(carried?.failures),
    failed: carried?.failed ?? 0,
    skipped: new Map(carried?.skipped),
    sides: carried?.state.sides ?? { source: 'unknown', target: 'unknown', writable: 'none' },
  };
}

/** What the workflow was started with is an argument by itself, and does not travel a second time. */
export function carry<Found>(run: Run<Found>, state: SavedState): Carried<Found> {
  const { startedAt, found, startedMs, summaries, failures, failed, skipped } = run;
  return {
    ...{ state, startedAt, failed },
    found: { ...found, input: undefined },
    startedMs: [...startedMs],
    summaries: [...summaries],
    failures: [...failures],
    skipped: [...skipped],
  };
}
