import { isLandfallError } from '../core/errors.ts';
import { isBuiltInGroup } from '../core/graph/groups.ts';
import { parseQuantity } from '../core/quantity.ts';
import type { ApiResource } from '../core/resource.ts';
import type { ClusterSpec, Platform } from '../core/spec/spec.ts';
import { routingFactsOf } from '../translate/ingress/facts.ts';
import { inclusionsOf } from '../translate/ingress/inclusion.ts';
import { fieldsOf } from '../translate/ingress/route-fields.ts';
import { sharedAddressesOf } from '../translate/load-balancer/shared-addresses.ts';
import { detectPlatform, type PlatformFacts } from '../translate/platform.ts';
import type {
  ClassProfile,
  ClusterProfile,
  NodeProfile,
  StorageClassProfile,
} from '../core/profile/cluster-profile.ts';
import type { Cluster, ServedResource } from '../ports/cluster.ts';
import { wholeList } from '../ports/whole-list.ts';

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
  readonly spec?: {
    readonly controller?: string;
    readonly controllerName?: string;
    readonly providerID?: string;
    readonly gatewayClassName?: string;
    readonly parametersRef?: { readonly kind?: string; readonly namespace?: string; readonly name?: string };
    /** Of a node. */
    readonly podCIDRs?: readonly string[];
    /** Of a ServiceCIDR. */
    readonly cidrs?: readonly string[];
  };
  readonly status?: {
    readonly nodeInfo?: { readonly kubeletVersion?: string };
    readonly allocatable?: Readonly<Record<string, string>>;
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
  };
}

/**
 * Reads what translation goes by: nodes, classes, kinds served. What this user may not list is reported in `unreadable` and
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
  const read = readerOf(cluster, { resources, unreadable, signal });
  const lists = await readLists(read);
  const { nodes, storage, ingressClasses: ingress, gateways, services, proxies } = lists;
  const facts = factsOf(gitVersion, { nodes, storage, resources });
  const detected = detectPlatform(facts);
  const declared = spec.platform !== 'detect';
  const platform = declared ? spec.platform : detected.platform;
  const fields = await readFields(cluster, resources, { signal, unreadable });
  return {
    platform,
    declared,
    ...(declared && detected.platform !== 'generic' && detected.platform !== spec.platform
      ? { detected: detected.platform }
      : {}),
    evidence: detected.ambiguous
      ? [...detected.evidence, 'there is equal evidence for several platforms']
      : detected.evidence,
    storageClasses: storage.map(storageProfile),
    ingressClasses: ingress.map((one) => classProfile(one, 'ingressclass.kubernetes.io/is-default-class')),
    gatewayClasses: lists.gatewayClasses.map((one) => classProfile(one, '')),
    runtimeClasses: lists.runtimeClasses.map(({ metadata }) => metadata.name).sort(),
    priorityClasses: lists.priorityClasses.map(({ metadata }) => metadata.name).sort(),
    zones: [...new Set(nodes.flatMap(({ metadata }) => metadata.labels?.['topology.kubernetes.io/zone'] ?? []))].sort(),
    ...(nodes.length === 0 || nodes.length >= nodesMax ? {} : { nodes: nodeProfiles(nodes) }),
    ...(unreadable.includes('csidrivers')
      ? {}
      : { drivers: lists.drivers.map(({ metadata }) => metadata.name).sort() }),
    networks: networksOf(nodes, lists.ranges),
    autoMode: nodes.some(({ metadata }) => metadata.labels?.['eks.amazonaws.com/compute-type'] === 'auto'),
    kinds: [
      ...new Set(resources.filter(({ group }) => !isBuiltInGroup(group)).map(({ group, kind }) => `${group}/${kind}`)),
    ].sort(),
    ...gatewayFacts(gateways, lists.loadBalancers),
    ...(fields === undefined ? {} : { fields, versions: versionsOf(resources) }),
    ...(services.length === 0 ? {} : { sharedAddresses: sharedAddressesOf(services, platform) }),
    ...(proxies.length === 0 ? {} : { inclusions: inclusionsOf(proxies) }),
    routing: routingFactsOf({ ...lists, classParameters: [...lists.parameters, ...lists.parametersOfAuto] }),
    unreadable: unreadable.sort(),
  };
}

/** The objects a profile is made of; a few lists at a time, since a cluster is asked beside its application. */
/**
 * The platform of a cluster alone, as the file says or as its nodes, storage classes and groups look; what this user may not
 * list says nothing. Changes nothing.
 */
export async function readPlatform(
  cluster: Cluster,
  { platform }: Pick<ClusterSpec, 'platform'>,
  signal: AbortSignal
): Promise<Platform> {
  if (platform !== 'detect') return platform;
  const [{ gitVersion }, { resources }] = await Promise.all([
    cluster.identity({ signal }),
    cluster.discover({ signal }),
  ]);
  const read = readerOf(cluster, { resources, unreadable: [], signal });
  const [nodes, storage] = await Promise.all([read('', 'nodes', nodesMax), read('storage.k8s.io', 'storageclasses')]);
  return detectPlatform(factsOf(gitVersion, { nodes, storage, resources })).platform;
}

interface Reading {
  readonly resources: readonly ServedResource[];
  /** Takes the names of what this user may not list. */
  readonly unreadable: string[];
  readonly signal: AbortSignal;
}

type ReadList = (group: string, plural: string, most?: number) => Promise<readonly StoredObject[]>;

function readerOf(cluster: Cluster, { resources, unreadable, signal }: Reading): ReadList {
  return async (group, plural, most = Infinity) => {
    const resource = resources.find((one) => one.group === group && one.plural === plural && one.preferred);
    if (resource === undefined) return [];
    try {
      return await listAll(cluster, resource, { most, signal });
    } catch (error) {
      if (!isLandfallError(error, 'CLUSTER_FORBIDDEN')) throw error;
      unreadable.push(plural);
      return [];
    }
  };
}

async function readLists(read: ReadList) {
  const [nodes, storage, ingressClasses, gatewayClasses, runtimeClasses, priorityClasses] = await Promise.all([
    read('', 'nodes', nodesMax),
    read('storage.k8s.io', 'storageclasses'),
    read('networking.k8s.io', 'ingressclasses'),
    read('gateway.networking.k8s.io', 'gatewayclasses'),
    read('node.k8s.io', 'runtimeclasses'),
    read('scheduling.k8s.io', 'priorityclasses'),
  ]);
  const [proxies, gateways, loadBalancers, drivers, ranges] = await Promise.all([
    read('projectcontour.io', 'httpproxies'),
    read('gateway.networking.k8s.io', 'gateways'),
    read('gateway.k8s.aws', 'loadbalancerconfigurations'),
    read('storage.k8s.io', 'csidrivers'),
    read('networking.k8s.io', 'servicecidrs'),
  ]);
  const [ingresses, services, nginxControllers, parameters, parametersOfAuto] = await Promise.all([
    read('networking.k8s.io', 'ingresses'),
    read('', 'services'),
    read('approuting.kubernetes.azure.com', 'nginxingresscontrollers'),
    read('elbv2.k8s.aws', 'ingressclassparams'),
    read('eks.amazonaws.com', 'ingressclassparams'),
  ]);
  return {
    ...{ nodes, storage, ingressClasses, gatewayClasses, runtimeClasses, priorityClasses },
    ...{ proxies, gateways, loadBalancers, drivers, ranges },
    ...{ ingresses, services, nginxControllers, parameters, parametersOfAuto },
  };
}

/** Gateways with their classes, and what says who may reach those of AWS. */
function gatewayFacts(
  gateways: readonly StoredObject[],
  balancers: readonly StoredObject[]
): Pick<ClusterProfile, 'gateways' | 'loadBalancerConfigurations'> {
  const keyOf = ({ metadata }: StoredObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;
  const classes = gateways.map((one) => [keyOf(one), one.spec?.gatewayClassName ?? ''] as const);
  const specs = balancers.map((one) => [keyOf(one), one.spec ?? {}] as const);
  return {
    ...(classes.length === 0 ? {} : { gateways: Object.fromEntries(classes) }),
    ...(specs.length === 0 ? {} : { loadBalancerConfigurations: Object.fromEntries(specs) }),
  };
}

/** Groups whose objects rules make, in the version the target prefers. */
const madeGroups: ReadonlySet<string> = new Set(['gateway.networking.k8s.io', 'gateway.k8s.aws']);

function versionsOf(resources: readonly ServedResource[]): Readonly<Record<string, string>> {
  const made = resources.filter(({ group, preferred }) => preferred && madeGroups.has(group));
  return Object.fromEntries(made.map(({ group, kind, version }) => [`${group}/${kind}`, version]));
}

/** Kinds whose definition is asked for the fields it has: channels and versions of Gateway API differ in them. */
const fieldKinds: ReadonlySet<string> = new Set(['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'Gateway']);

async function readFields(
  cluster: Cluster,
  resources: readonly ServedResource[],
  { signal, unreadable }: { readonly signal: AbortSignal; readonly unreadable: string[] }
): Promise<Readonly<Record<string, readonly string[]>> | undefined> {
  const kinds = resources.filter(
    (one) => one.preferred && one.group === 'gateway.networking.k8s.io' && fieldKinds.has(one.kind)
  );
  const definitions = resources.find((one) => one.plural === 'customresourcedefinitions' && one.preferred);
  if (kinds.length === 0 || definitions === undefined) return undefined;
  try {
    const found = await Promise.all(
      kinds.map(async ({ group, kind, plural, version }) => {
        const raw = await cluster.get({ resource: definitions, namespace: '', name: `${plural}.${group}` }, { signal });
        const fields = raw === undefined ? [] : fieldsOf(JSON.parse(Buffer.from(raw.bytes).toString('utf8')), version);
        return [`${group}/${kind}`, fields] as const;
      })
    );
    return Object.fromEntries(found.filter(([, fields]) => fields.length > 0));
  } catch (error) {
    if (!isLandfallError(error, 'CLUSTER_FORBIDDEN')) throw error;
    unreadable.push('customresourcedefinitions');
    return undefined;
  }
}

function factsOf(
  gitVersion: string,
  {
    nodes,
    storage,
    resources,
  }: {
    readonly nodes: readonly StoredObject[];
    readonly storage: readonly StoredObject[];
    readonly resources: readonly ServedResource[];
  }
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

/** Networks of Services and pods, and the addresses of nodes: what they name of a policy is of this cluster only. */
function networksOf(nodes: readonly StoredObject[], ranges: readonly StoredObject[]): readonly string[] {
  const ofServices = ranges.flatMap(({ spec }) => spec?.cidrs ?? []);
  const ofPods = nodes.flatMap(({ spec }) => spec?.podCIDRs ?? []);
  const ofNodes = nodes.flatMap(({ status }) =>
    (status?.addresses ?? []).flatMap(({ type, address }) => (type === 'InternalIP' ? address : []))
  );
  return [...new Set([...ofServices, ...ofPods, ...ofNodes])].sort();
}

/** What nodes give, once for all that give the same. */
function nodeProfiles(nodes: readonly StoredObject[]): readonly NodeProfile[] {
  const found = new Map<string, NodeProfile>();
  for (const { metadata, status } of nodes) {
    const labels = Object.keys(metadata.labels ?? {}).sort();
    const resources = Object.entries(status?.allocatable ?? {})
      .flatMap(([name, amount]) => (name.includes('/') && parseQuantity(amount) !== 0n ? name : []))
      .sort();
    found.set(JSON.stringify([labels, resources]), { labels, resources });
  }
  return [...found.values()];
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

function classProfile(object: StoredObject, defaultAnnotation: string): ClassProfile {
  const { metadata, spec } = object;
  const parameters = parametersOf(object);
  return {
    name: metadata.name,
    controller: spec?.controller ?? spec?.controllerName ?? '',
    isDefault: metadata.annotations?.[defaultAnnotation] === 'true',
    ...(parameters === undefined ? {} : { parameters }),
  };
}

/** What a GatewayClass configures its Gateways by; an IngressClass says it in other words, which nothing here reads. */
function parametersOf({ spec }: StoredObject): ClassProfile['parameters'] {
  const reference = spec?.controllerName === undefined ? undefined : spec.parametersRef;
  if (reference === undefined) return undefined;
  const { kind = '', namespace = '', name = '' } = reference;
  return { kind, namespace, name };
}

async function listAll(
  cluster: Cluster,
  resource: ApiResource,
  { most, signal }: { readonly most: number; readonly signal: AbortSignal }
): Promise<readonly StoredObject[]> {
  const pages = cluster.list(resource, { signal, ...(most === Infinity ? {} : { limit: most }) });
  const parse = (item: Uint8Array) => JSON.parse(Buffer.from(item).toString('utf8')) as StoredObject;
  const found = await wholeList(pages, parse, most);
  return found.sort((left, right) => (left.metadata.name < right.metadata.name ? -1 : 1));
}
