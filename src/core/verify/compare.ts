import { isBuiltInGroup } from '../graph/groups.ts';
import { canonical } from '../json/canonical.ts';
import { valueOf, parseDocument } from '../json/node.ts';
import { normaliseNumber } from '../json/number.ts';
import { formatPointer } from '../json/pointer.ts';
import { asText, isJsonObject, isRawNumber, rawNumber, type JsonValue } from '../json/value.ts';
import { limits } from '../limits.ts';
import type { ObjectRef } from '../resource.ts';
import { isLaterDefault } from './later-defaults.ts';
import { equalQuantities } from '../quantity.ts';
import { ignoredPaths, rowFor } from './row-index.ts';
import { shownValue } from './shown-value.ts';

/** One place where the target is not what was desired. Only harmless scalars are shown (`shownValue`). */
export interface Difference {
  readonly path: string;
  /** The value as JSON text, shortened; '' = absent; `(set)` where the value is not shown. */
  readonly desired: string;
  readonly actual: string;
}

/** A difference that a rule allows. */
export interface Tolerated extends Difference {
  readonly rule: string;
}

export interface CompareContext {
  readonly ref: Pick<ObjectRef, 'group' | 'kind'>;
  /** An autoscaler owns `spec.replicas` of this object. */
  readonly autoscaled?: boolean;
}

export interface Comparison {
  readonly differences: readonly Difference[];
  readonly tolerated: readonly Tolerated[];
}

interface Walk {
  readonly kind: string;
  readonly builtIn: boolean;
  readonly autoscaled: boolean;
  readonly aggregated: boolean;
  readonly differences: Difference[];
  readonly tolerated: Tolerated[];
}

/** What differs between the object as desired and as read back, beyond what the table `normalisation` allows. */
export function compareObjects(desired: string, actual: string, context: CompareContext): readonly Difference[] {
  return compareInDetail(desired, actual, context).differences;
}

/**
 * As `compareObjects`, with what was tolerated. Captured objects carry the defaults of the source, so everything desired
 * must be there and equal: numbers by exact value, quantities by value, null like absent, an empty list like absent.
 * A *field* that is not desired is tolerated as `defaulted` (a target of another version has other defaults); an *entry* of a
 * map that belongs to the user (labels, annotations, data, selectors …) or an undesired item of a list is not.
 */
export function compareInDetail(desired: string, actual: string, context: CompareContext): Comparison {
  const desiredValue = valueOf(parseDocument(desired));
  const actualValue = valueOf(parseDocument(actual));
  const walk: Walk = {
    kind: `${context.ref.group}/${context.ref.kind}`,
    builtIn: isBuiltInGroup(context.ref.group),
    autoscaled: context.autoscaled === true,
    aggregated: isJsonObject(desiredValue) && desiredValue['aggregationRule'] !== undefined,
    differences: [],
    tolerated: [],
  };
  compareAt(walk, [], desiredValue, withoutInjected(walk.kind, desiredValue, actualValue));
  return { differences: walk.differences, tolerated: walk.tolerated };
}

/**
 * The text whose hash is the identity of an object's content: canonical, without any path of the table, nulls and empty
 * lists excluded. The same object read twice gives the same text; the caller hashes.
 */
export function contentHash(text: string, ref: Pick<ObjectRef, 'group' | 'kind'>): string {
  return canonical(text, { without: ignoredPaths(`${ref.group}/${ref.kind}`), pruneEmpty: true });
}

function compareAt(
  walk: Walk,
  path: readonly string[],
  desired: JsonValue | undefined,
  actual: JsonValue | undefined
): void {
  if (isEmpty(desired) && isEmpty(actual)) return;
  if (toleratedBy(walk, path, desired, actual)) return;
  if (isJsonObject(desired) && isJsonObject(actual)) {
    for (const key of Object.keys({ ...desired, ...actual }).sort()) {
      compareAt(walk, [...path, key], own(desired, key), own(actual, key));
    }
  } else if (Array.isArray(desired) && Array.isArray(actual)) {
    compareLists(walk, path, desired as readonly JsonValue[], actual as readonly JsonValue[]);
  } else if (!equalScalars(walk, path, desired, actual)) report(walk, path, desired, actual);
}

function compareLists(
  walk: Walk,
  path: readonly string[],
  desired: readonly JsonValue[],
  actual: readonly JsonValue[]
): void {
  if (path.length === 2 && path[1] === 'finalizers') return compareFinalizers(walk, path, desired, actual);
  for (let index = 0; index < Math.max(desired.length, actual.length); index++) {
    compareAt(walk, [...path, String(index)], desired[index], actual[index]);
  }
}

/** A set: the target’s controllers add theirs, only a missing one matters. */
function compareFinalizers(
  walk: Walk,
  path: readonly string[],
  desired: readonly JsonValue[],
  actual: readonly JsonValue[]
): void {
  desired.forEach((name, index) => {
    if (!actual.includes(name)) report(walk, [...path, String(index)], name, undefined);
  });
}

function toleratedBy(
  walk: Walk,
  path: readonly string[],
  desired: JsonValue | undefined,
  actual: JsonValue | undefined
): boolean {
  const rule = toleratingRule(walk, path, desired, actual);
  if (rule === undefined) return false;
  if (!same(desired, actual)) walk.tolerated.push({ rule, ...difference(walk, path, desired, actual) });
  return true;
}

function toleratingRule(
  walk: Walk,
  path: readonly string[],
  desired: JsonValue | undefined,
  actual: JsonValue | undefined
): string | undefined {
  const row = rowFor(walk.kind, path, !isEmpty(desired));
  if (row !== undefined) return row.rule;
  if (walk.autoscaled && path.length === 2 && path[0] === 'spec' && path[1] === 'replicas') return 'autoscaled';
  // The controller writes the rules of an aggregated role.
  if (walk.aggregated && path.length === 1 && path[0] === 'rules') return 'aggregated';
  if (actual === undefined && isLaterDefault(walk.kind, path, desired)) return 'later-default';
  return isEmpty(desired) && actual !== undefined && isField(path) ? 'defaulted' : undefined;
}

/** Maps whose keys are the user's, so that one more of them is no default. */
const userMaps: ReadonlySet<string> = new Set([
  'labels',
  'annotations',
  'data',
  'stringData',
  'binaryData',
  'matchLabels',
  'nodeSelector',
  'selector',
  'hard',
  'limits',
  'parameters',
]);

/** Fields that are never a default: one that appears is somebody's doing. */
const neverDefaulted: ReadonlySet<string> = new Set(['deletionTimestamp', 'deletionGracePeriodSeconds']);

function isField(path: readonly string[]): boolean {
  const key = path.at(-1) ?? '';
  const parent = path.at(-2) ?? '';
  const isItem = /^[0-9]+$/.test(key);
  return path.length > 0 && !isItem && !userMaps.has(parent) && !neverDefaulted.has(key) && !isTopLevelData(path);
}

/** `data` of a ConfigMap as a whole is content, not a default. */
function isTopLevelData(path: readonly string[]): boolean {
  return (
    path.length === 1 &&
    ['data', 'stringData', 'binaryData', 'rules', 'subjects', 'subsets', 'webhooks'].includes(path[0] ?? '')
  );
}

function equalScalars(
  walk: Walk,
  path: readonly string[],
  desired: JsonValue | undefined,
  actual: JsonValue | undefined
): boolean {
  if (same(desired, actual)) return true;
  if (!walk.builtIn || !isQuantityPath(path)) return false;
  const isScalar = (value: unknown): boolean => typeof value === 'string' || typeof value === 'number';
  return isScalar(desired) && isScalar(actual) && equalQuantities(asText(desired), asText(actual)) === true;
}

const quantityParents: ReadonlySet<string> = new Set([
  'requests',
  'limits',
  'hard',
  'capacity',
  'podFixed',
  'max',
  'min',
  'default',
  'defaultRequest',
  'maxLimitRequestRatio',
]);
const quantityFields: ReadonlySet<string> = new Set(['sizeLimit', 'divisor', 'averageValue', 'value']);

/** Where built-in kinds hold quantities. Stored ones are rewritten: 1024Mi reads 1Gi (fact 21). */
function isQuantityPath(path: readonly string[]): boolean {
  if (path[0] === 'metadata' || path[0] === 'data') return false;
  const key = path.at(-1) ?? '';
  const isVariable = key === 'value' && path.at(-3) === 'env';
  return quantityParents.has(path.at(-2) ?? '') || (quantityFields.has(key) && !isVariable);
}

function same(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === b) return true;
  const remaining = numberText(a);
  return remaining !== undefined && remaining === numberText(b);
}

function numberText(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return normaliseNumber(String(value));
  return isRawNumber(value) ? normaliseNumber(value[rawNumber]) : undefined;
}

/** Merge patches and storage drop nulls, and an empty slice reads as null or not at all (facts 21 and 28). */
function isEmpty(value: JsonValue | undefined): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}

function own(value: { readonly [key: string]: JsonValue }, key: string): JsonValue | undefined {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function report(
  walk: Walk,
  path: readonly string[],
  desired: JsonValue | undefined,
  actual: JsonValue | undefined
): void {
  if (isEmptyMap(desired, actual) && path[0] === 'metadata') return;
  if (walk.differences.length < limits.differencesMax) walk.differences.push(difference(walk, path, desired, actual));
}

/** `labels: {}` and no labels: the server writes neither. */
function isEmptyMap(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  const empty = (value: JsonValue | undefined): boolean =>
    isEmpty(value) || (isJsonObject(value) && Object.keys(value).length === 0);
  return empty(a) && empty(b);
}

function difference(
  walk: Walk,
  path: readonly string[],
  desired: JsonValue | undefined,
  actual: JsonValue | undefined
): Difference {
  const show = (value: JsonValue | undefined): string => shownValue(walk.kind, path, value);
  return { path: formatPointer(path), desired: show(desired), actual: show(actual) };
}

/** Admission mounts a token volume into every pod; it was taken out of what is desired, so it is taken out here too. */
function withoutInjected(kind: string, desired: JsonValue, actual: JsonValue): JsonValue {
  const spec = specOf(actual);
  if (kind !== '/Pod' || spec === undefined || listOf(specOf(desired)?.['volumes']).some(isTokenVolume)) return actual;
  const strip = (list: JsonValue | undefined): readonly JsonValue[] =>
    listOf(list).map((container) =>
      isJsonObject(container) ? { ...container, volumeMounts: withoutTokens(container['volumeMounts']) } : container
    );
  const containers = { containers: strip(spec['containers']), initContainers: strip(spec['initContainers']) };
  return { ...(actual as object), spec: { ...spec, volumes: withoutTokens(spec['volumes']), ...containers } };
}

function specOf(value: JsonValue): { readonly [key: string]: JsonValue } | undefined {
  const spec = isJsonObject(value) ? value['spec'] : undefined;
  return isJsonObject(spec) ? spec : undefined;
}

function withoutTokens(list: JsonValue | undefined): readonly JsonValue[] {
  return listOf(list).filter((item) => !isTokenVolume(item));
}

function isTokenVolume(item: JsonValue): boolean {
  return isJsonObject(item) && /^kube-api-access-[a-z0-9]{5}$/.test(asText(item['name']));
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}
