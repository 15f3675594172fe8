import { isBuiltInGroup } from '../core/graph/groups.ts';
import { at, podPlaces } from '../core/graph/pod-places.ts';
import type { AssessFacts, ScopeObject } from './facts.ts';
import type { Container, Kube, PodObject, PodSpec, WorkloadObject } from '../core/kube-objects.ts';

/** Something of the scope that runs pods. */
export interface Workload {
  readonly kind: string;
  readonly namespace: string;
  readonly targetNamespace: string;
  readonly name: string;
  /** As it is desired on the target. */
  readonly pod: PodSpec;
  /** Pods it means to run at the same time; a DaemonSet counts for each node, a CronJob not at all. */
  readonly replicas: number;
  /** As captured. */
  readonly object: WorkloadObject;
  /** The target has it already, as far as the planning pass has seen. */
  readonly isThere: boolean;
}

const kinds: ReadonlySet<string> = new Set([
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'ReplicationController',
  'Job',
  'CronJob',
  'Pod',
]);
const groups: ReadonlySet<string> = new Set(['', 'apps', 'batch']);

/** Every workload of the scope that is its own owner. */
export function workloadsOf(facts: AssessFacts): readonly Workload[] {
  const nodes = (facts.target.lists.nodes ?? []).length;
  return facts.scope.objects.flatMap((scoped) =>
    isBuiltInGroup(scoped.ref.group) ? (workloadOf(scoped, nodes) ?? []) : customWorkloads(scoped)
  );
}

/**
 * Pod specs in a custom resource. How many pods its operator makes of one is known where the resource has the form of a
 * Deployment only.
 */
function customWorkloads({
  ref,
  targetNamespace,
  object,
  desired,
  excluded,
  isThere,
}: ScopeObject): readonly Workload[] {
  if (excluded) return [];
  return podPlaces(desired, ref).flatMap(({ path, isWhole }): readonly Workload[] => {
    if (!isWhole) return [];
    const { kind, namespace, name } = ref;
    const workload = object as WorkloadObject;
    const said = path.join('/') === 'spec/template/spec' ? workload.spec?.replicas : undefined;
    const replicas = typeof said === 'number' ? said : 0;
    const pod = at(desired, path) as PodSpec;
    return [{ kind, namespace, targetNamespace, name, pod, replicas, object: workload, isThere: isThere === true }];
  });
}

function workloadOf(
  { ref, targetNamespace, object, desired, excluded, isThere }: ScopeObject,
  nodes: number
): Workload | undefined {
  if (excluded || !kinds.has(ref.kind) || !groups.has(ref.group)) return undefined;
  const workload = object as WorkloadObject;
  const pod = podOf(ref.kind, desired);
  if (pod === undefined) return undefined;
  const { kind, namespace, name } = ref;
  const replicas = replicasOf(kind, workload, nodes);
  return { kind, namespace, targetNamespace, name, pod, replicas, object: workload, isThere: isThere === true };
}

/** Whether any of its pods runs on the source. */
export function isRunning({ object }: Workload): boolean {
  const { readyReplicas = 0, numberReady = 0, active = 0, phase = '' } = object.status ?? {};
  return readyReplicas > 0 || numberReady > 0 || Number(active) > 0 || phase === 'Running';
}

function podOf(kind: string, object: Kube): PodSpec | undefined {
  if (kind === 'Pod') return (object as PodObject).spec;
  const { spec } = object as WorkloadObject;
  if (kind === 'CronJob') return spec?.jobTemplate?.spec?.template?.spec;
  const pod = spec?.template?.spec;
  const replaced = new Set((spec?.volumeClaimTemplates ?? []).map(({ metadata }) => metadata?.name));
  if (pod === undefined || replaced.size === 0) return pod;
  // The controller of a StatefulSet puts the claim of a template in the place of a volume of its name.
  return { ...pod, volumes: (pod.volumes ?? []).filter(({ name }) => !replaced.has(name)) };
}

function replicasOf(kind: string, { spec, status }: WorkloadObject, nodes: number): number {
  if (kind === 'Pod') return 1;
  if (kind === 'CronJob' || spec?.suspend === true) return 0;
  if (kind === 'DaemonSet') return nodes;
  if (kind === 'Job') return isEnded(status) ? 0 : (spec?.parallelism ?? 1);
  return spec?.replicas ?? 1;
}

function isEnded(status: WorkloadObject['status']): boolean {
  return (status?.conditions ?? []).some(
    ({ type, status: is }) => (type === 'Complete' || type === 'Failed') && is === 'True'
  );
}

export function containersOf(pod: PodSpec): readonly Container[] {
  return [...(pod.containers ?? []), ...(pod.initContainers ?? [])];
}

export function subjectOf({ kind, namespace, name }: Pick<Workload, 'kind' | 'namespace' | 'name'>): string {
  return `${kind} ${namespace}/${name}`;
}
