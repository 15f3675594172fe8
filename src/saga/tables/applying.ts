import { plural } from '../../core/run/format.ts';
import type { RunSpec } from '../../core/spec/spec.ts';
import type { ActionRow, CompensationRow, Stage } from '../table.ts';
import { alone, type MakeStep, type Planned } from './steps.ts';
import { leavingNamespaces, placeActions, type TakingFacts } from './taking.ts';

/** What the order of a run that applies something depends on. `plan` is learned on the way; until then the run ends with planning. */
export interface ApplyFacts extends TakingFacts {
  readonly dryRun: boolean;
  /** False where the volumes are excluded by the file. */
  readonly volumes: boolean;
  readonly onFailure: 'rollback' | 'keep';
  /** The run is held to an approved plan. */
  readonly held: boolean;
  readonly plan?: PlanFacts;
}

/** What the specification says about the order. */
export function applyFactsOf(spec: RunSpec, held: boolean): ApplyFacts {
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

/** What every run does that brings objects and volumes to a target, wherever they come from. */
export const applyingActions = {
  'check-approval': { does: 'finds the approval of the plan', activities: ['checkApproval'] },
  'hold-to-plan': { does: 'compares with the approved plan', activities: ['checkPlan'] },
  ...placeActions,
  fill: {
    does: 'restores the data of a claim into a new volume on the target',
    activities: ['createTargetVolume', 'downloadVolume'],
    compensation: 'remove-target-volume',
  },
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
  'release-volumes': { does: 'takes the marks of the run off the volumes', activities: ['releaseVolumes'] },
  'give-fields-back': { does: 'gives fields back to who applies them', activities: ['giveFieldsBack'] },
} as const satisfies Readonly<Record<string, ActionRow<ApplyFacts>>>;

export const applyingCompensations = {
  'remove-namespaces': leavingNamespaces('on both sides'),
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
} as const satisfies Readonly<Record<string, CompensationRow<ApplyFacts>>>;

/** What the target is before the run has done anything. */
export function targetBefore(plan: PlanFacts | undefined): 'unknown' | 'empty' | 'occupied' {
  if (plan?.targetHolds === undefined) return 'unknown';
  return plan.targetHolds ? 'occupied' : 'empty';
}

type ApplyingAction = keyof typeof applyingActions;

/** One step after the other brings the objects of an apply group to the target; after the last one it serves. */
export function applyGroupStages(step: MakeStep<ApplyingAction>, plan: PlanFacts): readonly Stage[] {
  return plan.applyGroups.map((applyGroup, item) => ({
    ...alone(
      step(
        `apply/${applyGroup.name}`,
        applyGroup.settle ? 'owner references and deferred labels' : applyGroup.name,
        applyGroupActions(applyGroup, item, plan)
      )
    ),
    reached: item === plan.applyGroups.length - 1 ? { target: 'serving' as const } : {},
  }));
}

/** The filled volumes become the application's claims before anything that mounts them is made. */
function applyGroupActions(
  { claims, settle }: ApplyGroupFacts,
  item: number,
  plan: PlanFacts
): readonly Planned<ApplyingAction>[] {
  if (settle) return [{ name: 'settle', item }];
  const bind: readonly Planned<ApplyingAction>[] =
    claims && plan.claims.length > 0 ? [{ name: 'bind-claims', item }] : [];
  return [...bind, { name: 'apply', item }, { name: 'await', item }];
}

/** The plan, and whether it is the approved one. */
export function planStages(step: MakeStep<'plan' | 'hold-to-plan'>, held: boolean): readonly Stage[] {
  const plan = alone(step('plan/objects', 'transform and order', ['plan']));
  if (!held) return [plan];
  // What the approval is bound to cannot be tried again: another plan needs another approval.
  const compared = step('plan/held', 'compare with the approved plan', ['hold-to-plan']);
  return [plan, alone({ ...compared, onFailure: 'ends' })];
}

/** Asks the target about everything and writes nothing; the run ends with it. */
export function dryRunStage(step: MakeStep<ApplyingAction>): Stage {
  return alone({ ...step('apply', '', ['dry-run', 'remove-temporary-namespaces']), onFailure: 'ends' });
}
