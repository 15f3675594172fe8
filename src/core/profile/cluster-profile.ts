import type { Platform, TranslationSpec } from '../spec/spec.ts';
import type { RoutingFacts, Inclusions } from './routing-facts.ts';

/** Platforms there are packs for. */
export const platforms = ['vks', 'eks', 'aks'] as const;
export type KnownPlatform = (typeof platforms)[number];

export interface Direction {
  readonly from: KnownPlatform;
  readonly to: KnownPlatform;
}

/** All six of them, in the order of the docs. */
export const directions: readonly Direction[] = platforms.flatMap((from) =>
  platforms.filter((to) => to !== from).map((to) => ({ from, to }))
);

/** A StorageClass as translation looks at it. */
export interface StorageClassProfile {
  readonly name: string;
  readonly provisioner: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly isDefault: boolean;
  readonly waitsForConsumer: boolean;
}

/** An IngressClass or GatewayClass. */
export interface ClassProfile {
  readonly name: string;
  readonly controller: string;
  readonly isDefault: boolean;
  /** What a GatewayClass configures its Gateways by. */
  readonly parameters?: { readonly kind: string; readonly namespace: string; readonly name: string };
}

/** What a kind of node gives to pods: nodes that give the same are one. */
export interface NodeProfile {
  /** Keys of its labels. */
  readonly labels: readonly string[];
  /** Extended resources it has any of, such as `nvidia.com/gpu`. */
  readonly resources: readonly string[];
}

/** What translation knows of a cluster: read once a run and kept, since plan, apply and verification must agree. */
export interface ClusterProfile {
  readonly platform: Platform;
  /** True when the file says so. */
  readonly declared: boolean;
  /** What its nodes, versions and classes say, where the file says another one. */
  readonly detected?: Platform;
  /** Why it is taken for that platform, in words. */
  readonly evidence: readonly string[];
  readonly storageClasses: readonly StorageClassProfile[];
  readonly ingressClasses: readonly ClassProfile[];
  readonly gatewayClasses: readonly ClassProfile[];
  readonly runtimeClasses: readonly string[];
  readonly priorityClasses: readonly string[];
  /** Zones its nodes are in. */
  readonly zones: readonly string[];
  /** What nodes give; absent: not all could be looked at. */
  readonly nodes?: readonly NodeProfile[];
  /** Networks of its Services, pods and nodes, as far as they can be seen. */
  readonly networks?: readonly string[];
  /** CSI drivers it has; absent: they could not be read. */
  readonly drivers?: readonly string[];
  /** EKS Auto Mode makes the load balancers and disks. */
  readonly autoMode: boolean;
  /** `group/Kind` of everything served that is not of the API server itself. */
  readonly kinds: readonly string[];
  /** The preferred version of kinds that rules make, by `group/Kind`; absent: not read. */
  readonly versions?: Readonly<Record<string, string>>;
  /** Fields that definitions of Gateway API have in the preferred version, by `group/Kind`; absent: not known. */
  readonly fields?: Readonly<Record<string, readonly string[]>>;
  /** Classes of Gateways by `namespace/name`; absent: not read. */
  readonly gateways?: Readonly<Record<string, string>>;
  /** `spec` of LoadBalancerConfigurations of AWS by `namespace/name`; absent: not read. */
  readonly loadBalancerConfigurations?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Addresses that several Services are pinned to, with them as `namespace/name` in order; absent: not read. */
  readonly sharedAddresses?: Readonly<Record<string, readonly string[]>>;
  /** HTTPProxies of Contour that others include; absent where there is no Contour, or they could not be read. */
  readonly inclusions?: Inclusions;
  /** What the routing of one Ingress depends on beyond it; absent where Ingresses could not be read. */
  readonly routing?: RoutingFacts;
  /** What could not be read, and why. */
  readonly unreadable: readonly string[];
}

/** What rules of packs translate by. Plain data. */
export interface Translation extends Direction {
  readonly tables: TranslationSpec;
  readonly source: ClusterProfile;
  readonly target: ClusterProfile;
}

/** How people say the names. */
export const platformNames: Readonly<Record<Platform, string>> = {
  vks: 'VKS',
  eks: 'EKS',
  aks: 'AKS',
  generic: 'generic Kubernetes',
};

/** The word of a table; '*' stands for every other one. Undefined: the table does not say. */
export function lookUp(table: Readonly<Record<string, string>>, key: string): string | undefined {
  if (Object.hasOwn(table, key)) return table[key];
  return Object.hasOwn(table, '*') ? table['*'] : undefined;
}

/** True when the target serves a kind of a group that is not the API server's own. */
export function serves(profile: ClusterProfile, group: string, kind: string): boolean {
  return profile.kinds.includes(`${group}/${kind}`);
}

/**
 * The version in which a cluster serves a kind: undefined where it does not serve it, `otherwise` where it does and the
 * version was not read.
 */
export function versionServed(
  profile: ClusterProfile,
  { group, kind, otherwise }: { readonly group: string; readonly kind: string; readonly otherwise: string }
): string | undefined {
  if (!serves(profile, group, kind)) return undefined;
  return profile.versions?.[`${group}/${kind}`] ?? otherwise;
}
