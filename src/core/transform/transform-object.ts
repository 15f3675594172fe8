import { isLandfallError, LandfallError } from '../errors.ts';
import { openDocument, type Document } from '../json/document.ts';
import { describeRef, parseApiVersion, type ObjectRef } from '../resource.ts';
import type { SelectedObject } from '../select/dependencies.ts';
import { readHead, type ObjectHead } from '../select/head.ts';
import { compileKinds } from '../select/kinds.ts';
import type { PatchOperation } from '../spec/spec.ts';
import { builtInRules, closingRules } from './rules/index.ts';
import { mapNamespace } from './rules/namespace.ts';
import {
  isExclusion,
  kindKey,
  removals,
  type AdditionalObject,
  type AdditionalOutcome,
  type Change,
  type Exclusion,
  type OwnerLink,
  type Rule,
  type RuleObject,
  type TransformContext,
  type TransformNote,
  type TransformOutcome,
} from './rule.ts';
import { compileTransforms, isFailedTest, type UserTransform } from './user-transforms.ts';

/**
 * Turns a captured object into the ones to make on the target: built-in rules, rules of packs, then the user's, each as
 * patches with a reason. What the target does not serve is excluded after the packs had their say: they may know what it
 * serves instead. Objects a pack makes are given beside it. Idempotent. Throws TRANSFORM_FAILED with the object's name when a user's patch does not fit,
 * CONFIG_INVALID when a user's transform is wrong in itself.
 */
export function transformObject(captured: SelectedObject, context: TransformContext): TransformOutcome {
  const { head, text } = captured;
  const edit = openEdit(captured, []);
  const { view, changes, notes, made } = edit;
  const status = keptStatus(edit, context);
  for (const rule of rulesOf(context)) {
    const excluded = applyRule(rule, edit, context);
    if (excluded !== undefined) {
      const additional = [...made, ...(excluded.instead ?? [])].map((one) => finishAdditional(one, context, notes));
      notes.push(...(excluded.notes ?? []));
      return { text, ref: head.ref, changes: [], notes, deferred: [], owners: [], excluded, additional };
    }
  }
  const additional = made.map((one) => finishAdditional(one, context, notes));
  const matched = matching(context, captured);
  for (const transform of matched) applyUser(transform, edit);
  const deferred = deferPodSecurity(edit, context);
  const ref = targetRef(head.ref, view);
  const owners = ownerLinks(head, context);
  return {
    text: view.text(),
    ref,
    changes,
    notes,
    deferred,
    owners,
    additional,
    ...(status === undefined ? {} : { status }),
    ...idsOf(matched),
  };
}

/** An object as it is edited: what was done to it, seen in it and made beside it. */
interface Edit extends RuleObject {
  readonly view: Document;
  readonly changes: Change[];
  readonly notes: TransformNote[];
  readonly made: AdditionalObject[];
}

function openEdit({ head, resource, text }: SelectedObject, notes: TransformNote[]): Edit {
  return { head, resource, view: openDocument(text), changes: [], notes, made: [] };
}

/** The user's transforms that are for an object, as it was before any rule. */
function matching(
  { userTransforms }: TransformContext,
  { head, resource, text }: SelectedObject
): readonly UserTransform[] {
  return compileTransforms(userTransforms).filter((transform) => transform.matches(head, text, resource));
}

function idsOf(matched: readonly UserTransform[]): { readonly matched?: readonly string[] } {
  return matched.length === 0 ? {} : { matched: matched.map(({ id }) => id) };
}

function rulesOf(context: TransformContext): readonly Rule[] {
  return [...builtInRules, ...(context.rules ?? []), ...closingRules];
}

function applyRule(rule: Rule, edit: Edit, context: TransformContext): Exclusion | undefined {
  if (!rule.appliesTo(edit.head, edit.resource)) return undefined;
  const result = rule.apply(edit, context);
  if (isExclusion(result)) return result;
  const whole = 'changes' in result ? result : { changes: result, notes: [], additional: [] };
  for (const change of whole.changes) {
    edit.view.apply(change.patch);
    edit.changes.push(change);
  }
  edit.notes.push(...whole.notes);
  edit.made.push(...whole.additional);
  if (rule.notes !== undefined) edit.notes.push(...rule.notes(edit, context));
  return undefined;
}

/** The user's word is the last one, over made objects as well; what identifies them stays the rule's. */
function finishAdditional(
  object: AdditionalObject,
  context: TransformContext,
  notes: TransformNote[]
): AdditionalOutcome {
  const { text, resource } = object;
  const made = { head: readHead(text, resource), text, resource };
  const edit = openEdit(made, notes);
  const matched = matching(context, made);
  for (const transform of matched) applyUser(transform, edit);
  const { view, changes } = edit;
  return { ...object, ref: targetRef(object.ref, view), text: view.text(), changes, ...idsOf(matched) };
}

function applyUser(transform: UserTransform, { head, view, changes, notes }: Edit): void {
  try {
    const patch = transform.operations(view, head);
    const before = view.text();
    view.apply(patch);
    if (patch.length > 0 && view.text() !== before) {
      changes.push({ rule: transform.id, reason: transform.reason, patch });
    }
  } catch (error) {
    if (isFailedTest(error)) {
      notes.push({ rule: transform.id, path: '', message: 'its test does not pass here; the object is unchanged' });
      return;
    }
    if (!isLandfallError(error)) throw error;
    throw new LandfallError('TRANSFORM_FAILED', {
      what: `${transform.id} does not apply to ${describeRef(head.ref)}: ${error.detail.what}`,
      ref: describeRef(head.ref),
      ...(error.detail.why === undefined ? {} : { why: error.detail.why }),
    });
  }
}

const enforceLabels = ['enforce', 'enforce-version'].map(
  (name) => `/metadata/labels/pod-security.kubernetes.io~1${name}`
);

/** Admission acts as soon as the label is there; pods that ran on the source come first (fact 30). */
function deferPodSecurity({ head, view, changes }: Edit, context: TransformContext): readonly Change[] {
  if (!context.deferPodSecurity || kindKey(head.ref) !== '/Namespace') return [];
  const remove = removals(view, enforceLabels);
  if (remove.length === 0) return [];
  const add = remove.map(({ path }): PatchOperation => ({ op: 'add', path, value: view.read(path) }));
  const rule = 'pod-security';
  view.apply(remove);
  changes.push({ rule, reason: 'set again once everything is running', patch: remove });
  return [{ rule, reason: 'pod security is enforced from here on, as on the source', patch: add }];
}

function keptStatus({ resource, view }: RuleObject, context: TransformContext): string | undefined {
  const { status } = context.preserve;
  return status.length > 0 && compileKinds(status)(resource) ? view.raw('/status') : undefined;
}

function targetRef(source: ObjectRef, document: Document): ObjectRef {
  const name = document.read('/metadata/name');
  const namespace = document.read('/metadata/namespace');
  return {
    ...source,
    name: typeof name === 'string' ? name : source.name,
    namespace: typeof namespace === 'string' ? namespace : '',
  };
}

/**
 * Owners to set again. Not for claims of a StatefulSet, whose controller does it as its retention policy says; not for
 * nodes. An owner lives in the object's own namespace unless the target serves its kind cluster-scoped.
 */
function ownerLinks(head: ObjectHead, context: TransformContext): readonly OwnerLink[] {
  return head.ownerReferences.flatMap((owner): OwnerLink[] => {
    const { group } = parseApiVersion(owner.apiVersion);
    const key = `${group}/${owner.kind}`;
    if (key === '/Node' || (key === 'apps/StatefulSet' && head.ref.kind === 'PersistentVolumeClaim')) return [];
    const served = context.targetResources.find((target) => target.group === group && target.kind === owner.kind);
    const isCluster = key === '/Namespace' || served?.namespaced === false;
    const name = key === '/Namespace' ? mapNamespace(context.namespaceMapping, owner.name) : owner.name;
    const namespace = isCluster ? '' : mapNamespace(context.namespaceMapping, head.ref.namespace);
    const { apiVersion, controller, blockOwnerDeletion } = owner;
    return [{ owner: { group, kind: owner.kind, namespace, name }, apiVersion, controller, blockOwnerDeletion }];
  });
}
