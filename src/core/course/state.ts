import type { ErrorDetail } from '../errors.ts';
import type { PhaseName, RunOutcome, SideState } from '../run/events.ts';
import type { Ending } from '../run/exit-code.ts';
import type { Act, CourseFacts, PlanFacts, Stage, Step, Undo } from './course.ts';

/** What is known of a run on its course. Plain data; `advance` gives the next one and never changes this one. */
export interface CourseState {
  readonly facts: CourseFacts;
  readonly stages: readonly Stage[];
  /** Index of the stage it is in, and of the step of it that begins next. */
  readonly stage: number;
  readonly next: number;
  /**
   * `forward` until something ends it; `turning`: waits for what still acts; then `undoing`, `reporting`, `ended`.
   * Never back.
   */
  readonly mode: 'forward' | 'turning' | 'undoing' | 'reporting' | 'ended';
  readonly open: readonly OpenStep[];
  /** Compensations owed, oldest first; empty from the point of no return on. */
  readonly owed: readonly Compensation[];
  /** Compensations tried, in the order they were tried; an error makes one a named rest. */
  readonly undone: readonly TriedCompensation[];
  readonly sides: Sides;
  /** The store is known to the run, so that a report can be written. */
  readonly opened: boolean;
  /** A thaw that may fail has failed. */
  readonly frozen: boolean;
  /** The application has been applied to the target as a whole. */
  readonly arrived: boolean;
  /** Past the point of no return. */
  readonly final: boolean;
  /** Steps of which something did not arrive: at best `partial`. A step that is begun again begins without. */
  readonly short: readonly string[];
  /** Something could not be seen: at best `partial`, and this is what it says. */
  readonly incomplete: ErrorDetail | undefined;
  /** A check has refused to go on. */
  readonly blocked: ErrorDetail | undefined;
  /** Why it turned back. */
  readonly cause: Cause | undefined;
  /** Set when it is known: before the report is written. */
  readonly ending: CourseEnding | undefined;
  /** What the workflow does now, in this order; the commands of this state alone. */
  readonly commands: readonly CourseCommand[];
}

/** A step on its way: the act it is in, or a person it waits for. */
export interface OpenStep {
  readonly step: Step;
  readonly act: number;
  readonly waiting: boolean;
  readonly problem?: Problem;
}

/** `undefined` as error: it was stopped, which is no failure. */
interface Problem {
  readonly error: ErrorDetail | undefined;
}

export interface Cause {
  readonly cancelled: boolean;
  readonly error: ErrorDetail;
}

/** What undoes one act. */
export interface Compensation {
  readonly step: string;
  readonly by: Undo;
  readonly item: number;
  readonly title: string;
}

export interface TriedCompensation extends Compensation {
  readonly error?: ErrorDetail;
}

/** The states of both sides, and the one that may accept writes: by its type never both. */
interface Sides {
  readonly source: SideState;
  readonly target: SideState;
  readonly writable: 'source' | 'target' | 'none';
}

/** How a run ends: its outcome, what was undone, and the exit code that says so. */
export interface CourseEnding extends Ending {
  readonly outcome: RunOutcome;
  readonly exitCode: number;
}

/** What happened. An event about a step that does not act, or that comes too late, changes nothing. */
export type CourseEvent =
  | ({ readonly type: 'done'; readonly step: string } & ActResult)
  /** For good: all attempts are used up. Whether it had an effect is unknown. */
  | { readonly type: 'failed'; readonly step: string; readonly error: ErrorDetail }
  /** The act ended because it was told to stop. Whether it had an effect is unknown. */
  | { readonly type: 'stopped'; readonly step: string; readonly error: ErrorDetail }
  | { readonly type: 'cancel'; readonly error: ErrorDetail }
  | { readonly type: 'resume' }
  | { readonly type: 'undone' }
  | { readonly type: 'undo-failed'; readonly error: ErrorDetail }
  | { readonly type: 'reported' }
  | { readonly type: 'report-failed'; readonly error: ErrorDetail };

/** What the course has to know of the result of an act. */
export interface ActResult {
  /** The plan, from the act that makes it. */
  readonly learned?: PlanFacts;
  /** A check refuses to go on: ends the run, also with `onFailure: keep`. */
  readonly blocked?: ErrorDetail;
  /** Done, but not everything arrived. */
  readonly short?: boolean;
  /** A thaw that the file lets fail has failed: the source is frozen, and nothing thaws it any more. */
  readonly frozen?: boolean;
  /** Done, but not everything could be seen: at best `partial`, with this as its error. */
  readonly incomplete?: ErrorDetail;
}

/** What the workflow does. `tell` changes nothing; each other command is answered by an event. */
export type CourseCommand =
  | { readonly do: 'act'; readonly step: Step; readonly act: Act; readonly cancellable: boolean }
  /** What still acts is to end soon; each act answers for itself. */
  | { readonly do: 'stop' }
  | { readonly do: 'undo'; readonly compensation: Compensation }
  | { readonly do: 'report'; readonly ending: CourseEnding; readonly undone: readonly TriedCompensation[] }
  | { readonly do: 'end'; readonly ending: CourseEnding }
  | ({ readonly do: 'tell' } & Told);

export type Told =
  | { readonly what: 'phase-started' | 'phase-done'; readonly phase: PhaseName }
  | { readonly what: 'phase-failed'; readonly phase: PhaseName; readonly error: ErrorDetail }
  | { readonly what: 'step-started' | 'step-done' | 'step-stopped' | 'step-waiting'; readonly step: Step }
  | { readonly what: 'step-failed'; readonly step: Step; readonly error: ErrorDetail }
  | { readonly what: 'undo-started' | 'undone'; readonly compensation: Compensation; readonly index: number }
  | {
      readonly what: 'not-undone';
      readonly compensation: Compensation;
      readonly index: number;
      readonly error: ErrorDetail;
    }
  | { readonly what: 'sides'; readonly sides: Sides };
