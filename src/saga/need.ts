/**
 * A right an activity uses on a cluster. Plain data: the questions of the preflight (permissions.ts) and the roles in
 * docs/reference/permissions.md are both read off it.
 */
export interface Need {
  readonly side: 'source' | 'target';
  /** As RBAC has them. `watch` is never asked for: a wait that may not watch asks again and again. */
  readonly verbs: readonly Verb[];
  readonly of: KindSet | readonly NamedKind[];
  readonly in: Place;
  /** What of the specification, the scope or the target it depends on. */
  readonly only?: Condition;
  /** What happens without it, in a sentence; absent: the activity cannot do without, and the preflight asks for it. */
  readonly without?: string;
}

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'bind' | 'escalate';

/** `plural`, `plural.group`, or with a subresource `pods/log`, as kubectl takes them. */
type NamedKind = string;

/** Kinds that are known only once both clusters were looked at. */
export type KindSet =
  /** Every kind that is captured, but Namespace: on the source where it is listed, on the target in its namespaces. */
  | 'captured'
  /** Every namespaced kind that an application may have on the target, whatever `scope.kinds` says. */
  | 'any'
  /** `dependencyKinds` of core/select: whether the captured objects need any only the capture says, so nothing is asked. */
  | 'dependencies'
  /** Kinds that definitions bring. */
  | 'custom'
  /** Whatever an object of the scope refers to by its name. */
  | 'referred'
  /** Kinds that the checks of the planning pass look at (assess/checks). */
  | 'checked';

export type Place =
  | 'cluster'
  /** Namespaces of the scope; on the target those they are mapped to. */
  | 'scope'
  /** Landfall's own namespace. */
  | 'own'
  /** Namespaces that hooks name. */
  | 'hooks'
  /** Namespaces that the run makes for its questions and that nobody can grant rights in beforehand: in all namespaces. */
  | 'temporary';

export type Condition =
  /** The scope has claims, whether their data moves or not. */
  | 'claims'
  /** The data of claims moves. */
  | 'moves'
  /** `volumes.withoutSnapshot: copyWhileQuiesced`. */
  | 'directCopy'
  /** `existingResourcePolicy: update`, in the Migration or in one of its objectRules. */
  | 'updates'
  /** `scope.clusterScoped` is not `none`. */
  | 'clusterScoped'
  /** A name in `scope.namespaces` is a pattern. */
  | 'patterns'
  /** A namespace of the plan is not on the target yet. */
  | 'newNamespaces';
