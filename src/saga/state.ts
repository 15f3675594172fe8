import type { ErrorDetail } from '../core/errors.ts';
import type { RunOutcome } from '../core/run/events.ts';
import type { Ending } from '../core/run/exit-code.ts';
import type { PlannedAction, RunTable, Sides, Stage, Step } from './table.ts';

/** What is known of a run. Plain data; `advance` gives the next one and never changes this one. */
export interface RunState<Facts> {
  readonly table: RunTable<Facts>;
  readonly facts: Facts;
  readonly stages: readonly Stage[];
  /** Index of the stage it is in. */
  readonly stage: number;
  /** Ids of the steps of that stage that have begun. */
  readonly begun: readonly string[];
  /**
   * `forward` until something ends it; `stopping`: waits for what is under way; then `compensating`, `reporting`,
   * `ended`. Never back.
   */
  readonly mode: 'forward' | 'stopping' | 'compensating' | 'reporting' | 'ended';
  readonly open: readonly OpenStep[];
  /** Nothing new begins: as soon as nothing is under way the run continues as new. */
  readonly held: boolean;
  /** Steps that a person has said to try again while it was held. */
  readonly resumed: readonly string[];
  /** Steps that were noted as failed, or skipped for one of those. */
  readonly missed: readonly string[];
  /** Compensations still needed, oldest first; empty from the point of no return on. */
  readonly pending: readonly Compensation[];
  /** One of them was commanded and has not been answered. */
  readonly isCompensating: boolean;
  /** Compensations tried, in the order they were tried; one with an error stays as a named rest. */
  readonly tried: readonly TriedCompensation[];
  readonly sides: Sides;
  /** What phases that are done have made of the sides. */
  readonly reached: Partial<Pick<Sides, 'source' | 'target'>>;
  readonly canReport: boolean;
  /** Compensations that a file lets fail and that have failed: what they would have ended goes on. */
  readonly abandoned: readonly string[];
  readonly final: boolean;
  /** Steps of which something did not arrive: at best `partial`. A step that begins again begins without. */
  readonly short: readonly string[];
  /** Something could not be seen: at best `partial`, and this is what it says. */
  readonly incomplete: ErrorDetail | undefined;
  /** A check has refused to go on. */
  readonly blocked: ErrorDetail | undefined;
  /** How it ends where nothing ends it before; undefined: as its steps ended. */
  readonly conclusion: Conclusion | undefined;
  /** Why it does not go forward any more. */
  readonly cause: Cause | undefined;
  /** Set when it is known: before the report is written. */
  readonly ending: RunEnding | undefined;
  /** What the workflow does now, in this order. */
  readonly commands: readonly Command[];
}

/** A step under way: the action it is at, or a person it waits for. */
export interface OpenStep {
  readonly step: Step;
  readonly action: number;
  readonly waiting: boolean;
  /** `error` undefined: it was cancelled, which is no failure. */
  readonly problem?: { readonly error: ErrorDetail | undefined };
}

export interface Cause {
  readonly cancelled: boolean;
  readonly error: ErrorDetail;
}

/** One compensation of one step. */
export interface Compensation {
  readonly step: string;
  readonly name: string;
  readonly item: number;
  readonly title: string;
}

export interface TriedCompensation extends Compensation {
  readonly error?: ErrorDetail;
}

/** How a run ends: its outcome, what was compensated, and the exit code that says so. */
export interface RunEnding extends Ending {
  readonly outcome: RunOutcome;
  readonly exitCode: number;
}

/** How an action that concludes a run lets it end. */
export type Conclusion = Pick<RunEnding, 'outcome' | 'exitCode' | 'error'>;

/** What happened. An event about a step that is not under way, or that comes too late, changes nothing. */
export type RunHappening =
  | ({ readonly type: 'done'; readonly step: string } & ActionResult)
  /** For good: all attempts are used up. Whether it had an effect is unknown. */
  | { readonly type: 'failed'; readonly step: string; readonly error: ErrorDetail }
  /** It ended because it was cancelled. Whether it had an effect is unknown. */
  | { readonly type: 'cancelled'; readonly step: string; readonly error: ErrorDetail }
  | { readonly type: 'cancel'; readonly error: ErrorDetail }
  | { readonly type: 'resume' }
  /** The history has grown long. */
  | { readonly type: 'hold' }
  | { readonly type: 'compensated' }
  | { readonly type: 'compensation-failed'; readonly error: ErrorDetail }
  | { readonly type: 'reported' }
  | { readonly type: 'report-failed'; readonly error: ErrorDetail };

/** What the machine has to know of the result of an action. */
export interface ActionResult {
  /** From an action that `learns`. */
  readonly facts?: unknown;
  /** A check refuses to go on: ends the run, also with `onFailure: keep`. */
  readonly blocked?: ErrorDetail;
  /** Done, but not everything arrived. */
  readonly short?: boolean;
  /** A failure that the file allows: what this action would have superseded is abandoned, not pending any more. */
  readonly abandoned?: boolean;
  /** How a run ends well, where the action that concludes it decides that. */
  readonly ending?: Conclusion;
  /** Done, but not everything could be seen: at best `partial`, with this as its error. */
  readonly incomplete?: ErrorDetail;
}

/**
 * The state of a run as it passes into a new history: the table is code, the facts follow from what the run has found,
 * and what follows from both is made again.
 */
export type SavedState = Omit<RunState<never>, 'table' | 'facts' | 'stages' | 'held' | 'commands'>;

/** What the workflow does. `emit` changes nothing; `act`, `compensate` and `write-report` are answered by a happening. */
export type Command =
  | { readonly do: 'execute'; readonly step: Step; readonly action: PlannedAction; readonly cancellable: boolean }
  /** What is under way is to end soon; each action answers for itself. */
  | { readonly do: 'cancel' }
  | { readonly do: 'compensate'; readonly compensation: Compensation }
  | { readonly do: 'write-report'; readonly ending: RunEnding; readonly tried: readonly TriedCompensation[] }
  | { readonly do: 'end'; readonly ending: RunEnding }
  /** Nothing is under way: the run goes on from this state in a new history (`restore`). */
  | { readonly do: 'continue-as-new' }
  | { readonly do: 'emit'; readonly event: MachineEvent };

/** What people see of it. */
export type MachineEvent =
  | { readonly type: 'phase-started' | 'phase-done'; readonly phase: string }
  | { readonly type: 'phase-failed'; readonly phase: string; readonly error: ErrorDetail }
  | { readonly type: 'step-started' | 'step-done' | 'step-cancelled' | 'step-waiting'; readonly step: Step }
  | { readonly type: 'step-failed'; readonly step: Step; readonly error: ErrorDetail }
  | { readonly type: 'step-skipped'; readonly step: Step; readonly needs: string }
  | {
      readonly type: 'compensation-started' | 'compensated';
      readonly compensation: Compensation;
      readonly index: number;
    }
  | {
      readonly type: 'not-compensated';
      readonly compensation: Compensation;
      readonly index: number;
      readonly error: ErrorDetail;
    }
  | { readonly type: 'sides'; readonly sides: Sides };
