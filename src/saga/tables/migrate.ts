import type { ActionRow, CompensationRow, RunTable, Stage } from '../table.ts';
import {
  applyGroupStages,
  applyingActions,
  applyingCompensations,
  dryRunStage,
  planStages,
  targetBefore,
  type ApplyFacts,
  type PlanFacts,
} from './applying.ts';
import { openingActions } from './opening.ts';
import { alone, stepsOf, type MakeStep } from './steps.ts';
import { eachClaim, takingActions, takingCompensations, takingStages } from './taking.ts';

const actions = {
  ...openingActions,
  ...applyingActions,
  ...takingActions,
} as const satisfies Readonly<Record<string, ActionRow<ApplyFacts>>>;

export type MigrateAction = keyof typeof actions;

const compensations = { ...applyingCompensations, ...takingCompensations } as const satisfies Readonly<
  Record<string, CompensationRow<ApplyFacts>>
>;

export type MigrateCompensation = keyof typeof compensations;

/**
 * A migration. Read `stages` for its order; what undoes what stands in the rows above; the point of no return is the
 * stage `finish`.
 */
export const migrateTable: RunTable<ApplyFacts, MigrateAction, MigrateCompensation> = {
  kind: 'migrate',
  actions,
  compensations,
  sides: ({ plan }) => ({ source: 'serving', target: targetBefore(plan) }),
  phases: (facts) => {
    const { dryRun, volumes } = facts;
    const wanted = ['preflight', 'capture', 'plan'];
    if (!dryRun && volumes) wanted.push('volumes');
    wanted.push('apply');
    if (!dryRun) wanted.push('verify', 'finish');
    return wanted.map((name) => ({ name, title: phaseTitle(name, facts) }));
  },
  stages,
};

function phaseTitle(phase: string, { dryRun }: ApplyFacts): string {
  if (phase === 'capture') return 'capture objects';
  if (phase === 'volumes') return 'move volumes';
  if (phase === 'apply') return dryRun ? 'server-side dry run' : 'apply to the target';
  return phase === 'finish' ? 'clean up' : phase;
}

/** With `facts.plan` the beginning is the same as without, so that a place in it stays valid when the plan is found. */
function stages(facts: ApplyFacts): readonly Stage[] {
  const { held, plan, dryRun } = facts;
  const step = stepsOf<MigrateAction>(facts, (phase) => phaseTitle(phase, facts));
  const opening = [
    // A run without its approval ends before a cluster is asked anything.
    alone({
      ...step('preflight', '', ['open-run', ...(held ? (['check-approval'] as const) : []), 'check-clusters']),
      onFailure: 'ends',
    }),
    alone(step('capture/objects', 'namespaced objects', ['capture-objects'])),
    alone(step('capture/cluster', 'cluster-scoped dependencies', ['capture-dependencies'])),
    alone(step('capture/index', 'index', ['merge-capture'])),
    ...planStages(step, held),
  ];
  if (plan === undefined) return opening;
  if (dryRun) {
    return [...opening, dryRunStage(step)];
  }
  return [
    ...opening,
    ...(plan.claims.length > 0 ? volumeStages(step, { ...facts, plan }) : []),
    alone(step('apply/recovery-point', 'recovery point', ['commit'])),
    ...applyGroupStages(step, plan),
    alone(step('verify', '', ['verify'])),
    { ...alone({ ...step('finish', '', finishActions(plan)), onFailure: 'ends' }), final: true },
  ];
}

function volumeStages(
  step: MakeStep<MigrateAction>,
  facts: ApplyFacts & { readonly plan: PlanFacts }
): readonly Stage[] {
  return [...takingStages(step, facts), eachClaim<MigrateAction>(step, facts, { does: 'fill', title: 'restore' })];
}

/** What cannot be cleaned up makes the run partial; the application is where it should be. */
function finishActions({ claims, appliers = false }: PlanFacts): readonly MigrateAction[] {
  return [
    ...(claims.length > 0 ? (['clean-source', 'release-volumes', 'leave-namespaces'] as const) : []),
    ...(appliers ? (['give-fields-back'] as const) : []),
  ];
}
