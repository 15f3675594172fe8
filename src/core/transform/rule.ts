import type { DocumentView } from '../json/document.ts';
import type { ApiResource, ObjectRef } from '../resource.ts';
import type { ObjectHead } from '../select/head.ts';
import type { PatchOperation, ScopeSpec, TransformSpec } from '../spec/spec.ts';
import type { Translation } from '../profile/cluster-profile.ts';

/** What one rule changes in one object, with the reason people read. Data: never a mutated object. */
export interface Change {
  readonly rule: string;
  readonly reason: string;
  readonly patch: readonly PatchOperation[];
}

/** A rule's word that an object must not be made on the target. */
export interface Exclusion {
  readonly exclude: true;
  readonly rule: string;
  readonly reason: string;
  /** Objects made in its place. */
  readonly instead?: readonly AdditionalObject[];
  readonly notes?: readonly TransformNote[];
}

/** What a note is about, where it is more than a hint: these become findings of the plan. */
export type NoteCode =
  | 'TRANSLATION_LOSS'
  | 'TRANSLATION_UNMAPPED'
  | 'TRANSLATION_MANUAL'
  | 'EXTERNAL_HELD'
  | 'EXTERNAL_SHARED'
  | 'EXPOSURE_WIDENED'
  | 'RUN_STARTS_AGAIN'
  | 'WORKLOAD_PAUSED'
  | 'CLAIM_SOURCE_MISSING'
  | 'ADDRESS_NOT_KEPT'
  | 'SUBJECTS_EXCLUDED'
  | 'REFERENCE_UNCHANGED';

/** Something a person should look at that no rule may change by itself. Never holds a value of the object. */
export interface TransformNote {
  readonly rule: string;
  readonly path: string;
  readonly message: string;
  readonly code?: NoteCode;
  /** What to do about it; with a code. */
  readonly remedy?: string;
  /** With a code; default `warning`. */
  readonly severity?: 'blocker' | 'warning' | 'info';
}

/**
 * An object a rule makes beside or instead of the one it was asked about: one HTTPProxy becomes several routes. It is as
 * it shall be on the target: only the user's transforms still see it.
 */
export interface AdditionalObject {
  readonly rule: string;
  readonly reason: string;
  readonly resource: ApiResource;
  readonly ref: ObjectRef;
  /** JSON text. */
  readonly text: string;
}

/** What a rule that has more to say than changes gives. */
export interface RuleOutcome {
  readonly changes: readonly Change[];
  readonly notes: readonly TransformNote[];
  readonly additional: readonly AdditionalObject[];
}

/** An object as a rule sees it: the head as captured, the text as the rules before left it. */
export interface RuleObject {
  readonly head: ObjectHead;
  readonly resource: ApiResource;
  readonly view: DocumentView;
}

/**
 * One rule. `apply` gives changes against the text as it sees it, in order, or takes the object out. Given the result
 * of all rules once more, it changes nothing (idempotent).
 */
export interface Rule {
  readonly id: string;
  /** One sentence for the docs: what and why. */
  readonly describe: string;
  appliesTo(head: ObjectHead, resource: ApiResource): boolean;
  apply(object: RuleObject, context: TransformContext): readonly Change[] | RuleOutcome | Exclusion;
  /** What it sees but leaves alone; reported even when it changes nothing. */
  notes?(object: RuleObject, context: TransformContext): readonly TransformNote[];
}

/** A claim whose data has been moved: the volume on the target that it is to bind. */
export interface MovedClaim {
  readonly volumeName: string;
}

export interface PreserveOptions {
  /** Keep node ports that the source allocated, as Velero's preserveNodePorts. */
  readonly nodePorts: boolean;
  /** Kinds (as in ScopeSpec) whose status is handed out to be written after the create, as Velero's restoreStatus. */
  readonly status: readonly string[];
}

/** Names of the source by which a text that names one of them is distinguished from any other text; each `namespace/name`. */
export interface KnownNames {
  readonly services: ReadonlySet<string>;
  /** Captured objects of namespaces that are mapped. */
  readonly objects: ReadonlySet<string>;
}

/** What rules need to know beyond the object. Plain data but for `rules`. */
export interface TransformContext {
  readonly namespaceMapping: Readonly<Record<string, string>>;
  /** Source class to target class; '*' = every other one. */
  readonly storageClasses: Readonly<Record<string, string>>;
  readonly userTransforms: readonly TransformSpec[];
  /** What moves; absent: not known, and no rule judges by it. */
  readonly scope?: ScopeSpec;
  /** What texts may name, as far as the caller knows it: only notes depend on it, never a change. */
  readonly names?: KnownNames;
  /** `namespace/name` on the source -> what became of the claim's volume. */
  readonly volumes: Readonly<Record<string, MovedClaim>>;
  /** Kinds the target serves, together with those of the CRDs that are applied before. Empty: not known, not checked. */
  readonly targetResources: readonly ApiResource[];
  readonly preserve: PreserveOptions;
  /** False: no claim brings its data, whatever it is bound to. Absent: bound claims do. */
  readonly volumesMove?: boolean;
  /**
   * Takes pod-security labels off namespaces and gives them in `deferred`, to be set when everything runs (fact 30).
   * The caller that sets this applies `deferred`.
   */
  readonly deferPodSecurity: boolean;
  /** Finalizers of other controllers that travel, as the plan has decided for this object; absent: `targetResources` decide. */
  readonly keptFinalizers?: readonly string[];
  /** Rules of packs, run after the built-in ones and before the user's. */
  readonly rules?: readonly Rule[];
  /** The platforms of both sides and the tables between them; absent: nothing is translated. */
  readonly translation?: Translation;
}

/** An owner an object had on the source, to be set again with the uid the owner has on the target. */
export interface OwnerLink {
  readonly owner: ObjectRef;
  readonly apiVersion: string;
  readonly controller: boolean;
  readonly blockOwnerDeletion: boolean;
}

export interface TransformOutcome {
  /** What to create. */
  readonly text: string;
  /** The object's identity on the target. */
  readonly ref: ObjectRef;
  readonly changes: readonly Change[];
  readonly notes: readonly TransformNote[];
  /** To be patched when everything else is there; `text` with these patches is what is desired in the end. */
  readonly deferred: readonly Change[];
  /** Owners to set again once they live on the target. */
  readonly owners: readonly OwnerLink[];
  /** JSON text of the status to write after the create (`preserve.status`). */
  readonly status?: string;
  readonly excluded?: Exclusion;
  /** Objects to make beside this one, or, where it is excluded, in its place. Each is an outcome of its own. */
  readonly additional: readonly AdditionalOutcome[];
  /** The user's transforms that match the object, whether they changed anything or not. Absent: none. */
  readonly matched?: readonly string[];
}

/** What becomes of an object that a rule made. */
export interface AdditionalOutcome extends AdditionalObject {
  readonly changes: readonly Change[];
  readonly matched?: readonly string[];
}

export function exclude(rule: string, reason: string): Exclusion {
  return { exclude: true, rule, reason };
}

export function isExclusion(result: readonly Change[] | RuleOutcome | Exclusion): result is Exclusion {
  return 'exclude' in result;
}

/** `group/Kind`, the key of rule tables. */
export function kindKey(ref: Pick<ObjectRef, 'group' | 'kind'>): string {
  return `${ref.group}/${ref.kind}`;
}

/** One change out of operations, or none when there are none. */
export function change(rule: string, reason: string, patch: readonly PatchOperation[]): readonly Change[] {
  return patch.length === 0 ? [] : [{ rule, reason, patch }];
}

/** Operations that remove those of the pointers that are there. */
export function removals(view: DocumentView, pointers: readonly string[]): readonly PatchOperation[] {
  return pointers.filter((path) => view.has(path)).map((path) => ({ op: 'remove', path }));
}
