import type { DriftAllowance } from '../plan/plan.ts';
import type { ApiResource, ObjectRef } from '../resource.ts';
import type { OwnerLink, TransformOutcome } from '../transform/rule.ts';

/** One object of the plan: what it was, what it becomes, and a digest of what is desired. */
export interface DesiredObject<Entry = unknown> {
  readonly entry: Entry;
  readonly resource: ApiResource;
  /** Identity on the target. */
  readonly ref: ObjectRef;
  /** SHA-256 of `planDigest`. */
  readonly digest: string;
  readonly rules: readonly string[];
  /** Owners on the target, where there are any: which of them are cluster-scoped is known when the plan is made. */
  readonly owners?: readonly OwnerLink[];
  /** Finalizers of other controllers that travel with it: which those are the plan has asked the target. */
  readonly keptFinalizers?: readonly string[];
  /** Whether the apply group waits for it: what was not ready on the source is not waited for on the target. */
  readonly awaited: boolean;
  /** True: somebody applies it server-side on the source, and is to own its fields on the target. */
  readonly applied?: boolean;
  /** True: a rule made it beside or instead of the object of `entry`. */
  readonly additional?: boolean;
  /** True: the target had no such object when the plan was made. Known of namespaced objects. */
  readonly absent?: boolean;
  /** What of it may move by itself, and the digest without that; `replicas` counts only where an autoscaler is. */
  readonly drift?: { readonly allow: DriftAllowance; readonly digest: string };
}

/** The text whose digest binds a plan to what its transforms make: everything that reaches the target. */
export function planDigest(outcome: TransformOutcome): string {
  // The text as it is: written as JSON once more it would cost as much as the rest of its way.
  return `${outcome.text}\n${JSON.stringify([outcome.deferred, outcome.owners, outcome.status ?? ''])}`;
}

/** Rules that touch every object alike; an object only they touched does not count as changed. */
export const routineRules: ReadonlySet<string> = new Set(['server-fields', 'type-meta']);

/** The rules that made an object other than it was, without those that make it applicable at all. */
export function changingRules(outcome: TransformOutcome): readonly string[] {
  return [...new Set(outcome.changes.map(({ rule }) => rule))].filter((rule) => !routineRules.has(rule));
}
