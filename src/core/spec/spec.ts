/**
 * What a user asks for, after the file was read, validated as a whole and its defaults written in. Plain data: it goes
 * into the workflow once and into the store; credentials are references, never values.
 */

import type { LocationSpec } from './location-spec.ts';

export type * from './location-spec.ts';

/** Kubernetes platforms Landfall knows the differences of. */
export type Platform = 'vks' | 'eks' | 'aks' | 'generic';

export type PodSecurityLevel = 'restricted' | 'baseline' | 'privileged';

/**
 * What a person says about the differences of two platforms. Every table is from the source's word to the target's; a
 * word that is needed and not there becomes a finding.
 */
export interface TranslationSpec {
  readonly mode: 'auto' | 'off';
  /** Zones and regions. */
  readonly zones: Readonly<Record<string, string>>;
  /** Node pools. A value `key=value` is a label of the target's nodes, `` takes the constraint away. */
  readonly nodePools: Readonly<Record<string, string>>;
  /** Storage class of the target for each capability; absent: chosen among the classes of the target. */
  readonly storage: Readonly<Partial<Record<StorageCapability, string>>>;
  readonly loadBalancers: {
    /** Where the source does not say. */
    readonly defaultExposure: 'internal' | 'public';
    /** `spec.loadBalancerClass` on the target; absent: the platform's own. */
    readonly class?: string;
    /** Subnets of internal load balancers on the target. */
    readonly subnets: readonly string[];
    /** Pinned addresses, and names of shared ones. */
    readonly addresses: Readonly<Record<string, string>>;
  };
  /** Certificates: an ACM ARN, `namespace/secret` or a host name to the same of the target. */
  readonly certificates: Readonly<Record<string, string>>;
  readonly ingress: {
    /** Source ingress or gateway class to target class; '*' = every other one of the platform. */
    readonly classes: Readonly<Record<string, string>>;
    /** What becomes of HTTPProxy and HTTPRoute. */
    readonly routes: 'auto' | 'keep' | 'gateway' | 'contour';
    /** `namespace/name` of the Gateway on the target that routes attach to; absent: one is made for each host. */
    readonly gateway?: string;
  };
  /** `namespace/serviceaccount` on the source to a role ARN, client id, or `` for none. */
  readonly identities: Readonly<Record<string, string>>;
  /** Prefix of image names to prefix of image names. */
  readonly registries: Readonly<Record<string, string>>;
  /** Image as written to the digest it is pinned by. */
  readonly imageDigests: Readonly<Record<string, string>>;
  /** Pull secrets of the source to one of the target; `` removes it. */
  readonly pullSecrets: Readonly<Record<string, string>>;
  /** `hold`: external-dns leaves objects of the target alone until somebody releases them. */
  readonly dns: 'hold' | 'publish';
  /** Pod security level of namespaces on the target, by source name. */
  readonly podSecurity: Readonly<Record<string, PodSecurityLevel>>;
  readonly runtimeClasses: Readonly<Record<string, string>>;
  readonly priorityClasses: Readonly<Record<string, string>>;
}

/** What a volume needs of its class: one node at a time, faster than usual, or many nodes at the same time. */
export type StorageCapability = 'block' | 'fast' | 'file';

export interface ClusterSpec {
  readonly name: string;
  readonly kubeconfig: { readonly path: string; readonly context?: string };
  /** `detect`: derived from what the cluster says of itself. */
  readonly platform: Platform | 'detect';
  /** Objects a second, most; undefined = as fast as the server lets (429 is honoured anyway). */
  readonly maxRequestsPerSecond?: number;
  /** Work on it goes to the workers of this site; absent = to those of the run. */
  readonly site?: string;
}

/** What is in. Names of kinds are `plural`, `plural.group` or `Kind`, as kubectl takes them. */
export interface ScopeSpec {
  /** Namespaces in; '*' and '?' are wildcards. */
  readonly namespaces: readonly string[];
  readonly excludeNamespaces: readonly string[];
  /** Empty = every kind. */
  readonly kinds: readonly string[];
  readonly excludeKinds: readonly string[];
  /** Kubernetes label selector; '' = all. */
  readonly labelSelector: string;
  /** Cluster-scoped objects that the ones in scope need: `dependencies` (default) or `none`. */
  readonly clusterScoped: 'dependencies' | 'none';
}

/** One operation of RFC 6902. */
export interface PatchOperation {
  readonly op: 'add' | 'remove' | 'replace' | 'move' | 'copy' | 'test';
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

/** A user's rule: which objects, and the patch made to each. A failing `test` leaves the object as it is, and is reported. */
export interface TransformSpec {
  readonly name: string;
  readonly match: {
    readonly kinds: readonly string[];
    readonly namespaces: readonly string[];
    /** Regular expression of RE2, found anywhere in the name; '' = all. */
    readonly name: string;
    readonly labelSelector: string;
    /** Values the object as captured must have; a pointer that is not there does not match. */
    readonly fields?: readonly { readonly path: string; readonly value: unknown }[];
    /** Paths of which at least one value must be there, equal, or match; all of them must hold. */
    readonly jsonPath?: readonly JsonPathMatch[];
  };
  readonly patch: readonly PatchOperation[];
  /** Merge patch (RFC 7396), applied when `patch` is empty. */
  readonly mergePatch?: Readonly<Record<string, unknown>>;
  /** Strategic merge patch of a built-in kind, applied when `patch` is empty and there is no `mergePatch`. */
  readonly strategicPatch?: Readonly<Record<string, unknown>>;
  /** A rendered manifest that takes the object's place, instead of all patches. */
  readonly manifest?: RenderedManifest;
  readonly reason: string;
}

/** An object that kustomize or Helm rendered, and the namespaces of the target it counts in; '' = cluster-scoped. */
export interface RenderedManifest {
  readonly content: Readonly<Record<string, unknown>>;
  readonly namespaces: readonly string[];
}

/** `path` in the subset of JSONPath of `core/json/json-path.ts`; at most one of value and matches. */
export interface JsonPathMatch {
  readonly path: string;
  readonly value?: unknown;
  /** Regular expression of RE2, found anywhere in one of the scalars. */
  readonly matches?: string;
}

export interface HookSpec {
  readonly name: string;
  readonly namespace: string;
  /** Label selector of the pods it runs in (all that match, Running). */
  readonly podSelector: string;
  readonly container: string;
  readonly command: readonly string[];
  readonly timeoutMs: number;
  readonly onError: 'fail' | 'continue';
}

export interface VolumesSpec {
  /** `move` (default) or `none`: claims are created empty on the target. */
  readonly mode: 'move' | 'none';
  /** Number of claims moved at the same time. */
  readonly parallel: number;
  /** VolumeSnapshotClass on the source; '' = the one of the claim's driver. */
  readonly snapshotClass: string;
  /** Read every file again, also those that look unchanged since the last run of the claim. */
  readonly rereadAll?: boolean;
  /** Claims without a snapshot class: refuse, exclude, or copy directly while their pods are scaled to zero. */
  readonly withoutSnapshot: 'fail' | 'skip' | 'copyWhileQuiesced';
  readonly timeoutMs: number;
  /** Of the pods that move volumes; absent: the defaults. */
  readonly movers?: MoverPodsSpec;
}

/** Settings for the pods that move volumes, on both clusters, besides what the pods of a claim's workloads say. */
export interface MoverPodsSpec {
  readonly tolerations?: readonly TolerationSpec[];
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly priorityClassName?: string;
  /** Names of Secrets in Landfall's namespace. */
  readonly imagePullSecrets?: readonly string[];
  /** In place of the mover's own requests and limits. */
  readonly resources?: {
    readonly requests?: Readonly<Record<string, string>>;
    readonly limits?: Readonly<Record<string, string>>;
  };
}

/** A toleration as pods have it. */
export interface TolerationSpec {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
}

/** A finding of assessment, plan or run that somebody accepts until a day. */
export interface WaiverSpec {
  readonly code: string;
  /** Glob over the subject of the finding; `*` = every one. */
  readonly subject: string;
  readonly owner: string;
  readonly reason: string;
  /** Last day it counts, `2026-12-31` (UTC). */
  readonly until: string;
}

/** What happens to an object that is on the target already with other content. */
export type ExistingPolicy = 'skip' | 'update' | 'fail';
/** What the refusal of one object means for the run: everything goes back, or the run goes on without it. */
export type RefusalPolicy = 'rollback' | 'continue';

/** Settings for some objects; the first rule that selects an object and says a setting decides it. */
export interface ObjectRuleSpec {
  /** Names of kinds as in ScopeSpec; empty = all. */
  readonly kinds: readonly string[];
  /** Namespaces of the target, globs; empty = all, and cluster-scoped objects. */
  readonly namespaces: readonly string[];
  /** Globs; empty = all. */
  readonly names: readonly string[];
  readonly existingResourcePolicy?: ExistingPolicy;
  readonly onRefused?: RefusalPolicy;
}

/**
 * What of a cluster is known where content comes from: the cluster itself, or what a recovery point says of the one it was
 * captured on, which has no kubeconfig and is never asked.
 */
export type SourceSpec = Omit<ClusterSpec, 'kubeconfig'> & Partial<Pick<ClusterSpec, 'kubeconfig'>>;

/** A recovery point, exactly: another manifest under its id is refused. */
export interface PointSpec {
  readonly id: string;
  /** SHA-256 of its manifest. */
  readonly sha256: string;
  /** Objects of it by name, besides what `scope` takes; absent: all. */
  readonly include?: readonly NamedObjects[];
}

/** Objects by kind and name; `*` and `?` are wildcards in names. */
export interface NamedObjects {
  readonly kind: string;
  /** Absent: every namespace. */
  readonly namespace?: string;
  readonly name: string;
}

/** What every run over objects and volumes is asked to do; which ends it has is the matter of its kind. */
export interface RunSpec {
  readonly name: string;
  readonly source: SourceSpec;
  /** Absent: nothing is applied anywhere. */
  readonly target?: ClusterSpec;
  /** Where its content comes from; absent: it captures the source. */
  readonly point?: PointSpec;
  readonly location: LocationSpec;
  readonly scope: ScopeSpec;
  /** Source namespace -> target namespace. */
  readonly namespaceMapping: Readonly<Record<string, string>>;
  /** Source storage class -> target storage class; '*' = every other one. */
  readonly storageClasses: Readonly<Record<string, string>>;
  readonly transforms: readonly TransformSpec[];
  /** Absent: off. */
  readonly translation?: TranslationSpec;
  readonly existingResourcePolicy: ExistingPolicy;
  /** Absent: `rollback`. */
  readonly onRefused?: RefusalPolicy;
  /** Absent: none. */
  readonly objectRules?: readonly ObjectRuleSpec[];
  readonly volumes: VolumesSpec;
  readonly hooks: { readonly pre: readonly HookSpec[]; readonly post: readonly HookSpec[] };
  /** Namespace Landfall works in, on both clusters. */
  readonly landfallNamespace: string;
  /** Image of the mover Jobs. */
  readonly moverImage: string;
  /** Everything up to the first write on the target, then server-side dry run of each object. */
  readonly dryRun: boolean;
  /** Registry host -> the address an assessment asks it at; absent = the host itself. */
  readonly registries?: Readonly<Record<string, string>>;
  /** Findings of assessment, plan and run that are accepted; absent = none. */
  readonly waivers?: readonly WaiverSpec[];
  /** What happens when a step fails for good. `rollback` (default): compensations; `keep`: stay for resume. */
  readonly onFailure: 'rollback' | 'keep';
  /** Who must agree to a plan before a run writes anything; absent = nobody. */
  readonly approval?: ApprovalSpec;
}

/** What a run applies to a cluster, wherever it comes from. */
export type AppliedSpec = RunSpec & { readonly target: ClusterSpec };

/** From one cluster to another. */
export interface MigrationSpec extends RunSpec {
  readonly source: ClusterSpec;
  readonly target: ClusterSpec;
}

/** From a cluster into a recovery point. Whatever of a `RunSpec` is about a target is at its default. */
export interface BackupSpec extends RunSpec {
  readonly source: ClusterSpec;
  readonly target?: never;
  readonly point?: never;
}

/** From a recovery point to a cluster. */
export interface RestoreSpec extends RunSpec {
  readonly source: Omit<SourceSpec, 'kubeconfig'> & { readonly kubeconfig?: never };
  readonly target: ClusterSpec;
  readonly point: PointSpec;
}

export interface ApprovalSpec {
  readonly required: boolean;
  /** Empty = anybody. */
  readonly approvers: readonly string[];
  /** Whoever made the plan may not approve it. */
  readonly fourEyes: boolean;
  readonly expiresAfterMs: number;
}

/** A restore whose recovery point has not been looked up yet. */
export interface RestoreRequest extends Omit<RestoreSpec, 'source' | 'point'> {
  readonly wanted: {
    /** An id, whole or short, or `latest`. */
    readonly point: string;
    /** What the latest one is to be called; absent: any name. */
    readonly name?: string;
    readonly include?: readonly NamedObjects[];
  };
}
