import type { ActivityName } from './activity-rows.ts';
import type { SideState } from '../core/run/events.ts';

/**
 * A kind of run as data: its actions, a row each, and their order. The machine (machine.ts) runs any table; its
 * properties are proven for every one (table-walks in the tests). `Facts` is what the order depends on.
 */
export interface RunTable<Facts, Action extends string = string, Undo extends string = string> {
  /** `migrate`, `assess` …: what `hello` says. */
  readonly kind: string;
  readonly actions: Readonly<Record<Action, ActionRow<Facts>>>;
  readonly compensations: Readonly<Record<Undo, CompensationRow<Facts>>>;
  /** What the run does, in order. Known facts may grow on the way; what was begun before stays where it is. */
  stages(facts: Facts): readonly Stage[];
  /** Phases of the run in order, known before it begins. */
  phases(facts: Facts): readonly Phase[];
  /** What both sides are while nothing of the run is on them, as far as the facts say. */
  sides(facts: Facts): Pick<Sides, 'source' | 'target'>;
}

/** One effect, as small as it is done and undone as a whole. */
export interface ActionRow<Facts> {
  /** One sentence for people. */
  readonly does: string;
  /** The activities it calls, in order; permissions, failpoints and retry classes follow from their rows. */
  readonly activities: readonly ActivityName[];
  /** Registered before the action begins, since its outcome may stay unknown. Absent: nothing has to be undone. */
  readonly compensation?: string | ((facts: Facts) => string | undefined);
  /** The compensation that is no longer needed, in whichever step, once this action is done. */
  readonly supersedes?: string;
  /** Done also when an action before it in the step failed or was cancelled, and not cancellable. */
  readonly always?: true;
  /** From here on there is a place for the report. */
  readonly opensReport?: true;
  /** Its result becomes part of the facts; the rest of the run follows from them. */
  readonly learns?: true;
  /** Action that a clean-up, which knows only what is labelled, does before it repeats this one. */
  readonly sweptBy?: string;
}

/** What undoes an action. */
export interface CompensationRow<Facts> {
  title(facts: Facts, item: number): string;
  readonly activities: readonly ActivityName[];
  /**
   * It lets go of something of Landfall's own that nobody else sees: done, it is no undo that the outcome of a run
   * would report.
   */
  readonly release?: true;
  /** What a side is from before the action until this is done: who may write follows from it. */
  readonly until?: Partial<Pick<Sides, 'source' | 'target'>>;
  /** Action that a clean-up, which knows only what is labelled, does before it. */
  readonly sweptBy?: string;
}

export interface Phase {
  readonly name: string;
  readonly title: string;
}

/** Steps that may run at the same time; the next stage begins when all of them are done. */
export interface Stage {
  readonly phase: string;
  readonly steps: readonly Step[];
  readonly parallel: number;
  /** From the point of no return on nothing is undone any more, and a cancel comes too late. */
  readonly final: boolean;
  /** What the sides are once the phase it ends is done. */
  readonly reached?: Partial<Pick<Sides, 'source' | 'target'>>;
}

/** The unit people see. A step whose id is its phase has no line of its own. */
export interface Step {
  readonly id: string;
  readonly phase: string;
  readonly title: string;
  readonly actions: readonly PlannedAction[];
  /** What happens when it failed for good: it `waits` for a person, `ends` the run, or is `noted` and the run goes on. */
  readonly onFailure: 'waits' | 'ends' | 'noted';
  /** Steps whose results it needs: it begins when they are done, and is skipped when one of them was not. */
  readonly needs?: readonly string[];
}

export interface PlannedAction {
  readonly name: string;
  /** Index of the claim, apply group or member it is about; 0 where there is none. */
  readonly item: number;
}

/** The states of both sides, and the one that may accept writes: by its type never both. */
export interface Sides {
  readonly source: SideState;
  readonly target: SideState;
  readonly writable: 'source' | 'target' | 'none';
}
