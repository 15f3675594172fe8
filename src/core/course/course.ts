import { phaseNames } from '../run/events.ts';
import type { PhaseName } from '../run/events.ts';
import { plural } from '../run/format.ts';

/** What the course of a migration depends on. `plan` comes on the way; until then the course ends with planning. */
export interface CourseFacts {
  readonly dryRun: boolean;
  /** False where the volumes are left out by the file. */
  readonly volumes: boolean;
  readonly hooks: { readonly pre: boolean; readonly post: boolean };
  readonly onFailure: 'rollback' | 'keep';
  /** Claims on their way at the same time. */
  readonly parallel: number;
  readonly landfallNamespace: string;
  /** The run is held to an approved plan. */
  readonly held: boolean;
  readonly plan?: PlanFacts;
}

/** What the plan says about the course; a subset of the stored plan (src/core/migration/contract.ts). */
export interface PlanFacts {
  readonly claims: readonly ClaimFacts[];
  readonly waves: readonly WaveFacts[];
  /** Somebody applies objects of it server-side: their fields are given back once nothing is undone any more. */
  readonly appliers?: boolean;
}

interface ClaimFacts {
  readonly namespace: string;
  readonly name: string;
  readonly targetNamespace: string;
}

interface WaveFacts {
  readonly name: string;
  readonly objects: number;
  /** The wave in which the filled volumes become the application's claims. */
  readonly claims: boolean;
  /** The last one: touches only what the run made before. */
  readonly settle: boolean;
}

/** What an act does. The workflow has one function for each (workflows/migrate/deeds.ts). */
export type Deed =
  | 'open-run'
  | 'check-approval'
  | 'check-clusters'
  | 'capture-objects'
  | 'capture-dependencies'
  | 'merge-capture'
  | 'plan'
  | 'hold-to-plan'
  | 'prepare-volumes'
  | 'freeze'
  | 'snapshot'
  | 'thaw'
  | 'upload'
  | 'fill'
  | 'commit'
  | 'hand-over'
  | 'apply'
  | 'await'
  | 'settle'
  | 'rehearse'
  | 'verify'
  | 'clean-source'
  | 'commit-hand-over'
  | 'leave-namespaces'
  | 'give-fields-back';

/** What undoes an act. The workflow has one function for each. */
export type Undo =
  'remove-namespaces' | 'thaw' | 'remove-source-volumes' | 'remove-target-volume' | 'undo-hand-over' | 'remove-objects';

/** The smallest part of a course: the workflow does it as a whole, and undoes it as a whole. */
export interface Act {
  readonly does: Deed;
  /** Index of the claim or wave of the plan; 0 where there is none. */
  readonly item: number;
  /** Registered as a compensation before the act is done. Absent: it changes nothing that has to be undone. */
  readonly undo?: { readonly by: Undo; readonly title: string };
  /** Done also when an act before it in the step failed or was stopped, and not cancellable: the thaw. */
  readonly always?: true;
  /** The compensation that is no longer owed once this act is done. */
  readonly discharges?: Undo;
}

/** Acts in their order. A step whose id is its phase has no line of its own: the phase tells it. */
export interface Step {
  readonly id: string;
  readonly phase: PhaseName;
  readonly title: string;
  readonly acts: readonly Act[];
  /** With `onFailure: keep` it waits for a person when it failed for good. */
  readonly keeps: boolean;
}

/** Steps that may be on their way at the same time; the next stage begins when all of them are done. */
export interface Stage {
  readonly phase: PhaseName;
  readonly steps: readonly Step[];
  readonly parallel: number;
  /** True from the point of no return on: nothing is undone any more, and a cancel comes too late. */
  readonly final: boolean;
}

/** Phases a run will have, in their order, known before it begins. */
export function phasesOf({ dryRun, volumes }: Pick<CourseFacts, 'dryRun' | 'volumes'>): readonly PhaseName[] {
  const without = new Set<PhaseName>(['undo']);
  if (dryRun || !volumes) without.add('volumes');
  if (dryRun) without.add('verify').add('finish');
  return phaseNames.filter((phase) => !without.has(phase));
}

/** What people read as the title of a phase. */
export function phaseTitle(phase: PhaseName, { dryRun }: Pick<CourseFacts, 'dryRun'>): string {
  const titles: Record<PhaseName, string> = {
    preflight: 'preflight',
    capture: 'capture objects',
    plan: 'plan',
    volumes: 'move volumes',
    apply: dryRun ? 'server-side dry run' : 'apply to the target',
    verify: 'verify',
    finish: 'clean up',
    undo: 'undo',
  };
  return titles[phase];
}

/**
 * The course of a migration: its stages in order. With `facts.plan` the beginning is the same as without, so that a
 * place in the course stays valid when the plan is found.
 */
export function courseOf(facts: CourseFacts): readonly Stage[] {
  const opening = [
    alone({ ...whole('preflight', facts, openingActs(facts)), keeps: false }),
    alone(step('capture/objects', 'namespaced objects', ['capture-objects'])),
    alone(step('capture/cluster', 'cluster-scoped dependencies', ['capture-dependencies'])),
    alone(step('capture/index', 'index', ['merge-capture'])),
    alone(step('plan/objects', 'transform and order', ['plan'])),
    // What the approval is bound to cannot be tried again: another plan needs another approval.
    ...(facts.held
      ? [alone({ ...step('plan/held', 'compare with the approved plan', ['hold-to-plan']), keeps: false })]
      : []),
  ];
  const { plan } = facts;
  if (plan === undefined) return opening;
  if (facts.dryRun) return [...opening, rehearsal(facts, plan)];
  return [
    ...opening,
    ...(plan.claims.length > 0 ? volumeStages(facts, plan) : []),
    alone(step('apply/recovery-point', 'recovery point', ['commit'])),
    ...plan.waves.map((wave, item) => alone(wave.settle ? settleStep(wave, item) : waveStep(wave, item, plan))),
    alone(whole('verify', facts, ['verify'])),
    { ...alone(finishStep(facts, plan)), final: true },
  ];
}

/** A run without its approval ends before a cluster is asked anything. */
function openingActs({ held }: CourseFacts): readonly Deed[] {
  return held ? ['open-run', 'check-approval', 'check-clusters'] : ['open-run', 'check-clusters'];
}

function volumeStages(facts: CourseFacts, { claims }: PlanFacts): readonly Stage[] {
  const { parallel, landfallNamespace } = facts;
  const prepare = step('volumes/prepare', 'Landfall namespaces and volume repository', [
    undoable('prepare-volumes', 0, 'remove-namespaces', `clear the namespace ${landfallNamespace} on both sides`),
  ]);
  const uploads = claims.map(({ namespace, name }, item) =>
    // What an upload makes on the source is undone with the snapshots.
    step(`volumes/upload/${namespace}/${name}`, `upload ${namespace}/${name}`, [{ does: 'upload', item }])
  );
  const fills = claims.map(({ namespace, name, targetNamespace }, item) => {
    const title = `delete the new volume of ${targetNamespace}/${name} from the target`;
    return step(`volumes/fill/${namespace}/${name}`, `restore ${namespace}/${name}`, [
      undoable('fill', item, 'remove-target-volume', title),
    ]);
  });
  return [
    alone(prepare),
    alone(snapshotStep(facts, claims.length)),
    { phase: 'volumes', steps: uploads, parallel, final: false },
    { phase: 'volumes', steps: fills, parallel, final: false },
  ];
}

/**
 * The freeze: pre hooks, snapshots, post hooks. The thaw is done whatever happens, and owed from before the freeze
 * until it is done: where it fails for good it is tried again among the compensations.
 */
function snapshotStep({ hooks }: CourseFacts, claims: number): Step {
  const title = `delete ${claims} snapshots and temporary claims from the source`;
  const acts: Act[] = [undoable('snapshot', 0, 'remove-source-volumes', title)];
  if (hooks.pre) {
    acts.unshift(
      hooks.post
        ? undoable('freeze', 0, 'thaw', 'run the post hooks on the source (it is frozen)')
        : { does: 'freeze', item: 0 }
    );
  }
  if (hooks.post) acts.push({ does: 'thaw', item: 0, always: true, discharges: 'thaw' });
  return step('volumes/snapshots', 'snapshots', acts);
}

/** The filled volumes become the application's claims before anything that mounts them is made. */
function waveStep({ name, objects, claims }: WaveFacts, item: number, plan: PlanFacts): Step {
  const title = undoTitle(name, objects);
  const back = `unbind the volumes of ${plan.claims.length} claims`;
  return step(`apply/${name}`, name, [
    ...(claims && plan.claims.length > 0 ? [undoable('hand-over', item, 'undo-hand-over', back)] : []),
    undoable('apply', item, 'remove-objects', title),
    { does: 'await', item },
  ]);
}

/** What the run did of a wave may be nothing: objects that were there before are neither removed nor changed back. */
export function undoTitle(wave: string, objects: number): string {
  return `delete what this run created in wave ${wave} from the target (at most ${plural(objects, 'object')})`;
}

/** Only objects this run made are touched, and those go with their waves: nothing of its own to undo. */
function settleStep({ name }: WaveFacts, item: number): Step {
  return step(`apply/${name}`, 'owner references and deferred labels', [{ does: 'settle', item }]);
}

function rehearsal(facts: CourseFacts, { waves }: PlanFacts): Stage {
  const acts = waves.map((_, item) => ({ does: 'rehearse', item }) as const);
  return alone({ ...whole('apply', facts, acts), keeps: false });
}

/** What cannot be cleaned up is told and makes the run partial; the application is where it should be. */
function finishStep(facts: CourseFacts, { claims, appliers = false }: PlanFacts): Step {
  const acts: readonly Deed[] = [
    ...(claims.length > 0 ? (['clean-source', 'commit-hand-over', 'leave-namespaces'] as const) : []),
    ...(appliers ? (['give-fields-back'] as const) : []),
  ];
  return { ...whole('finish', facts, acts), keeps: false };
}

function undoable(does: Deed, item: number, by: Undo, title: string): Act {
  return { does, item, undo: { by, title } };
}

function step(id: string, title: string, acts: readonly (Deed | Act)[]): Step {
  const phase = id.slice(0, Math.max(0, id.indexOf('/'))) as PhaseName;
  return { id, phase, title, keeps: true, acts: acts.map(actOf) };
}

/** The one step of a phase that has no other. */
function whole(phase: PhaseName, facts: CourseFacts, acts: readonly (Deed | Act)[]): Step {
  return { id: phase, phase, title: phaseTitle(phase, facts), keeps: true, acts: acts.map(actOf) };
}

function actOf(act: Deed | Act): Act {
  return typeof act === 'string' ? { does: act, item: 0 } : act;
}

function alone(one: Step): Stage {
  return { phase: one.phase, steps: [one], parallel: 1, final: false };
}
