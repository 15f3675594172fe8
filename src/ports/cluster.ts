import type { ApiResource } from '../core/resource.ts';

/**
 * A Kubernetes cluster as Landfall needs it: raw JSON in and out, so that int64, unknown fields and number forms
 * survive. Every method throws LandfallError with a `CLUSTER_*`, `OBJECT_*`, `ADMISSION_DENIED`, `QUOTA_EXCEEDED` or
 * `NAMESPACE_TERMINATING` code. Transport retries (429, 5xx, resets) happen inside, bounded, honouring Retry-After,
 * and are reported through `onRetry`; reads are retried freely, writes only where a repeat is harmless.
 */
export interface Cluster {
  /** The name of the Cluster in the configuration, for messages. */
  readonly name: string;
  /** UID of the kube-system namespace (identity of the cluster), server version. Idempotent. */
  identity(options?: IdentityOptions): Promise<ClusterIdentity>;
  /** Every kind served, and the groups that could not be read. Idempotent. */
  discover(options?: CallOptions): Promise<Discovery>;
  /**
   * Pages of one kind at ONE resourceVersion (limit/continue; on 410 the list starts again and `restarted` counts up: what
   * was made of earlier pages is void, see `wholeList`). A page is checked for completeness before it is given out.
   */
  list(resource: ApiResource, options: ListOptions): AsyncIterable<ListPage>;
  /** The raw object, or undefined when there is none (404). */
  get(address: ObjectAddress, options?: CallOptions): Promise<RawObject | undefined>;
  /** POST. Existing name: `{ outcome: 'exists' }`, never an error. A repeat after an unknown outcome is safe. */
  create(object: ObjectToCreate, options: WriteOptions): Promise<WriteResult>;
  /** PUT with the resourceVersion in the body (or none). 409: throws OBJECT_CHANGED. */
  replace(replacement: ObjectReplacement, options: WriteOptions): Promise<WriteResult>;
  /** PATCH; `contentType` application/json-patch+json, merge-patch or apply-patch; optional subresource. */
  patch(change: ObjectPatch, options: PatchOptions): Promise<WriteResult>;
  /** DELETE. Absent object: 'absent'. Preconditions refuse to delete somebody else's successor. */
  delete(address: ObjectAddress, options?: DeleteOptions): Promise<'deleted' | 'deleting' | 'absent'>;
  /**
   * Watches one object (or a kind with a selector) until `until` says yes; gives the raw object then. Falls back on
   * polling when the watch breaks. Throws WAIT_TIMED_OUT with `describe` of the last observed state.
   */
  waitFor(options: WaitOptions): Promise<RawObject | undefined>;
  /** Runs a command in a container; output capped at 64 KiB a stream. Not retried. */
  exec(options: ExecOptions): Promise<ExecResult>;
  /** The last lines of a container's log. */
  logs(options: LogOptions): Promise<string>;
  /** May this user do this? SelfSubjectAccessReview. */
  can(permission: Permission, options?: CallOptions): Promise<boolean>;
  /** Ends idle connections. */
  close(): Promise<void>;
}

/** Where an object is. */
export interface ObjectAddress {
  readonly resource: ApiResource;
  /** '' for cluster-scoped kinds. */
  readonly namespace: string;
  readonly name: string;
}

/** An object that is not there yet; its name is in its body. */
export interface ObjectToCreate extends Omit<ObjectAddress, 'name'> {
  /** JSON. */
  readonly body: string;
}

/** The whole new content of an object. */
export interface ObjectReplacement extends ObjectAddress {
  /** JSON. */
  readonly body: string;
}

/** A change of an object, in the form that `contentType` of the options names. */
export interface ObjectPatch extends ObjectAddress {
  readonly patch: string;
}

/** What a user may or may not do. */
export interface Permission {
  readonly verb: string;
  /** A plural may name a subresource: `pods/exec`. */
  readonly resource: Pick<ApiResource, 'group' | 'plural'>;
  /** '' asks for all namespaces. */
  readonly namespace: string;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
}

export interface IdentityOptions extends CallOptions {
  /** A first contact: a server that does not answer is abandoned within 10 s, so that a person learns of it soon. */
  readonly brief?: boolean;
}

export interface ClusterIdentity {
  readonly uid: string;
  readonly gitVersion: string;
  /** Server clock minus local clock, from the Date header. */
  readonly clockSkewMs: number;
}

export interface Discovery {
  /** Preferred version of each kind first; other served versions follow with `preferred: false`. */
  readonly resources: readonly ServedResource[];
  /** Groups that do not answer; none of their kinds is among the resources. */
  readonly failures: readonly DiscoveryFailure[];
  /** Short names as kubectl takes them, to `plural.group`: `deploy` to `deployments.apps`. */
  readonly shortNames: ReadonlyMap<string, string>;
}

export interface DiscoveryFailure {
  readonly groupVersion: string;
  readonly message: string;
  /** What it served when it last answered the API server; empty where nobody knows. */
  readonly lastServed: readonly ServedResource[];
}

export interface ServedResource extends ApiResource {
  readonly preferred: boolean;
}

/** One object exactly as the server sent it, UTF-8 JSON. List items lack kind and apiVersion for built-in kinds. */
export interface RawObject {
  readonly bytes: Uint8Array;
}

export interface ListOptions extends CallOptions {
  /** '' or absent: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  /** Objects a page; default 1000. */
  readonly limit?: number;
}

export interface ListPage {
  readonly resourceVersion: string;
  readonly items: readonly Uint8Array[];
  /** How often the list has started again (410). When it grows, earlier pages are void. */
  readonly restarted: number;
  readonly remaining: number | undefined;
}

export interface WriteOptions extends CallOptions {
  /** Shows in managedFields; Landfall's own is `landfall-RUN`, by which its objects are known again. */
  readonly fieldManager: string;
  readonly dryRun?: boolean;
  readonly fieldValidation?: 'Ignore' | 'Warn' | 'Strict';
}

export interface PatchOptions extends WriteOptions {
  readonly contentType: 'application/json-patch+json' | 'application/merge-patch+json' | 'application/apply-patch+yaml';
  readonly subresource?: string;
  /** Server-side apply takes over fields of other managers; without it they are an OBJECT_CONFLICT. */
  readonly force?: boolean;
}

export interface DeleteOptions extends CallOptions {
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly propagation?: 'Foreground' | 'Background' | 'Orphan';
  readonly gracePeriodSeconds?: number;
}

export interface WriteResult {
  readonly outcome: 'created' | 'exists' | 'replaced' | 'patched';
  /** The stored object; absent for `exists`. */
  readonly object?: RawObject;
  /** `Warning` headers of the server. */
  readonly warnings: readonly string[];
}

export interface WaitOptions extends ObjectAddress, CallOptions {
  /** Decides on the raw object; undefined = it does not exist. */
  readonly until: (object: RawObject | undefined) => boolean;
  /** The state in words, for the timeout's message. */
  readonly describe: (object: RawObject | undefined) => string;
  readonly timeoutMs: number;
  /** Called at least every 5 s and on every change, so that an activity can heartbeat. */
  readonly onTick?: (state: string) => void;
}

export interface ExecOptions extends CallOptions {
  readonly namespace: string;
  readonly pod: string;
  readonly container?: string;
  readonly command: readonly string[];
  readonly timeoutMs: number;
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface LogOptions extends CallOptions {
  readonly namespace: string;
  readonly pod: string;
  readonly container?: string;
  readonly tailLines?: number;
}

/** What a retry inside the cluster port reports: shown to people, counted in metrics. */
export interface RetryNotice {
  readonly subject: string;
  readonly code: string;
  readonly attempt: number;
  readonly attemptsMax: number;
  readonly delayMs: number;
}
