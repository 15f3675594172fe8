import type { PlannedAction, Stage, Step } from '../table.ts';

type Wanted<Action extends string> = Action | (PlannedAction & { readonly name: Action });

/** Makes steps that take the same way when they fail. The phase is the first part of the id. */
export function stepsThat<Action extends string>(onFailure: Step['onFailure']) {
  return (id: string, title: string, wanted: readonly Wanted<Action>[]): Step => ({
    ...{ id, phase: id.split('/', 1)[0] ?? id, title, onFailure },
    actions: wanted.map((one) => (typeof one === 'string' ? { name: one, item: 0 } : one)),
  });
}

/** One step at a time. */
export function alone(step: Step): Stage {
  return { phase: step.phase, steps: [step], parallel: 1, final: false };
}
