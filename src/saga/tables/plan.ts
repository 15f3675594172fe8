import type { ActionRow, CompensationRow, RunTable } from '../table.ts';
import { openingActions, pointActions } from './opening.ts';
import { alone, stepsThat } from './steps.ts';

/** What decides the order of planning. */
export interface PlanningFacts {
  /** The plan is of a restore: its content is in a recovery point. */
  readonly fromPoint: boolean;
}

const actions = {
  ...openingActions,
  ...pointActions,
  // Its report is the plan file; the use of what it captured ends with it, whatever becomes of it.
  'open-run': { does: 'stores the specification', activities: ['openRun'], compensation: 'close-run' },
  'make-plan': { does: 'compares with the live target and stores the plan file', activities: ['makePlan'] },
  'close-run': { does: 'lets go of what was captured', activities: ['closeRun'], supersedes: 'close-run' },
} as const satisfies Readonly<Record<string, ActionRow<PlanningFacts>>>;

export type PlanAction = keyof typeof actions;

const compensations = {
  'close-run': { title: () => 'let go of what was captured', activities: ['closeRun'], release: true },
} as const satisfies Readonly<Record<string, CompensationRow<PlanningFacts>>>;

export type PlanCompensation = keyof typeof compensations;

const step = stepsThat<PlanAction>('ends');

const opening = [alone(step('preflight', 'preflight', ['open-run', 'open-point', 'check-target']))];
const capturing = [
  alone(step('preflight', 'preflight', ['open-run', 'check-clusters'])),
  alone(step('capture/objects', 'namespaced objects', ['capture-objects'])),
  alone(step('capture/cluster', 'cluster-scoped dependencies', ['capture-dependencies'])),
  alone(step('capture/index', 'index', ['merge-capture'])),
];

/** Plans a migration or a restore: up to its plan as the run itself, then a comparison with the live target. Writes on no cluster. */
export const planTable: RunTable<PlanningFacts, PlanAction, PlanCompensation> = {
  kind: 'plan',
  actions,
  compensations,
  sides: ({ fromPoint }) => ({ source: fromPoint ? 'unknown' : 'serving', target: 'unknown' }),
  phases: ({ fromPoint }) =>
    ['preflight', ...(fromPoint ? [] : ['capture']), 'plan'].map((name) => ({ name, title: name })),
  stages: ({ fromPoint }) => [
    ...(fromPoint ? opening : capturing),
    alone(step('plan/objects', 'transform and order', ['plan'])),
    alone(step('plan/target', 'compare with the target', ['make-plan', 'close-run'])),
  ],
};
