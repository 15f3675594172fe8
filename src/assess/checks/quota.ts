import { formatBytes } from '../../core/run/format.ts';
import { bytesOf, cpuMilli, podAmounts } from '../../core/nodes/amounts.ts';
import { countKey, listOf, scopeObjects } from '../facts.ts';
import type { AssessFacts, Check } from '../facts.ts';
import type { RawFinding } from '../../core/findings/finding.ts';
import type { ClaimObject, PodSpec, QuotaObject, ServiceObject } from '../../core/kube-objects.ts';
import { containersOf, workloadsOf } from '../workloads.ts';
import { limitRanges } from './limit-ranges.ts';
import { countsPods, isScoped } from './quota-scopes.ts';

/** What the namespaces of the target allow, where they are there already. */
export const quotaChecks: readonly Check[] = [
  {
    id: 'capacity/quota',
    group: 'capacity',
    describe: 'ResourceQuotas of the target namespaces against requests, pods, claims and objects that move',
    codes: ['QUOTA_SHORT'],
    needs: ['target/resourcequotas'],
    isPlanned: true,
    run: quotas,
  },
  {
    id: 'capacity/limit-ranges',
    group: 'capacity',
    describe: 'LimitRanges of the target namespaces against containers and claims that move',
    codes: ['LIMIT_RANGE_REFUSES'],
    needs: ['target/limitranges'],
    isPlanned: true,
    run: (facts) => limitRanges(arriving(facts)),
  },
];

function quotas(facts: AssessFacts): RawFinding[] {
  return listOf<QuotaObject>(facts.target, 'resourcequotas').flatMap((quota): RawFinding[] => {
    const namespace = quota.metadata.namespace ?? '';
    const { hard = quota.spec?.hard ?? {}, used = {} } = quota.status ?? {};
    const sources = sourcesOf(facts, namespace);
    const moving = arriving(facts);
    const isCounted = isScoped(quota) ? countsPods(quota) : () => true;
    // A scope that is not of pods, or not known: the dry run asks the server itself.
    if (sources.length === 0 || isCounted === undefined) return [];
    const short = Object.entries(hard).flatMap(([resource, limit]) => {
      const wanted = wantedOf(moving, resource, { namespace, isCounted });
      if (wanted === undefined) return [];
      const read = resource.endsWith('cpu') ? cpuMilli : bytesOf;
      const free = read(limit) - read(used[resource]);
      return wanted > free ? [`${resource}: ${textOf(resource, wanted)} move, ${textOf(resource, free)} are free`] : [];
    });
    if (short.length === 0) return [];
    return [
      {
        code: 'QUOTA_SHORT',
        subject: `ResourceQuota ${namespace}/${quota.metadata.name}`,
        namespace: sources[0] ?? '',
        side: 'target',
        message: short.join('; '),
        evidence: `status of the quota on ${facts.target.name}`,
      },
    ];
  });
}

/** What is on the target already is in what the quota has used. */
function arriving(facts: AssessFacts): AssessFacts {
  const objects = facts.scope.objects.filter(({ isThere }) => isThere !== true);
  return { ...facts, scope: { ...facts.scope, objects } };
}

function sourcesOf({ scope, spec }: AssessFacts, target: string): readonly string[] {
  return scope.namespaces.filter((name) => (spec.namespaceMapping[name] ?? name) === target);
}

/** What moves into a namespace of one counted resource; undefined for resources this does not know. */
function wantedOf(
  facts: AssessFacts,
  resource: string,
  { namespace, isCounted }: { readonly namespace: string; readonly isCounted: (pod: PodSpec) => boolean }
): number | undefined {
  const workloads = workloadsOf(facts).filter(
    ({ targetNamespace, pod }) => targetNamespace === namespace && isCounted(pod)
  );
  const sum = (of: (workload: (typeof workloads)[number]) => number) =>
    workloads.reduce((total, one) => total + of(one) * one.replicas, 0);
  const limits = (name: 'cpu' | 'memory', read: (text: string | undefined) => number) =>
    sum(({ pod }) => containersOf(pod).reduce((total, one) => total + read(one.resources?.limits?.[name]), 0));
  switch (resource) {
    case 'pods':
    case 'count/pods':
      return sum(() => 1);
    case 'cpu':
    case 'requests.cpu':
      return sum(({ pod }) => podAmounts(pod).cpuMilli);
    case 'memory':
    case 'requests.memory':
      return sum(({ pod }) => podAmounts(pod).memoryBytes);
    case 'limits.cpu':
      return limits('cpu', cpuMilli);
    case 'limits.memory':
      return limits('memory', bytesOf);
    case 'requests.storage':
      return storageOf(claimsOf(facts, namespace));
    case 'services.nodeports':
      return sumOfServices(facts, namespace, nodePortsOf);
    case 'services.loadbalancers':
      return sumOfServices(facts, namespace, ({ type }) => (type === 'LoadBalancer' ? 1 : 0));
    default:
      return ofClass(facts, namespace, resource) ?? countOf(facts, namespace, resource);
  }
}

/** Quotas count claims of a class apart. https://kubernetes.io/docs/concepts/policy/resource-quotas/#storage-resource-quota */
function ofClass(facts: AssessFacts, namespace: string, resource: string): number | undefined {
  const [, name, counted] = /^(.+)\.storageclass\.storage\.k8s\.io\/(.+)$/.exec(resource) ?? [];
  if (name === undefined) return undefined;
  const claims = claimsOf(facts, namespace).filter(({ spec }) => spec.storageClassName === name);
  if (counted === 'persistentvolumeclaims') return claims.length;
  return counted === 'requests.storage' ? storageOf(claims) : undefined;
}

/** The claims that move into a namespace, as they are desired on the target. */
function claimsOf(facts: AssessFacts, namespace: string): readonly ClaimObject[] {
  return scopeObjects<ClaimObject>(facts, 'PersistentVolumeClaim')
    .filter(({ targetNamespace }) => targetNamespace === namespace)
    .map(({ desired }) => desired);
}

function storageOf(claims: readonly ClaimObject[]): number {
  return claims.reduce((total, { spec }) => total + bytesOf(spec.resources?.requests?.['storage']), 0);
}

function sumOfServices(facts: AssessFacts, namespace: string, of: (spec: ServiceObject['spec']) => number): number {
  return scopeObjects<ServiceObject>(facts, 'Service', '')
    .filter(({ targetNamespace }) => targetNamespace === namespace)
    .reduce((total, { desired }) => total + of(desired.spec), 0);
}

/** Every port of a Service that gets node ports counts (pkg/quota/v1/evaluator/core/services.go). */
function nodePortsOf({ type, ports = [], allocateLoadBalancerNodePorts = true }: ServiceObject['spec']): number {
  if (type === 'NodePort') return ports.length;
  if (type !== 'LoadBalancer') return 0;
  return allocateLoadBalancerNodePorts ? ports.length : ports.filter(({ nodePort }) => nodePort !== undefined).length;
}

/** Kinds that a quota counts by their plain name; every other one is `count/PLURAL.GROUP`. */
const plainCounts: ReadonlySet<string> = new Set([
  'configmaps',
  'persistentvolumeclaims',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'services',
]);

/**
 * Objects of the kind a quota counts.
 * https://kubernetes.io/docs/concepts/policy/resource-quotas/#quota-on-object-count
 */
function countOf({ scope, target }: AssessFacts, namespace: string, resource: string): number | undefined {
  const name = resource.startsWith('count/') ? resource.slice('count/'.length) : resource;
  if (name === resource && !plainCounts.has(name)) return undefined;
  const [plural = '', ...rest] = name.split('.');
  const group = rest.join('.');
  const kind = target.resources.find((one) => one.group === group && one.plural === plural)?.kind;
  if (kind === undefined) return undefined;
  if (scope.counts !== undefined) return scope.counts.get(countKey({ group, kind, namespace })) ?? 0;
  return scope.objects.filter(
    ({ ref, targetNamespace, excluded }) =>
      !excluded && targetNamespace === namespace && ref.group === group && ref.kind === kind
  ).length;
}

function textOf(resource: string, value: number): string {
  if (resource.endsWith('cpu')) return `${value / 1000} CPU`;
  return resource.endsWith('memory') || resource.endsWith('storage') ? formatBytes(Math.max(0, value)) : String(value);
}
