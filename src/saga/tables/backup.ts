import type { RunSpec } from '../../core/spec/spec.ts';
import type { ActionRow, RunTable, Stage } from '../table.ts';
import { openingActions } from './opening.ts';
import { alone, stepsOf } from './steps.ts';
import {
  leavingNamespaces,
  placeActions,
  takingActions,
  takingCompensations,
  takingStages,
  type TakingFacts,
} from './taking.ts';

/** What the order of a backup depends on. `plan` is learned on the way; until then the run ends with it. */
export interface BackupFacts extends TakingFacts {
  /** False where the volumes are excluded by the file. */
  readonly volumes: boolean;
  readonly onFailure: 'rollback' | 'keep';
}

/** What the specification says about the order. */
export function backupFactsOf({ onFailure, volumes, hooks, landfallNamespace }: RunSpec): BackupFacts {
  return {
    volumes: volumes.mode !== 'none',
    hooks: { pre: hooks.pre.length > 0, post: hooks.post.length > 0 },
    parallel: volumes.parallel,
    ...{ onFailure, landfallNamespace },
  };
}

const { plan: _, ...opening } = openingActions;

const actions = {
  ...opening,
  'check-clusters': { does: 'asks the source who it is and what it allows', activities: ['preflightSource'] },
  'plan-claims': {
    does: 'decides for every claim how its data is taken',
    activities: ['planClaims'],
    learns: true,
  },
  ...placeActions,
  ...takingActions,
} as const satisfies Readonly<Record<string, ActionRow<BackupFacts>>>;

export type BackupAction = keyof typeof actions;

const compensations = { 'remove-namespaces': leavingNamespaces('on the source'), ...takingCompensations } as const;

export type BackupCompensation = keyof typeof compensations;

/**
 * Writes a scope of one cluster into a recovery point. Read `stages` for its order. Once the manifest is there, nothing is
 * undone any more: what is left is to remove what the run needed on the source.
 */
export const backupTable: RunTable<BackupFacts, BackupAction, BackupCompensation> = {
  kind: 'backup',
  actions,
  compensations,
  sides: () => ({ source: 'serving', target: 'unknown' }),
  phases: ({ volumes }) => {
    const wanted = ['preflight', 'capture', ...(volumes ? ['volumes'] : []), 'commit', 'finish'];
    return wanted.map((name) => ({ name, title: titles[name] ?? name }));
  },
  stages,
};

const titles: Readonly<Record<string, string>> = {
  capture: 'capture objects',
  volumes: 'copy volumes',
  commit: 'commit the recovery point',
  finish: 'clean up',
};

/** With `facts.plan` the beginning is the same as without, so that a place in it stays valid when the plan is found. */
function stages(facts: BackupFacts): readonly Stage[] {
  const { plan } = facts;
  const step = stepsOf<BackupAction>(facts, (phase) => titles[phase] ?? phase);
  const begin = [
    alone({ ...step('preflight', '', ['open-run', 'check-clusters']), onFailure: 'ends' as const }),
    alone(step('capture/objects', 'namespaced objects', ['capture-objects'])),
    alone(step('capture/cluster', 'cluster-scoped dependencies', ['capture-dependencies'])),
    alone(step('capture/index', 'index', ['merge-capture'])),
    alone(step('capture/claims', 'claims and their data', ['plan-claims'])),
  ];
  if (plan === undefined) return begin;
  const takes = plan.claims.length > 0;
  const cleaning = takes ? (['clean-source', 'leave-namespaces'] as const) : [];
  return [
    ...begin,
    ...(takes ? takingStages(step, { ...facts, plan }) : []),
    alone(step('commit', '', ['commit'])),
    // What cannot be cleaned up makes the run partial; the recovery point is whole.
    { ...alone({ ...step('finish', '', cleaning), onFailure: 'ends' }), final: true },
  ];
}
