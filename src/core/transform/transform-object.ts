import { isLandfallError, LandfallError } from '../errors.ts';
import { openDocument, type Document } from '../json/document.ts';
import { describeRef, parseApiVersion, type ApiResource, type ObjectRef } from '../resource.ts';
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
export function transformObject(
  text: string,
  head: ObjectHead,
  resource: ApiResource,
  context: TransformContext
): TransformOutcome {
  const view = openDocument(text);
  const object: RuleObject = { head, resource, view };
  const changes: Change[] = [];
  const notes: TransformNote[] = [];
  const made: AdditionalObject[] = [];
  const status = keptStatus(object, context);
  for (const rule of rulesOf(context)) {
    const excluded = applyRule(rule, object, view, context, { changes, notes, made });
    if (excluded !== undefined) {
      const additional = [...made, ...(excluded.instead ?? [])].map((one) => finishAdditional(one, context, notes));
      notes.push(...(excluded.notes ?? []));
      return { text, ref: head.ref, changes: [], notes, deferred: [], owners: [], excluded, additional };
    }
  }
  const additional = made.map((one) => finishAdditional(one, context, notes));
  const matched = matching(context, object, text);
  for (const transform of matched) applyUser(transform, head, view, changes, notes);
  const deferred = deferPodSecurity(object, view, context, changes);
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

/** The user's transforms that are for an object, as it was before any rule. */
function matching(
  { userTransforms }: TransformContext,
  { head, resource }: Pick<RuleObject, 'head' | 'resource'>,
  text: string
): readonly UserTransform[] {
  return compileTransforms(userTransforms).filter((transform) => transform.matches(head, text, resource));
}

function idsOf(matched: readonly UserTransform[]): { readonly matched?: readonly string[] } {
  return matched.length === 0 ? {} : { matched: matched.map(({ id }) => id) };
}

function rulesOf(context: TransformContext): readonly Rule[] {
  return [...builtInRules, ...(context.rules ?? []), ...closingRules];
}

interface Collected {
  readonly changes: Change[];
  readonly notes: TransformNote[];
  readonly made: AdditionalObject[];
}

function applyRule(
  rule: Rule,
  object: RuleObject,
  document: Document,
  context: TransformContext,
  collected: Collected
): Exclusion | undefined {
  if (!rule.appliesTo(object.head, object.resource)) return undefined;
  const result = rule.apply(object, context);
  if (isExclusion(result)) return result;
  const whole = 'changes' in result ? result : { changes: result, notes: [], additional: [] };
  for (const change of whole.changes) {
    document.apply(change.patch);
    collected.changes.push(change);
  }
  collected.notes.push(...whole.notes);
  collected.made.push(...whole.additional);
  if (rule.notes !== undefined) collected.notes.push(...rule.notes(object, context));
  return undefined;
}

/** The user's word is the last one, over made objects as well; what identifies them stays the rule's. */
function finishAdditional(
  object: AdditionalObject,
  context: TransformContext,
  notes: TransformNote[]
): AdditionalOutcome {
  const head = readHead(object.text, object.resource);
  const document = openDocument(object.text);
  const changes: Change[] = [];
  const matched = matching(context, { head, resource: object.resource }, object.text);
  for (const transform of matched) applyUser(transform, head, document, changes, notes);
  return { ...object, ref: targetRef(object.ref, document), text: document.text(), changes, ...idsOf(matched) };
}

function applyUser(
  transform: UserTransform,
  head: ObjectHead,
  document: Document,
  changes: Change[],
  notes: TransformNote[]
): void {
  try {
    const patch = transform.operations(document, head);
    const before = document.text();
    document.apply(patch);
    if (patch.length > 0 && document.text() !== before) {
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
function deferPodSecurity(
  { head }: RuleObject,
  document: Document,
  context: TransformContext,
  changes: Change[]
): readonly Change[] {
  if (!context.deferPodSecurity || kindKey(head.ref) !== '/Namespace') return [];
  const remove = removals(document, enforceLabels);
  if (remove.length === 0) return [];
  const add = remove.map(({ path }): PatchOperation => ({ op: 'add', path, value: document.read(path) }));
  const rule = 'pod-security';
  document.apply(remove);
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
