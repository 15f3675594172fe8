import type { ActionRow, CompensationRow, RunTable } from '../table.ts';
import { openingActions } from './opening.ts';
import { alone, stepsThat } from './steps.ts';

const actions = {
  ...openingActions,
  // Its report is the plan file; the use of what it captured ends with it, whatever becomes of it.
  'open-run': { does: 'stores the specification', activities: ['openRun'], compensation: 'close-run' },
  'make-plan': { does: 'compares with the live target and stores the plan file', activities: ['makePlan'] },
  'close-run': { does: 'lets go of what was captured', activities: ['closeRun'], supersedes: 'close-run' },
} as const satisfies Readonly<Record<string, ActionRow<undefined>>>;

export type PlanAction = keyof typeof actions;

const compensations = {
  'close-run': { title: () => 'let go of what was captured', activities: ['closeRun'], release: true },
} as const satisfies Readonly<Record<string, CompensationRow<undefined>>>;

export type PlanCompensation = keyof typeof compensations;

const step = stepsThat<PlanAction>('ends');

/** Plans a migration: up to its plan as the migration itself, then a comparison with the live target. Writes on no cluster. */
export const planTable: RunTable<undefined, PlanAction, PlanCompensation> = {
  kind: 'plan',
  actions,
  compensations,
  sides: () => ({ source: 'serving', target: 'unknown' }),
  phases: () => ['preflight', 'capture', 'plan'].map((name) => ({ name, title: name })),
  stages: () => [
    alone(step('preflight', 'preflight', ['open-run', 'check-clusters'])),
    alone(step('capture/objects', 'namespaced objects', ['capture-objects'])),
    alone(step('capture/cluster', 'cluster-scoped dependencies', ['capture-dependencies'])),
    alone(step('capture/index', 'index', ['merge-capture'])),
    alone(step('plan/objects', 'transform and order', ['plan'])),
    alone(step('plan/target', 'compare with the target', ['make-plan', 'close-run'])),
  ],
};
