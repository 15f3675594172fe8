import { plural } from '../../core/run/format.ts';
import { quantityValue } from '../../core/quantity.ts';
import { add, amountsOf, amountsText, noAmounts, podAmounts, times } from '../../core/nodes/amounts.ts';
import type { Amounts } from '../../core/nodes/amounts.ts';
import { listOf, scopeObjects } from '../facts.ts';
import type { AssessFacts, Check } from '../facts.ts';
import { findingOn, type RawFinding } from '../../core/findings/finding.ts';
import type { NodeObject, PodObject } from '../../core/kube-objects.ts';
import { isRunning, subjectOf, workloadsOf } from '../workloads.ts';
import type { Workload } from '../workloads.ts';
import { ofNodesNow } from './nodes.ts';
import { usableNodes } from './nodes.ts';
import { quotaChecks } from './quota.ts';
import {
  architectureOf,
  isReady,
  operatingSystemOf,
  selects,
  tolerates,
  wantedValues,
} from '../../core/nodes/placement.ts';

/** Room for the pods that move. */
export const capacityChecks: readonly Check[] = [
  {
    id: 'capacity/nodes',
    group: 'capacity',
    describe: 'which nodes of the target accept pods now',
    codes: ['NODE_NOT_READY'],
    needs: ['target/nodes'],
    run: unready,
  },
  {
    id: 'capacity/placement',
    group: 'capacity',
    describe: 'node selectors, required affinity, taints, operating system and architecture',
    codes: ['NODE_OS_MISSING', 'NODE_ARCHITECTURE_MISSING', 'NODE_NONE_FITS', 'POD_TOO_LARGE'],
    needs: ['target/nodes'],
    isPlanned: true,
    run: placements,
  },
  {
    id: 'capacity/room',
    group: 'capacity',
    describe: 'requests of all pods that move against free allocatable resources and pod limits of the nodes',
    codes: ['CAPACITY_SHORT', 'POD_LIMIT_SHORT'],
    needs: ['target/nodes', 'target/pods'],
    isPlanned: true,
    run: room,
  },
  {
    id: 'capacity/classes',
    group: 'capacity',
    describe: 'priority and runtime classes that pods refer to',
    codes: ['PRIORITY_CLASS_MISSING', 'RUNTIME_CLASS_MISSING'],
    needs: ['target/priorityclasses', 'target/runtimeclasses'],
    isPlanned: true,
    run: classes,
  },
  ...quotaChecks,
];

function unready({ target }: AssessFacts): RawFinding[] {
  return listOf<NodeObject>(target, 'nodes')
    .filter((node) => !isReady(node))
    .map((node) => {
      const ready = (node.status?.conditions ?? []).find(({ type }) => type === 'Ready');
      const message = ready?.message ?? 'it has never reported that it is ready';
      const evidence = `condition Ready is ${ready?.status ?? 'missing'} on ${target.name}`;
      return findingOn('target', 'NODE_NOT_READY', {
        subject: `Node ${node.metadata.name}`,
        namespace: '',
        message,
        evidence,
      });
    });
}

/** Where no node takes pods, labels and sizes say nothing: that is one finding, not one for each workload. */
function placements(facts: AssessFacts): RawFinding[] {
  const workloads = workloadsOf(facts);
  if (usableNodes(facts).length > 0) {
    return workloads.flatMap((workload) =>
      placement(workload, facts).map((finding) => ofNodesNow(facts, lessWithoutPods(workload, finding)))
    );
  }
  const starting = workloads.filter(({ kind, replicas }) => kind === 'DaemonSet' || replicas > 0);
  if (starting.length === 0) return [];
  const { name } = facts.target;
  const message = `no node accepts pods now, and ${plural(starting.length, 'workload')} ${starting.length === 1 ? 'moves' : 'move'}`;
  const nodes = listOf(facts.target, 'nodes').length;
  const evidence = `${nodes} nodes of ${name}, none both ready and schedulable`;
  const found = findingOn('target', 'NODE_NONE_FITS', { subject: name, namespace: '', message, evidence });
  // A cluster without any node may make them for the pods that come: pools that begin at zero, Fargate. And a run waits
  // for what was ready on the source: where nothing was, no node of the target is missed by it.
  const isMissed = nodes > 0 && starting.some(isRunning);
  return [isMissed ? ofNodesNow(facts, found) : { ...found, severity: 'warning' }];
}

/** A DaemonSet without a node for it is complete, and what starts no pod now waits for none. */
function lessWithoutPods({ kind, replicas }: Workload, finding: RawFinding): RawFinding {
  return kind === 'DaemonSet' || replicas === 0 ? { ...finding, severity: 'warning' } : finding;
}

/** The narrowest reason is reported, and only that one: an operating system, then an architecture, labels, size. */
function placement(workload: Workload, facts: AssessFacts): RawFinding[] {
  const { pod, namespace } = workload;
  if (workload.kind === 'DaemonSet' && pod.nodeSelector === undefined) return [];
  const nodes = usableNodes(facts);
  const subject = subjectOf(workload);
  const seen = `${nodes.length} ready nodes of ${facts.target.name}`;
  const wantedSystems = pod.os?.name === undefined ? wantedValues(pod, 'kubernetes.io/os') : [pod.os.name];
  const systems = new Set(nodes.map(operatingSystemOf));
  if (wantedSystems.length > 0 && !wantedSystems.some((system) => systems.has(system))) {
    const message = `it needs ${wantedSystems.join(' or ')}, nodes run ${[...systems].join(', ') || 'nothing'}`;
    return [findingOn('target', 'NODE_OS_MISSING', { subject, namespace, message, evidence: seen })];
  }
  const wantedArchitectures = wantedValues(pod, 'kubernetes.io/arch');
  const architectures = new Set(nodes.map(architectureOf));
  if (wantedArchitectures.length > 0 && !wantedArchitectures.some((one) => architectures.has(one))) {
    const message = `it needs ${wantedArchitectures.join(' or ')}, nodes have ${[...architectures].join(', ') || 'none'}`;
    return [findingOn('target', 'NODE_ARCHITECTURE_MISSING', { subject, namespace, message, evidence: seen })];
  }
  const labelled = nodes.filter((node) => selects(pod, node));
  const fitting = labelled.filter((node) => tolerates(pod, node));
  if (fitting.length === 0) {
    const message =
      labelled.length === 0
        ? `no node has the labels it requires (${selectorText(workload)})`
        : `${labelled.length} nodes have the labels, but all have taints it does not tolerate (${taintsText(labelled)})`;
    return [findingOn('target', 'NODE_NONE_FITS', { subject, namespace, message, evidence: seen })];
  }
  const wanted = podAmounts(pod);
  const free = fitting.map((node) => amountsOf(node.status?.allocatable));
  if (free.some((node) => node.cpuMilli >= wanted.cpuMilli && node.memoryBytes >= wanted.memoryBytes)) return [];
  const largest = free.toSorted((a, b) => b.memoryBytes - a.memoryBytes)[0] ?? noAmounts;
  const message = `a pod requests ${amountsText(wanted)}, the largest node provides ${amountsText(largest)}`;
  return [
    findingOn('target', 'POD_TOO_LARGE', { subject, namespace, message, evidence: `status.allocatable of ${seen}` }),
  ];
}

function selectorText({ pod }: Workload): string {
  const pairs = Object.entries(pod.nodeSelector ?? {}).map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? 'required affinity' : pairs.join(', ');
}

function taintsText(nodes: readonly NodeObject[]): string {
  const keys = nodes.flatMap(({ spec }) => (spec?.taints ?? []).map(({ key, effect }) => `${key}:${effect}`));
  return [...new Set(keys)].slice(0, 5).join(', ');
}

function room(facts: AssessFacts): RawFinding[] {
  const nodes = usableNodes(facts);
  if (nodes.length === 0) return [];
  // Pods of what is on the target already are among those that run there.
  const workloads = workloadsOf(facts).filter(({ isThere }) => !isThere);
  const wanted = workloads.map(({ pod, replicas }) => times(podAmounts(pod), replicas)).reduce(add, noAmounts);
  const pods = workloads.reduce((sum, { replicas }) => sum + replicas, 0);
  if (pods === 0) return [];
  const names = new Set(nodes.map(({ metadata }) => metadata.name));
  const running = listOf<PodObject>(facts.target, 'pods').filter(
    ({ spec, status }) => names.has(spec?.nodeName ?? '') && status?.phase !== 'Succeeded' && status?.phase !== 'Failed'
  );
  const used = running.map(({ spec }) => podAmounts(spec ?? {})).reduce(add, noAmounts);
  const whole = nodes.map(({ status }) => amountsOf(status?.allocatable)).reduce(add, noAmounts);
  const free: Amounts = { cpuMilli: whole.cpuMilli - used.cpuMilli, memoryBytes: whole.memoryBytes - used.memoryBytes };
  const evidence = `${nodes.length} ready nodes of ${facts.target.name} and the requests of the ${running.length} pods on them`;
  const found: RawFinding[] = [];
  if (wanted.cpuMilli > free.cpuMilli || wanted.memoryBytes > free.memoryBytes) {
    const message = `${plural(pods, 'pod')} ${pods === 1 ? 'asks' : 'ask'} for ${amountsText(wanted)}, free are ${amountsText(free)}`;
    found.push(
      ofNodesNow(
        facts,
        findingOn('target', 'CAPACITY_SHORT', { subject: facts.target.name, namespace: '', message, evidence })
      )
    );
  }
  const slots = nodes.reduce((sum, { status }) => sum + (quantityValue(status?.allocatable?.['pods'] ?? '') ?? 110), 0);
  if (slots - running.length < pods) {
    const message = `${plural(pods, 'pod')} ${pods === 1 ? 'moves' : 'move'}, the nodes have room for ${Math.max(0, slots - running.length)} more`;
    found.push(
      findingOn('target', 'POD_LIMIT_SHORT', { subject: facts.target.name, namespace: '', message, evidence })
    );
  }
  return found;
}

function classes(facts: AssessFacts): RawFinding[] {
  const names = (kind: 'priorityclasses' | 'runtimeclasses') =>
    new Set(listOf(facts.target, kind).map(({ metadata }) => metadata.name));
  const priorities = new Set([
    ...names('priorityclasses'),
    ...scopeObjects(facts, 'PriorityClass').map(({ ref }) => ref.name),
    'system-node-critical',
    'system-cluster-critical',
  ]);
  const runtimes = new Set([
    ...names('runtimeclasses'),
    ...scopeObjects(facts, 'RuntimeClass').map(({ ref }) => ref.name),
  ]);
  return workloadsOf(facts).flatMap((workload) => {
    const { priorityClassName: priority = '', runtimeClassName: runtime = '' } = workload.pod;
    const subject = subjectOf(workload);
    const where = `classes of ${facts.target.name} and of the scope`;
    return [
      ...(priority === '' || priorities.has(priority)
        ? []
        : [
            findingOn('target', 'PRIORITY_CLASS_MISSING', {
              subject,
              namespace: workload.namespace,
              message: `it refers to PriorityClass ${priority}`,
              evidence: where,
            }),
          ]),
      ...(runtime === '' || runtimes.has(runtime)
        ? []
        : [
            findingOn('target', 'RUNTIME_CLASS_MISSING', {
              subject,
              namespace: workload.namespace,
              message: `it refers to RuntimeClass ${runtime}`,
              evidence: where,
            }),
          ]),
    ];
  });
}
