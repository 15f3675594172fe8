import { amountsOf } from '../nodes/amounts.ts';
import type { NodeObject, PodSpec, StorageClassObject } from '../kube-objects.ts';
import { catalogue } from '../error-catalogue.ts';
import { named } from '../existing/findings.ts';
import type { Finding } from '../run/events.ts';
import { moverRequests, type MoverPods } from './mover-pods.ts';
import { isReady, selects, tolerates } from '../nodes/placement.ts';

type Topologies = NonNullable<StorageClassObject['allowedTopologies']>;
type Terms = NonNullable<
  NonNullable<
    NonNullable<NonNullable<PodSpec['affinity']>['nodeAffinity']>['requiredDuringSchedulingIgnoredDuringExecution']
  >['nodeSelectorTerms']
>;

/** A pod that is to read or fill a claim, and where its volume can be. */
export interface PlannedMover {
  /** `namespace/claim`; '' for the pod that prepares the repository. */
  readonly claim: string;
  readonly pods: MoverPods;
  /** `allowedTopologies` of the class its volume is made in; empty: anywhere. */
  readonly topologies: Topologies;
  /** Where the volume that is there can be attached; empty: anywhere. */
  readonly volumeTerms: Terms;
}

/**
 * Movers that no node of a side would take, by what stands in their way: nothing that is Ready and not cordoned, labels,
 * taints, the place of the volume, size. Free room is not judged: it changes, and an autoscaler may add to it.
 */
export function unplaceableMovers(
  { cluster, side }: { readonly cluster: string; readonly side: 'source' | 'target' },
  nodes: readonly NodeObject[],
  movers: readonly PlannedMover[]
): readonly Finding[] {
  const refused = movers.flatMap((mover) => {
    const why = obstacleOf(mover, nodes);
    return why === '' ? [] : [{ why, name: mover.claim === '' ? 'the repository' : mover.claim }];
  });
  return [...Map.groupBy(refused, ({ why }) => why)].map(([why, group]): Finding => ({
    code: 'MOVER_UNPLACEABLE',
    severity: 'blocker',
    subject: `${cluster}: mover pods for ${named(group.map(({ name }) => name).sort(), 3)}`,
    message: `no node of the ${side} can run them: ${why}`,
    remedy: catalogue.MOVER_UNPLACEABLE.fix,
    side,
  }));
}

/** The first thing no node gets past; '' where one takes the pod. */
function obstacleOf({ pods, topologies, volumeTerms }: PlannedMover, nodes: readonly NodeObject[]): string {
  const pod = podOf(pods, []);
  const steps: readonly (readonly [string, (node: NodeObject) => boolean])[] = [
    ['no node is Ready', isReady],
    ['all Ready nodes are cordoned', (node) => node.spec?.unschedulable !== true || tolerates(pod, cordoned)],
    [`none of them has the labels that the pods require (${selectorText(pods)})`, (node) => selects(pod, node)],
    ['the nodes with these labels have taints that the pods do not tolerate', (node) => tolerates(pod, node)],
    [
      'the volume cannot be attached to the remaining nodes',
      (node) => selects(podOf({}, volumeTerms.map(renamed)), node),
    ],
    ['the storage class does not provision volumes for the remaining nodes (allowedTopologies)', isIn(topologies)],
    ['the remaining nodes are too small for the requests of the pods', (node) => hasSize(pods, node)],
  ];
  let remaining = nodes;
  for (const [why, takes] of steps) {
    remaining = remaining.filter(takes);
    if (remaining.length === 0)
      return `${why}; ${nodes.length === 1 ? 'there is 1 node' : `there are ${nodes.length} nodes`}`;
  }
  return '';
}

/** The taint a cordoned node has; a pod that tolerates it is put there all the same. */
const cordoned: NodeObject = {
  metadata: { name: '' },
  spec: { taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }] },
};

function podOf({ nodeSelector, tolerations, nodeAffinity }: MoverPods, terms: Terms): PodSpec {
  const required = (nodeAffinity ?? (terms.length === 0 ? undefined : { nodeSelectorTerms: terms })) as
    object | undefined;
  return {
    ...(nodeSelector === undefined ? {} : { nodeSelector }),
    ...(tolerations === undefined ? {} : { tolerations }),
    ...(required === undefined
      ? {}
      : { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } } }),
  };
}

/** Volumes of in-tree drivers may still name labels by what they were called before (component-helpers, `GetVolumeTopology`). */
function renamed({ matchExpressions, ...term }: Terms[number]): Terms[number] {
  if (matchExpressions === undefined) return term;
  const named = (key: string): string =>
    key.replace(/^failure-domain\.beta\.kubernetes\.io\//, 'topology.kubernetes.io/');
  return { ...term, matchExpressions: matchExpressions.map((one) => ({ ...one, key: named(one.key) })) };
}

function selectorText({ nodeSelector = {}, nodeAffinity }: MoverPods): string {
  const labels = Object.entries(nodeSelector).map(([key, value]) => `${key}=${value}`);
  return [...labels, ...(nodeAffinity === undefined ? [] : ['required node affinity'])].join(', ');
}

function isIn(topologies: Topologies): (node: NodeObject) => boolean {
  return ({ metadata: { labels = {} } }) =>
    topologies.length === 0 ||
    topologies.some(({ matchLabelExpressions = [] }) =>
      // A key that a node does not have may be one that the driver alone knows.
      matchLabelExpressions.every(({ key, values = [] }) => labels[key] === undefined || values.includes(labels[key]))
    );
}

function hasSize({ resources }: MoverPods, { status }: NodeObject): boolean {
  const { requests = moverRequests } = (resources ?? {}) as { requests?: Readonly<Record<string, string>> };
  const [wanted, whole] = [amountsOf(requests), amountsOf(status?.allocatable)];
  return whole.cpuMilli >= wanted.cpuMilli && whole.memoryBytes >= wanted.memoryBytes;
}
