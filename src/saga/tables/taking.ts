import type { ActionRow, CompensationRow, Stage } from '../table.ts';
import { alone, type MakeStep } from './steps.ts';

/** What the way of data out of the claims of a source depends on. */
export interface TakingFacts {
  readonly hooks: { readonly pre: boolean; readonly post: boolean };
  /** Claims under way at the same time. */
  readonly parallel: number;
  readonly landfallNamespace: string;
  readonly plan?: { readonly claims: readonly PlannedClaim[] };
}

interface PlannedClaim {
  readonly namespace: string;
  readonly name: string;
}

/** Facts once the claims are known. */
type Known = TakingFacts & { readonly plan: NonNullable<TakingFacts['plan']> };

/** The places Landfall works in for the sake of volumes, on whichever clusters a run has. */
export const placeActions = {
  'prepare-volumes': {
    does: "makes Landfall's own namespaces and the repository",
    activities: ['prepareVolumes'],
    compensation: 'remove-namespaces',
  },
  'leave-namespaces': {
    does: "leaves Landfall's own namespaces",
    activities: ['removeNamespaces'],
    sweptBy: 'sweep-volumes',
  },
  'sweep-volumes': { does: 'deletes what has the label of the run', activities: ['sweepVolumes'] },
} as const satisfies Readonly<Record<string, ActionRow<TakingFacts>>>;

/** What undoes `prepare-volumes`; `where` names the clusters of the run. */
export function leavingNamespaces(where: string) {
  return {
    title: ({ landfallNamespace }: TakingFacts) => `clear the namespace ${landfallNamespace} ${where}`,
    activities: ['removeNamespaces'],
    sweptBy: 'sweep-volumes',
  } as const satisfies CompensationRow<TakingFacts>;
}

/** From the freeze of an application to the recovery point: what every run does that takes the data of claims. */
export const takingActions = {
  freeze: {
    does: 'runs the pre hooks on the source',
    activities: ['runHooks'],
    // Without post hooks nobody can thaw it, and the file says so.
    compensation: ({ hooks }: TakingFacts) => (hooks.post ? 'thaw' : undefined),
  },
  snapshot: {
    does: 'takes a snapshot of every claim',
    activities: ['snapshotClaims'],
    compensation: 'remove-source-volumes',
  },
  thaw: { does: 'runs the post hooks on the source', activities: ['runHooks'], always: true, supersedes: 'thaw' },
  // What it makes on the source goes with the snapshots.
  upload: { does: 'brings the data of a claim into the repository', activities: ['exposeClaim', 'uploadVolume'] },
  commit: { does: 'writes the manifest: the recovery point exists', activities: ['commitRecoveryPoint'] },
  'clean-source': { does: 'removes what the run left on the source', activities: ['removeSourceVolumes'] },
} as const satisfies Readonly<Record<string, ActionRow<TakingFacts>>>;

export const takingCompensations = {
  thaw: {
    title: () => 'run the post hooks on the source (it is frozen)',
    activities: ['thawSource'],
    until: { source: 'frozen' },
  },
  'remove-source-volumes': {
    title: ({ plan }: TakingFacts) =>
      `delete ${plan?.claims.length ?? 0} snapshots and temporary claims from the source`,
    activities: ['removeSourceVolumes'],
  },
} as const satisfies Readonly<Record<string, CompensationRow<TakingFacts>>>;

/** The stages that bring the data of the claims into the repository. */
export function takingStages(
  step: MakeStep<'prepare-volumes' | 'freeze' | 'snapshot' | 'thaw' | 'upload'>,
  facts: Known
): readonly Stage[] {
  const { hooks } = facts;
  return [
    alone(step('volumes/prepare', 'Landfall namespaces and volume repository', ['prepare-volumes'])),
    alone(
      step('volumes/snapshots', 'snapshots', [
        ...(hooks.pre ? (['freeze'] as const) : []),
        'snapshot',
        ...(hooks.post ? (['thaw'] as const) : []),
      ])
    ),
    eachClaim(step, facts, { does: 'upload', title: 'upload' }),
  ];
}

/** A step a claim, several at the same time. */
export function eachClaim<Action extends string>(
  step: MakeStep<Action>,
  { parallel, plan }: Known,
  { does, title }: { readonly does: Action; readonly title: string }
): Stage {
  return {
    phase: 'volumes',
    steps: plan.claims.map(({ namespace, name }, item) =>
      step(`volumes/${does}/${namespace}/${name}`, `${title} ${namespace}/${name}`, [{ name: does, item }])
    ),
    parallel,
    final: false,
  };
}
