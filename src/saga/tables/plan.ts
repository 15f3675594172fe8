import type { ActionRow, CompensationRow, RunTable, Step } from '../table.ts';
import { alone, openingActions } from './opening.ts';

const actions = {
  ...openingActions,
  // Its report is the plan file; the use of what it captured ends with it, whatever becomes of it.
  'open-run': { does: 'stores the specification', activities: ['openRun'], compensation: 'close-run' },
  'make-plan': { does: 'compares with the live target and stores the plan file', activities: ['makePlan'] },
  'close-run': { does: 'lets go of what was captured', activities: ['closeRun'], discharges: 'close-run' },
} as const satisfies Readonly<Record<string, ActionRow<undefined>>>;

export type PlanAction = keyof typeof actions;

const compensations = {
  'close-run': { title: () => 'let go of what was captured', activities: ['closeRun'], release: true },
} as const satisfies Readonly<Record<string, CompensationRow<undefined>>>;

/** Plans a migration: up to its plan as the migration itself, then a comparison with the live target. Writes on no cluster. */
export const planTable: RunTable<undefined> = {
  kind: 'plan',
  actions,
  compensations,
  sides: { source: 'serving', target: 'unknown', writable: 'source' },
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

function step(id: string, title: string, wanted: readonly PlanAction[]): Step {
  const phase = id.split('/', 1)[0] ?? id;
  return { id, phase, title, actions: wanted.map((name) => ({ name, item: 0 })), onFailure: 'ends' };
}
