import type { PlannedAction, Stage, Step } from '../table.ts';

/** An action with the claim, apply group or member it is about. */
export type Planned<Action extends string> = PlannedAction & { readonly name: Action };
type Wanted<Action extends string> = Action | Planned<Action>;
/** Makes a step: its title counts where it is not a whole phase. */
export type MakeStep<Action extends string> = (id: string, title: string, wanted: readonly Wanted<Action>[]) => Step;

/** Makes steps that take the same way when they fail. The phase is the first part of the id. */
export function stepsThat<Action extends string>(onFailure: Step['onFailure']): MakeStep<Action> {
  return (id, title, wanted) => ({
    ...{ id, phase: id.split('/', 1)[0] ?? id, title, onFailure },
    actions: wanted.map((one) => (typeof one === 'string' ? { name: one, item: 0 } : one)),
  });
}

/** Makes steps of a run: they wait where the file keeps a failed step for a person. */
export function stepsOf<Action extends string>(
  { onFailure }: { readonly onFailure: 'rollback' | 'keep' },
  titleOfPhase: (phase: string) => string
): MakeStep<Action> {
  const make = stepsThat<Action>(onFailure === 'keep' ? 'waits' : 'ends');
  return (id, title, wanted) => make(id, id.includes('/') ? title : titleOfPhase(id), wanted);
}

/** One step at a time. */
export function alone(step: Step): Stage {
  return { phase: step.phase, steps: [step], parallel: 1, final: false };
}
