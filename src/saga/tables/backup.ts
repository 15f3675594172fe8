import type { RunSpec } from '../../core/spec/spec.ts';
import type { ActionRow, RunTable, Stage, Step } from '../table.ts';
import { openingActions } from './opening.ts';
import { alone, stepsOf, type MakeStep } from './steps.ts';
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
  /** Names of the other Locations that the point is copied to; absent: none. */
  readonly copies?: readonly string[];
}

/** What the specification says about the order. */
export function backupFactsOf({ onFailure, volumes, hooks, landfallNamespace, copies }: RunSpec): BackupFacts {
  return {
    volumes: volumes.mode !== 'none',
    hooks: { pre: hooks.pre.length > 0, post: hooks.post.length > 0 },
    parallel: volumes.parallel,
    ...{ onFailure, landfallNamespace },
    ...(copies === undefined ? {} : { copies: copies.to.map(({ location }) => location.name) }),
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
  'check-copies': { does: 'looks whether the other Locations can hold the point', activities: ['checkCopies'] },
  // What a Location does not take is content without a manifest there: the next copy goes on with it.
  'copy-point': { does: 'copies the recovery point to another Location, and reads it back', activities: ['copyPoint'] },
  'judge-copies': { does: 'counts the copies that were verified', activities: [] },
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
  phases: ({ volumes, copies }) => {
    const wanted = [
      'preflight',
      'capture',
      ...(volumes ? ['volumes'] : []),
      'commit',
      ...(copies === undefined ? [] : ['copies']),
      'finish',
    ];
    return wanted.map((name) => ({ name, title: titles[name] ?? name }));
  },
  stages,
};

const titles: Readonly<Record<string, string>> = {
  capture: 'capture objects',
  volumes: 'copy volumes',
  commit: 'commit the recovery point',
  copies: 'copy the recovery point',
  finish: 'clean up',
};

/** With `facts.plan` the beginning is the same as without, so that a place in it stays valid when the plan is found. */
function stages(facts: BackupFacts): readonly Stage[] {
  const { plan } = facts;
  const step = stepsOf<BackupAction>(facts, (phase) => titles[phase] ?? phase);
  const looking = [
    'open-run',
    'check-clusters',
    ...(facts.copies === undefined ? [] : (['check-copies'] as const)),
  ] as const;
  const begin = [
    alone({ ...step('preflight', '', looking), onFailure: 'ends' as const }),
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
    ...copyStages(step, facts),
    // What cannot be cleaned up makes the run partial; the recovery point is whole.
    { ...alone({ ...step('finish', '', cleaning), onFailure: 'ends' }), final: true },
  ];
}

/** How many Locations are sent to at the same time. */
const parallelCopies = 2;

/** Past the point of no return: one that fails is noted, the others are tried, and too few of them make the run partial. */
function copyStages(step: MakeStep<BackupAction>, { copies }: BackupFacts): readonly Stage[] {
  if (copies === undefined) return [];
  const steps = copies.map((name, item): Step => {
    const copy = step(`copies/${name}`, `to ${name}`, [{ name: 'copy-point', item }]);
    return { ...copy, onFailure: 'noted' };
  });
  const judged: Step = { ...step('copies/count', 'count the copies', ['judge-copies']), onFailure: 'ends' };
  return [
    { phase: 'copies', steps, parallel: parallelCopies, final: true },
    { ...alone(judged), final: true },
  ];
}
