import { isBuiltInGroup } from '../graph/groups.ts';
import { parseApiVersion, type ApiResource, type ObjectRef } from '../resource.ts';
import type { ScopeSpec } from '../spec/spec.ts';
import { decideKind } from './decide-kind.ts';
import { excluded, taken, type Decision } from './decision.ts';
import type { ObjectHead, OwnerReference } from './head.ts';

/**
 * What is known of an owner: taken along, excluded by a rule (`out` where the rule is not known), gone from the source,
 * or not known yet.
 */
export type OwnerState = 'in' | 'out' | 'gone' | 'unknown' | { readonly rule: string; readonly reason: string };

export interface OwnerContext {
  /** Kinds the source serves. */
  readonly resources: readonly ApiResource[];
  /** What the caller knows of an owner, e.g. from an index by uid. Absent: judged by the owner's kind alone. */
  readonly ownerState?: (owner: OwnerReference, ref: ObjectRef) => OwnerState;
}

/** Built-in controllers and what each makes again by itself. */
const remade: Readonly<Record<string, readonly string[]>> = {
  'apps/Deployment': ['ReplicaSet'],
  'apps/ReplicaSet': ['Pod'],
  'apps/StatefulSet': ['Pod', 'ControllerRevision'],
  'apps/DaemonSet': ['Pod', 'ControllerRevision'],
  '/ReplicationController': ['Pod'],
  'batch/Job': ['Pod', 'Workload', 'PodGroup'],
  'batch/CronJob': ['Job'],
  '/Service': ['EndpointSlice', 'Endpoints'],
  '/Endpoints': ['EndpointSlice'],
  // A populator fills a claim of its own (`prime-UID`) and gives the volume to the one that owns it (CDI).
  '/PersistentVolumeClaim': ['PersistentVolumeClaim'],
  // A generic ephemeral volume (KEP-1698) and a claim of devices (KEP-4381) live and die with their pod.
  // The CSI driver of cert-manager asks for a certificate for each pod that mounts one.
  '/Pod': ['PersistentVolumeClaim', 'ResourceClaim', 'PodMetrics', 'CertificateRequest'],
};

/** Controllers that are custom resources, and what each makes again beside the kinds any controller does. */
const remadeByCustom: Readonly<Record<string, readonly string[]>> = {
  // What answers a challenge is there for minutes; without it, its route would lead to nothing for ever.
  'acme.cert-manager.io/Challenge': ['Ingress', 'HTTPRoute', 'Service'],
  'argoproj.io/CronWorkflow': ['Workflow'],
  'argoproj.io/Workflow': ['WorkflowTaskSet', 'WorkflowTaskResult', 'WorkflowArtifactGCTask'],
  'argoproj.io/Rollout': ['AnalysisRun', 'Experiment'],
  'tekton.dev/PipelineRun': ['TaskRun', 'CustomRun', 'Run'],
  'kubevirt.io/VirtualMachine': ['VirtualMachineInstance'],
  'kubevirt.io/VirtualMachineInstanceReplicaSet': ['VirtualMachineInstance'],
  'postgresql.cnpg.io/ScheduledBackup': ['Backup'],
  'k8up.io/Schedule': ['Backup', 'Check', 'Prune', 'Archive'],
  'sparkoperator.k8s.io/ScheduledSparkApplication': ['SparkApplication'],
  'ray.io/RayJob': ['RayCluster'],
  'ray.io/RayCronJob': ['RayJob'],
  'kubeflow.org/Experiment': ['Trial', 'Suggestion'],
  'core.kubestash.com/BackupConfiguration': ['BackupSession'],
  'stash.appscode.com/BackupConfiguration': ['BackupSession'],
  'pingcap.com/BackupSchedule': ['Backup'],
};

/**
 * Kinds that any controller, also one Landfall does not know, makes again from what it owns: they hold nothing that is
 * not computed from it. Everything else that a custom resource owns is taken: a generated password in a Secret is data,
 * an operator would invent another, and a workload that travels runs also before its operator is there.
 */
const computed: ReadonlySet<string> = new Set([
  '/Pod',
  'apps/ReplicaSet',
  'apps/ControllerRevision',
  'discovery.k8s.io/EndpointSlice',
  'batch/Job',
  'autoscaling/HorizontalPodAutoscaler',
  'policy/PodDisruptionBudget',
  // Of a Certificate. One that nothing owns was written by somebody, and nothing makes it again.
  'cert-manager.io/CertificateRequest',
  'kueue.x-k8s.io/Workload',
  'scheduling.volcano.sh/PodGroup',
  'scheduling.x-k8s.io/PodGroup',
]);

/** Kinds that go with any owner, also one that is not marked as their controller. */
const followsAnyOwner: ReadonlySet<string> = new Set(['cert-manager.io/CertificateRequest']);

/**
 * Decides an object by its controller. A claim of a StatefulSet is taken although it has an owner: it is the data, and
 * made first, without its owner (api-server behaviour observed 1.34, fact 2).
 *
 *   controller                       travels              does not
 *   built-in                         excluded             taken: nothing makes the object again
 *   a custom resource                excluded             excluded all the same
 *
 * What an operator makes is no application without it: a Pod of its own runs its init containers once more, beside the
 * data of the first time (cloudnative-pg#11505).
 */
export function decideOwned(head: ObjectHead, scope: ScopeSpec, context: OwnerContext): Decision {
  const follows = followsAnyOwner.has(`${head.ref.group}/${head.ref.kind}`);
  const owner = head.ownerReferences.find(({ controller }) => controller || follows);
  if (owner === undefined) return taken;
  const group = parseApiVersion(owner.apiVersion).group;
  if (group === '' && owner.kind === 'Node' && isMadeAgain(head.ref, '/Node')) {
    return excluded('owned/node', 'created by a node for itself');
  }
  if (!isMadeAgain(head.ref, `${group}/${owner.kind}`, group)) return taken;
  const found = context.ownerState?.(owner, head.ref) ?? 'unknown';
  const state = found === 'unknown' ? byKind({ group, kind: owner.kind }, scope, context) : found;
  const name = `${owner.kind} ${owner.name}`;
  if (state === 'in') return excluded('owned/controller', `recreated by its owner, ${name}`);
  if (typeof state === 'object' && state.rule === 'scope/dependency' && !isBuiltInGroup(group)) {
    return excluded('owned/controller', `created by its owner, ${name}, wherever the owner runs`);
  }
  if (isBuiltInGroup(group)) {
    // What somebody marked, or what has ended, is not brought back through what it made.
    return typeof state === 'object' && !state.rule.startsWith('scope/')
      ? excluded('owned/without-controller', `its controller, ${name}, is excluded: ${state.reason}`)
      : taken;
  }
  return excluded(
    'owned/without-controller',
    `only its controller creates it, and ${name} is not moved: ${reasonOf(state)}`
  );
}

/** Built-in kinds that are not in the table control nothing: they are named as owners so that one goes with the other. */
function isMadeAgain(ref: ObjectRef, owner: string, group?: string): boolean {
  const known = remade[owner];
  if (known !== undefined) return known.includes(ref.kind);
  if (group !== undefined && isBuiltInGroup(group)) return false;
  return computed.has(`${ref.group}/${ref.kind}`) || (remadeByCustom[owner] ?? []).includes(ref.kind);
}

function reasonOf(state: Exclude<OwnerState, 'in' | 'unknown'>): string {
  if (state === 'gone') return 'it is not on the source';
  return state === 'out' ? 'it is excluded' : state.reason;
}

function byKind(
  { group, kind }: Pick<ObjectRef, 'group' | 'kind'>,
  scope: ScopeSpec,
  { resources }: OwnerContext
): Exclude<OwnerState, 'unknown'> {
  const resource = resources.find((served) => served.group === group && served.kind === kind);
  if (resource === undefined) return { rule: 'scope/not-served', reason: 'the source does not serve its kind' };
  const decision = decideKind(resource, scope);
  if (decision.in) return 'in';
  // A kind that is never taken is a matter of the scope here: what is built-in and owned by it is decided by itself.
  return { rule: decision.rule.startsWith('scope/') ? decision.rule : 'scope/kind', reason: decision.reason };
}
