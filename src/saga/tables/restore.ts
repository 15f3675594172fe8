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
import { openingActions, pointActions } from './opening.ts';
import { alone, stepsOf } from './steps.ts';
import { eachClaim, leavingNamespaces } from './taking.ts';

const { 'open-run': openRun, plan } = openingActions;

const actions = {
  ...applyingActions,
  'open-run': openRun,
  ...pointActions,
  plan,
  'prepare-volumes': { ...applyingActions['prepare-volumes'], does: "makes Landfall's own namespace on the target" },
} as const satisfies Readonly<Record<string, ActionRow<ApplyFacts>>>;

export type RestoreAction = keyof typeof actions;

const compensations = {
  ...applyingCompensations,
  'remove-namespaces': leavingNamespaces('on the target'),
} as const satisfies Readonly<Record<string, CompensationRow<ApplyFacts>>>;

export type RestoreCompensation = keyof typeof compensations;

/**
 * A restore: a migration that begins at a recovery point. No cluster but the target is asked, and nothing is frozen; the
 * point of no return is the stage `finish`.
 */
export const restoreTable: RunTable<ApplyFacts, RestoreAction, RestoreCompensation> = {
  kind: 'restore',
  actions,
  compensations,
  // The cluster that was captured may be gone: nobody looks.
  sides: (facts) => ({ source: 'unknown', target: targetBefore(facts.plan) }),
  phases: (facts) => {
    const { dryRun, volumes } = facts;
    const wanted = ['preflight', 'plan'];
    if (!dryRun && volumes) wanted.push('volumes');
    wanted.push('apply');
    if (!dryRun) wanted.push('verify', 'finish');
    return wanted.map((name) => ({ name, title: phaseTitle(name, facts) }));
  },
  stages,
};

function phaseTitle(phase: string, { dryRun }: ApplyFacts): string {
  if (phase === 'volumes') return 'restore volumes';
  if (phase === 'apply') return dryRun ? 'server-side dry run' : 'apply to the target';
  return phase === 'finish' ? 'clean up' : phase;
}

/** With `facts.plan` the beginning is the same as without, so that a place in it stays valid when the plan is found. */
function stages(facts: ApplyFacts): readonly Stage[] {
  const { held, plan: planned, dryRun } = facts;
  const step = stepsOf<RestoreAction>(facts, (phase) => phaseTitle(phase, facts));
  const approved = held ? (['check-approval'] as const) : [];
  const opening = [
    alone({ ...step('preflight', '', ['open-run', ...approved, 'open-point', 'check-target']), onFailure: 'ends' }),
    ...planStages(step, held),
  ];
  if (planned === undefined) return opening;
  if (dryRun) return [...opening, dryRunStage(step)];
  const prepare = alone(step('volumes/prepare', 'Landfall namespace', ['prepare-volumes']));
  const fill = eachClaim<RestoreAction>(step, { ...facts, plan: planned }, { does: 'fill', title: 'restore' });
  return [
    ...opening,
    ...(planned.claims.length > 0 ? [prepare, fill] : []),
    ...applyGroupStages(step, planned),
    alone(step('verify', '', ['verify'])),
    { ...alone({ ...step('finish', '', finishActions(planned)), onFailure: 'ends' }), final: true },
  ];
}

/** What cannot be cleaned up makes the run partial; the application is where it should be. */
function finishActions({ claims, appliers = false }: PlanFacts): readonly RestoreAction[] {
  return [
    ...(claims.length > 0 ? (['release-volumes', 'leave-namespaces'] as const) : []),
    ...(appliers ? (['give-fields-back'] as const) : []),
  ];
}
