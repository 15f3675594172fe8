import { plural } from '../../core/run/format.ts';
import type { RunSpec } from '../../core/spec/spec.ts';
import type { ActionRow, CompensationRow, PlannedAction, RunTable, Stage, Step } from '../table.ts';
import { openingActions } from './opening.ts';
import { alone, stepsThat } from './steps.ts';

/** What the order of a migration depends on. `plan` is learned on the way; until then the run ends with planning. */
export interface MigrateFacts {
  readonly dryRun: boolean;
  /** False where the volumes are excluded by the file. */
  readonly volumes: boolean;
  readonly hooks: { readonly pre: boolean; readonly post: boolean };
  readonly onFailure: 'rollback' | 'keep';
  /** Claims under way at the same time. */
  readonly parallel: number;
  readonly landfallNamespace: string;
  /** The run is held to an approved plan. */
  readonly held: boolean;
  readonly plan?: PlanFacts;
}

/** What the specification says about the order. */
export function migrateFactsOf(spec: RunSpec, held: boolean): MigrateFacts {
  const { dryRun, onFailure, volumes, hooks, landfallNamespace } = spec;
  return {
    dryRun,
    volumes: volumes.mode !== 'none',
    hooks: { pre: hooks.pre.length > 0, post: hooks.post.length > 0 },
    onFailure,
    parallel: volumes.parallel,
    landfallNamespace,
    held,
  };
}

/** What the plan says about the order; a subset of the desired state. */
export interface PlanFacts {
  readonly claims: readonly { readonly namespace: string; readonly name: string; readonly targetNamespace: string }[];
  readonly applyGroups: readonly ApplyGroupFacts[];
  /** Somebody applies objects of it server-side: their fields are given back once nothing is undone any more. */
  readonly appliers?: boolean;
  /** The namespaces of the target held something when the plan was made; absent: nobody looked. */
  readonly targetHolds?: boolean;
}

interface ApplyGroupFacts {
  readonly name: string;
  readonly objects: number;
  /** The apply group in which the filled volumes become the application's claims. */
  readonly claims: boolean;
  /** The last one: touches only what the run made before. */
  readonly settle: boolean;
}

const actions = {
  ...openingActions,
  'check-approval': { does: 'finds the approval of the plan', activities: ['checkApproval'] },
  'hold-to-plan': { does: 'compares with the approved plan', activities: ['checkPlan'] },
  'prepare-volumes': {
    does: "makes Landfall's own namespaces and the repository",
    activities: ['prepareVolumes'],
    compensation: 'remove-namespaces',
  },
  freeze: {
    does: 'runs the pre hooks on the source',
    activities: ['runHooks'],
    // Without post hooks nobody can thaw it, and the file says so.
    compensation: ({ hooks }) => (hooks.post ? 'thaw' : undefined),
  },
  snapshot: {
    does: 'takes a snapshot of every claim',
    activities: ['snapshotClaims'],
    compensation: 'remove-source-volumes',
  },
  thaw: { does: 'runs the post hooks on the source', activities: ['runHooks'], always: true, supersedes: 'thaw' },
  // What it makes on the source goes with the snapshots.
  upload: { does: 'brings the data of a claim into the repository', activities: ['exposeClaim', 'uploadVolume'] },
  fill: {
    does: 'restores the data of a claim into a new volume on the target',
    activities: ['createTargetVolume', 'downloadVolume'],
    compensation: 'remove-target-volume',
  },
  commit: { does: 'writes the manifest: the recovery point exists', activities: ['commitRecoveryPoint'] },
  'bind-claims': {
    does: "makes the filled volumes the application's claims",
    activities: ['bindVolumes'],
    compensation: 'unbind-claims',
  },
  apply: { does: 'makes the objects of an apply group', activities: ['applyBatch'], compensation: 'remove-objects' },
  await: { does: 'waits until they are ready', activities: ['awaitApplyGroup'] },
  settle: { does: 'sets owners and late labels', activities: ['settleBatch'] },
  'dry-run': {
    does: 'asks the target about every object, in temporary namespaces where its own are not there yet',
    activities: ['prepareDryRun', 'dryRunBatch'],
    compensation: 'remove-temporary-namespaces',
  },
  'remove-temporary-namespaces': {
    does: 'removes the temporary namespaces',
    activities: ['removeDryRunNamespaces'],
    always: true,
    supersedes: 'remove-temporary-namespaces',
  },
  verify: { does: 'compares every object with the target', activities: ['verifyObjects'] },
  'clean-source': { does: 'removes what the move left on the source', activities: ['removeSourceVolumes'] },
  'release-volumes': { does: 'takes the marks of the run off the volumes', activities: ['releaseVolumes'] },
  'leave-namespaces': {
    does: "leaves Landfall's own namespaces",
    activities: ['removeNamespaces'],
    sweptBy: 'sweep-volumes',
  },
  'sweep-volumes': { does: 'deletes what has the label of the run', activities: ['sweepVolumes'] },
  'give-fields-back': { does: 'gives fields back to who applies them', activities: ['giveFieldsBack'] },
} as const satisfies Readonly<Record<string, ActionRow<MigrateFacts>>>;

export type MigrateAction = keyof typeof actions;

const compensations = {
  'remove-namespaces': {
    title: ({ landfallNamespace }) => `clear the namespace ${landfallNamespace} on both sides`,
    activities: ['removeNamespaces'],
    sweptBy: 'sweep-volumes',
  },
  thaw: {
    title: () => 'run the post hooks on the source (it is frozen)',
    activities: ['thawSource'],
    until: { source: 'frozen' },
  },
  'remove-source-volumes': {
    title: ({ plan }) => `delete ${plan?.claims.length ?? 0} snapshots and temporary claims from the source`,
    activities: ['removeSourceVolumes'],
  },
  'remove-target-volume': {
    title: ({ plan }, item) => {
      const { targetNamespace = '', name = '' } = plan?.claims[item] ?? {};
      return `delete the new volume of ${targetNamespace}/${name} from the target`;
    },
    activities: ['removeTargetVolumes'],
  },
  'unbind-claims': {
    title: ({ plan }) => `unbind the volumes of ${plan?.claims.length ?? 0} claims`,
    activities: ['unbindVolumes'],
  },
  'remove-temporary-namespaces': {
    title: () => 'remove the temporary namespaces from the target',
    activities: ['removeDryRunNamespaces'],
    release: true,
  },
  'remove-objects': {
    title: ({ plan }, item) => {
      const { name = '', objects = 0 } = plan?.applyGroups[item] ?? {};
      // What the run did of an apply group may be nothing: objects that were there before are neither removed nor changed back.
      return `delete what this run created in apply group ${name} from the target (at most ${plural(objects, 'object')})`;
    },
    activities: ['undoBatch'],
    until: { target: 'occupied' },
  },
} as const satisfies Readonly<Record<string, CompensationRow<MigrateFacts>>>;

export type MigrateCompensation = keyof typeof compensations;

/**
 * A migration. Read `stages` for its order; what undoes what stands in the rows above; the point of no return is the
 * stage `finish`.
 */
export const migrateTable: RunTable<MigrateFacts, MigrateAction, MigrateCompensation> = {
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

function targetBefore(plan: PlanFacts | undefined): 'unknown' | 'empty' | 'occupied' {
  if (plan?.targetHolds === undefined) return 'unknown';
  return plan.targetHolds ? 'occupied' : 'empty';
}

function phaseTitle(phase: string, { dryRun }: MigrateFacts): string {
  if (phase === 'capture') return 'capture objects';
  if (phase === 'volumes') return 'move volumes';
  if (phase === 'apply') return dryRun ? 'server-side dry run' : 'apply to the target';
  return phase === 'finish' ? 'clean up' : phase;
}

/** With `facts.plan` the beginning is the same as without, so that a place in it stays valid when the plan is found. */
function stages(facts: MigrateFacts): readonly Stage[] {
  const { held, plan, dryRun } = facts;
  const step = steps(facts);
  const opening = [
    // A run without its approval ends before a cluster is asked anything.
    alone({
      ...step('preflight', '', ['open-run', ...(held ? (['check-approval'] as const) : []), 'check-clusters']),
      onFailure: 'ends',
    }),
    alone(step('capture/objects', 'namespaced objects', ['capture-objects'])),
    alone(step('capture/cluster', 'cluster-scoped dependencies', ['capture-dependencies'])),
    alone(step('capture/index', 'index', ['merge-capture'])),
    alone(step('plan/objects', 'transform and order', ['plan'])),
    // What the approval is bound to cannot be tried again: another plan needs another approval.
    ...(held
      ? [
          alone({
            ...step('plan/held', 'compare with the approved plan', ['hold-to-plan']),
            onFailure: 'ends' as const,
          }),
        ]
      : []),
  ];
  if (plan === undefined) return opening;
  if (dryRun) {
    const asked = alone({ ...step('apply', '', ['dry-run', 'remove-temporary-namespaces']), onFailure: 'ends' });
    return [...opening, asked];
  }
  return [
    ...opening,
    ...(plan.claims.length > 0 ? volumeStages(facts, plan) : []),
    alone(step('apply/recovery-point', 'recovery point', ['commit'])),
    ...plan.applyGroups.map((applyGroup, item) => ({
      ...alone(
        step(
          `apply/${applyGroup.name}`,
          applyGroup.settle ? 'owner references and deferred labels' : applyGroup.name,
          applyGroupActions(applyGroup, item, plan)
        )
      ),
      reached: item === plan.applyGroups.length - 1 ? { target: 'serving' as const } : {},
    })),
    alone(step('verify', '', ['verify'])),
    { ...alone({ ...step('finish', '', finishActions(plan)), onFailure: 'ends' }), final: true },
  ];
}

function volumeStages(facts: MigrateFacts, { claims }: PlanFacts): readonly Stage[] {
  const { parallel, hooks } = facts;
  const step = steps(facts);
  const each = (does: 'upload' | 'fill', title: string): Stage => ({
    phase: 'volumes',
    steps: claims.map(({ namespace, name }, item) =>
      step(`volumes/${does}/${namespace}/${name}`, `${title} ${namespace}/${name}`, [{ name: does, item }])
    ),
    parallel,
    final: false,
  });
  return [
    alone(step('volumes/prepare', 'Landfall namespaces and volume repository', ['prepare-volumes'])),
    alone(
      step('volumes/snapshots', 'snapshots', [
        ...(hooks.pre ? (['freeze'] as const) : []),
        'snapshot',
        ...(hooks.post ? (['thaw'] as const) : []),
      ])
    ),
    each('upload', 'upload'),
    each('fill', 'restore'),
  ];
}

/** The filled volumes become the application's claims before anything that mounts them is made. */
function applyGroupActions({ claims, settle }: ApplyGroupFacts, item: number, plan: PlanFacts): readonly Planned[] {
  if (settle) return [{ name: 'settle', item }];
  const bind: readonly Planned[] = claims && plan.claims.length > 0 ? [{ name: 'bind-claims', item }] : [];
  return [...bind, { name: 'apply', item }, { name: 'await', item }];
}

/** What cannot be cleaned up makes the run partial; the application is where it should be. */
function finishActions({ claims, appliers = false }: PlanFacts): readonly MigrateAction[] {
  return [
    ...(claims.length > 0 ? (['clean-source', 'release-volumes', 'leave-namespaces'] as const) : []),
    ...(appliers ? (['give-fields-back'] as const) : []),
  ];
}

type Planned = PlannedAction & { readonly name: MigrateAction };

/** Makes steps of a run: `waits` where the file keeps a failed step for a person. */
function steps(facts: MigrateFacts) {
  const make = stepsThat<MigrateAction>(facts.onFailure === 'keep' ? 'waits' : 'ends');
  return (id: string, title: string, wanted: readonly (MigrateAction | Planned)[]): Step =>
    make(id, id.includes('/') ? title : phaseTitle(id, facts), wanted);
}
