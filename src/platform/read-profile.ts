import { isLandfallError } from '../core/errors.ts';
import { isBuiltInGroup } from '../core/graph/groups.ts';
import type { ApiResource } from '../core/resource.ts';
import type { ClusterSpec } from '../core/spec/spec.ts';
import { routingFactsOf } from '../core/translate/ingress/facts.ts';
import { inclusionsOf } from '../core/translate/ingress/inclusion.ts';
import { detectPlatform, type PlatformFacts } from '../core/translate/platform.ts';
import type { ClassProfile, ClusterProfile, StorageClassProfile } from '../core/translate/translation.ts';
import type { Cluster, ServedResource } from '../ports/cluster.ts';

/** Nodes that are looked at: those of a cluster are all of the same service. */
const nodesMax = 50;

interface StoredObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly provisioner?: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly volumeBindingMode?: string;
  readonly spec?: { readonly controller?: string; readonly controllerName?: string; readonly providerID?: string };
  readonly status?: { readonly nodeInfo?: { readonly kubeletVersion?: string } };
}

/**
 * Reads what translation goes by: nodes, classes, kinds served. What this user may not list is told in `unreadable` and
 * missing from the rest; every other failure throws. Changes nothing.
 */
export async function readProfile(
  cluster: Cluster,
  spec: Pick<ClusterSpec, 'platform'>,
  signal: AbortSignal
): Promise<ClusterProfile> {
  const [{ gitVersion }, { resources }] = await Promise.all([
    cluster.identity({ signal }),
    cluster.discover({ signal }),
  ]);
  const unreadable: string[] = [];
  const read = async (group: string, plural: string, most = Infinity): Promise<readonly StoredObject[]> => {
    const resource = resources.find((one) => one.group === group && one.plural === plural && one.preferred);
    if (resource === undefined) return [];
    try {
      return await listAll(cluster, resource, most, signal);
    } catch (error) {
      if (!isLandfallError(error, 'CLUSTER_FORBIDDEN')) throw error;
      unreadable.push(plural);
      return [];
    }
  };
  const [nodes, storage, ingress, gateway, runtime, priority, proxies] = await Promise.all([
    read('', 'nodes', nodesMax),
    read('storage.k8s.io', 'storageclasses'),
    read('networking.k8s.io', 'ingressclasses'),
    read('gateway.networking.k8s.io', 'gatewayclasses'),
    read('node.k8s.io', 'runtimeclasses'),
    read('scheduling.k8s.io', 'priorityclasses'),
    read('projectcontour.io', 'httpproxies'),
  ]);
  const [ingresses, services, nginxControllers, parameters, parametersOfAuto] = await Promise.all([
    read('networking.k8s.io', 'ingresses'),
    read('', 'services'),
    read('approuting.kubernetes.azure.com', 'nginxingresscontrollers'),
    read('elbv2.k8s.aws', 'ingressclassparams'),
    read('eks.amazonaws.com', 'ingressclassparams'),
  ]);
  const facts = factsOf(gitVersion, nodes, storage, resources);
  const detected = detectPlatform(facts);
  const declared = spec.platform !== 'detect';
  return {
    platform: declared ? spec.platform : detected.platform,
    declared,
    evidence: detected.ambiguous
      ? [...detected.evidence, 'marks of several platforms weigh the same']
      : detected.evidence,
    storageClasses: storage.map(storageProfile),
    ingressClasses: ingress.map((one) => classProfile(one, 'ingressclass.kubernetes.io/is-default-class')),
    gatewayClasses: gateway.map((one) => classProfile(one, '')),
    runtimeClasses: runtime.map(({ metadata }) => metadata.name).sort(),
    priorityClasses: priority.map(({ metadata }) => metadata.name).sort(),
    zones: [...new Set(nodes.flatMap(({ metadata }) => metadata.labels?.['topology.kubernetes.io/zone'] ?? []))].sort(),
    autoMode: nodes.some(({ metadata }) => metadata.labels?.['eks.amazonaws.com/compute-type'] === 'auto'),
    kinds: [
      ...new Set(resources.filter(({ group }) => !isBuiltInGroup(group)).map(({ group, kind }) => `${group}/${kind}`)),
    ].sort(),
    ...(proxies.length === 0 ? {} : { inclusions: inclusionsOf(proxies) }),
    routing: routingFactsOf({
      ingresses,
      ingressClasses: ingress,
      classParameters: [...parameters, ...parametersOfAuto],
      nginxControllers,
      services,
    }),
    unreadable: unreadable.sort(),
  };
}

function factsOf(
  gitVersion: string,
  nodes: readonly StoredObject[],
  storage: readonly StoredObject[],
  resources: readonly ServedResource[]
): PlatformFacts {
  return {
    gitVersion,
    nodes: nodes.map(({ metadata, spec, status }) => ({
      providerID: spec?.providerID ?? '',
      kubeletVersion: status?.nodeInfo?.kubeletVersion ?? '',
      labels: Object.keys(metadata.labels ?? {}),
    })),
    provisioners: storage.flatMap(({ provisioner }) => provisioner ?? []),
    groups: [...new Set(resources.map(({ group }) => group))],
  };
}

function storageProfile({
  metadata,
  provisioner = '',
  parameters = {},
  volumeBindingMode,
}: StoredObject): StorageClassProfile {
  return {
    name: metadata.name,
    provisioner,
    parameters,
    isDefault: metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true',
    waitsForConsumer: volumeBindingMode === 'WaitForFirstConsumer',
  };
}

function classProfile({ metadata, spec }: StoredObject, defaultAnnotation: string): ClassProfile {
  return {
    name: metadata.name,
    controller: spec?.controller ?? spec?.controllerName ?? '',
    isDefault: metadata.annotations?.[defaultAnnotation] === 'true',
  };
}

async function listAll(
  cluster: Cluster,
  resource: ApiResource,
  most: number,
  signal: AbortSignal
): Promise<readonly StoredObject[]> {
  let found: StoredObject[] = [];
  let restarted = 0;
  for await (const page of cluster.list(resource, { signal, ...(most === Infinity ? {} : { limit: most }) })) {
    if (page.restarted > restarted) found = [];
    restarted = page.restarted;
    found.push(...page.items.map((item) => JSON.parse(Buffer.from(item).toString('utf8')) as StoredObject));
    if (found.length >= most) break;
  }
  return found.sort((left, right) => (left.metadata.name < right.metadata.name ? -1 : 1));
}
