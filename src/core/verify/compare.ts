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

/** One value of the object that is compared. */
interface Place {
  readonly walk: Walk;
  readonly path: readonly string[];
}

/** What differs between the object as desired and as read back, beyond what the table `normalisation` allows. */
export function compareObjects(desired: string, actual: string, context: CompareContext): readonly Difference[] {
  return compareInDetail(desired, actual, context).differences;
}

/**
 * As `compareObjects`, with what was tolerated. Captured objects carry the defaults of the source, so everything desired
 * must be there and equal: numbers by exact value, quantities by value, null like absent, an empty list like absent.
 * A *field* that is not desired is tolerated as `defaulted` (a target of another version has other defaults); an *entry* of a
 * map that belongs to the user (labels, annotations, data, selectors …) or an unexpected item of a list is not.
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
  compareAt({ walk, path: [] }, desiredValue, withoutInjected(walk.kind, desiredValue, actualValue));
  return { differences: walk.differences, tolerated: walk.tolerated };
}

/**
 * The text whose hash is the identity of an object's content: canonical, without any path of the table, nulls and empty
 * lists excluded. The same object read twice gives the same text; the caller hashes.
 */
export function contentHash(text: string, ref: Pick<ObjectRef, 'group' | 'kind'>): string {
  return canonical(text, { without: ignoredPaths(`${ref.group}/${ref.kind}`), pruneEmpty: true });
}

function compareAt(place: Place, desired: JsonValue | undefined, actual: JsonValue | undefined): void {
  if (isEmpty(desired) && isEmpty(actual)) return;
  if (toleratedBy(place, desired, actual)) return;
  if (isJsonObject(desired) && isJsonObject(actual)) {
    for (const key of Object.keys({ ...desired, ...actual }).sort()) {
      compareAt(below(place, key), own(desired, key), own(actual, key));
    }
  } else if (Array.isArray(desired) && Array.isArray(actual)) {
    compareLists(place, desired as readonly JsonValue[], actual as readonly JsonValue[]);
  } else if (!equalScalars(place, desired, actual)) report(place, desired, actual);
}

function below({ walk, path }: Place, key: string): Place {
  return { walk, path: [...path, key] };
}

function compareLists(place: Place, desired: readonly JsonValue[], actual: readonly JsonValue[]): void {
  if (place.path.length === 2 && place.path[1] === 'finalizers') return compareFinalizers(place, desired, actual);
  for (let index = 0; index < Math.max(desired.length, actual.length); index++) {
    compareAt(below(place, String(index)), desired[index], actual[index]);
  }
}

/** A set: the target’s controllers add theirs, only a missing one matters. */
function compareFinalizers(place: Place, desired: readonly JsonValue[], actual: readonly JsonValue[]): void {
  desired.forEach((name, index) => {
    if (!actual.includes(name)) report(below(place, String(index)), name, undefined);
  });
}

function toleratedBy(place: Place, desired: JsonValue | undefined, actual: JsonValue | undefined): boolean {
  const rule = toleratingRule(place, desired, actual);
  if (rule === undefined) return false;
  if (!same(desired, actual)) place.walk.tolerated.push({ rule, ...difference(place, desired, actual) });
  return true;
}

function toleratingRule(
  { walk, path }: Place,
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

function equalScalars({ walk, path }: Place, desired: JsonValue | undefined, actual: JsonValue | undefined): boolean {
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

function report(place: Place, desired: JsonValue | undefined, actual: JsonValue | undefined): void {
  const { differences } = place.walk;
  if (isEmptyMap(desired, actual) && place.path[0] === 'metadata') return;
  if (differences.length < limits.differencesMax) differences.push(difference(place, desired, actual));
}

/** `labels: {}` and no labels: the server writes neither. */
function isEmptyMap(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  const empty = (value: JsonValue | undefined): boolean =>
    isEmpty(value) || (isJsonObject(value) && Object.keys(value).length === 0);
  return empty(a) && empty(b);
}

function difference({ walk, path }: Place, desired: JsonValue | undefined, actual: JsonValue | undefined): Difference {
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
