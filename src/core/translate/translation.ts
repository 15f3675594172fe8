import type { Platform, TranslationSpec } from '../spec/spec.ts';
import type { RoutingFacts } from './ingress/facts.ts';
import type { Inclusions } from './ingress/inclusion.ts';

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
}

/** What translation knows of a cluster: read once a run and kept, since plan, apply and verification must agree. */
export interface ClusterProfile {
  readonly platform: Platform;
  /** True when the file says so. */
  readonly declared: boolean;
  /** Why it is taken for that platform, in words. */
  readonly evidence: readonly string[];
  readonly storageClasses: readonly StorageClassProfile[];
  readonly ingressClasses: readonly ClassProfile[];
  readonly gatewayClasses: readonly ClassProfile[];
  readonly runtimeClasses: readonly string[];
  readonly priorityClasses: readonly string[];
  /** Zones its nodes are in. */
  readonly zones: readonly string[];
  /** EKS Auto Mode makes the load balancers and disks. */
  readonly autoMode: boolean;
  /** `group/Kind` of everything served that is not of the API server itself. */
  readonly kinds: readonly string[];
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
