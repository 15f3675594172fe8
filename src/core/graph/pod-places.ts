import { read } from '../json/node.ts';
import type { JsonValue } from '../json/value.ts';
import type { ObjectRef } from '../resource.ts';
import { isBuiltInGroup } from './groups.ts';
import { podSpecOf, podSpecPointer } from './pod-spec.ts';

/** Where an object says how pods run: the pod spec of a workload, or a part of a custom resource with its form. */
export interface PodPlace {
  /** Keys and indexes from the root of the object to what holds the fields of a pod spec. */
  readonly path: readonly string[];
  /** It has containers: a whole pod spec. Otherwise only fields of scheduling and classes. */
  readonly isWhole: boolean;
  /** What is around it has the form of a pod template: labels and annotations beside it are those of the pods. */
  readonly isTemplate: boolean;
}

type Holder = { readonly [key: string]: unknown };

const depthMax = 40;
const placesMax = 500;

/** Necessary for any place of a custom resource: without it a text is not decoded. */
export const podTraces =
  /"(?:containers|nodeSelector|tolerations|affinity|nodeAffinity|podAffinity|podAntiAffinity|topologyKey|priorityClassName|runtimeClassName)"/;

/** False for an object that certainly says nothing about pods. */
export function mayRunPods(text: string, ref: Pick<ObjectRef, 'group' | 'kind'>): boolean {
  return podSpecPointer(ref) !== undefined || (!isBuiltInGroup(ref.group) && podTraces.test(text));
}

/**
 * Every place of an object that has the fields of a pod spec. Of workloads it is known by the kind; a custom resource is
 * looked through by form at any depth, since operators write `template`, `podTemplate`, `jobTemplate`, `placement` and
 * many other words for the same thing. What a controller reports (`status`) is none.
 */
export function podPlaces(root: unknown, ref: Pick<ObjectRef, 'group' | 'kind'>): readonly PodPlace[] {
  const pointer = podSpecPointer(ref);
  if (pointer !== undefined) {
    const path = pointer.slice(1).split('/');
    return isHolder(at(root, path)) ? [{ path, isWhole: true, isTemplate: true }] : [];
  }
  if (isBuiltInGroup(ref.group) || !isHolder(root)) return [];
  const search: Search = { root, found: [] };
  for (const [key, member] of Object.entries(root)) {
    if (key !== 'metadata' && key !== 'status') visit(member, [key], search);
  }
  return search.found;
}

interface Search {
  readonly root: Holder;
  readonly found: PodPlace[];
}

type Plain = { readonly [key: string]: JsonValue };

/** The decoded pod specs of an object, and those parts of a custom resource that have fields of one. */
export function podSpecsOf(text: string, ref: Pick<ObjectRef, 'group' | 'kind'>): readonly Plain[] {
  if (isBuiltInGroup(ref.group)) return [podSpecOf(text, ref) ?? []].flat();
  if (!mayRunPods(text, ref)) return [];
  const root = read(text, '');
  return podPlaces(root, ref).map(({ path }) => at(root, path) as Plain);
}

function visit(value: unknown, path: readonly string[], search: Search): void {
  const { root, found } = search;
  if (path.length > depthMax || found.length >= placesMax) return;
  if (Array.isArray(value)) {
    value.forEach((item, index) => visit(item, [...path, String(index)], search));
    return;
  }
  if (!isHolder(value)) return;
  const isWhole = hasContainers(value['containers']);
  if (isWhole || schedules(value)) found.push({ path, isWhole, isTemplate: isWhole && isInTemplate(path, root) });
  for (const [key, member] of Object.entries(value)) {
    // What is inside of these belongs to the place already.
    if (!ownParts.has(key) && !(isWhole && key === 'containers')) visit(member, [...path, key], search);
  }
}

const ownParts: ReadonlySet<string> = new Set([
  'nodeSelector',
  'tolerations',
  'nodeAffinity',
  'podAffinity',
  'podAntiAffinity',
  'topologySpreadConstraints',
]);

/** Containers of templates need no image where an operator has its own for a name, and no name in Knative. */
function hasContainers(value: unknown): boolean {
  if (!Array.isArray(value) || value.length === 0) return false;
  const containers: readonly unknown[] = value;
  return containers.every(
    (one) =>
      isHolder(one) &&
      (typeof one['image'] === 'string' ||
        (typeof one['name'] === 'string' && containerFields.some((field) => typeof one[field] === 'object')))
  );
}

const containerFields = ['resources', 'env', 'envFrom', 'volumeMounts', 'command', 'args', 'securityContext', 'ports'];

/** Fields of a pod spec in their own form, in something that is no whole one. */
function schedules(value: Holder): boolean {
  return (
    isHolder(value['nodeSelector']) ||
    isHolder(value['nodeAffinity']) ||
    isHolder(value['podAffinity']) ||
    isHolder(value['podAntiAffinity']) ||
    (isHolder(value['affinity']) && Object.keys(value['affinity']).some((key) => affinities.has(key))) ||
    isList(value['tolerations'], 'operator', 'key') ||
    isList(value['topologySpreadConstraints'], 'topologyKey') ||
    ['topologyKey', 'priorityClassName', 'runtimeClassName'].some((key) => isFilled(value[key]))
  );
}

const affinities: ReadonlySet<string> = new Set(['nodeAffinity', 'podAffinity', 'podAntiAffinity']);

function isList(value: unknown, ...fields: readonly string[]): boolean {
  return (
    Array.isArray(value) &&
    (value as readonly unknown[]).some((one) => isHolder(one) && fields.some((field) => isFilled(one[field])))
  );
}

function isFilled(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

/** `template.spec`, `podTemplate.spec`, or a `spec` beside `metadata`; a resource that is a pod itself has its own metadata. */
function isInTemplate(path: readonly string[], root: Holder): boolean {
  if (path.at(-1) !== 'spec') return false;
  if (path.length === 1 || /template$/i.test(path.at(-2) ?? '')) return true;
  const parent = at(root, path.slice(0, -1));
  return isHolder(parent) && isHolder(parent['metadata']);
}

/** What stands at the end of keys and indexes. */
export function at(root: unknown, path: readonly string[]): unknown {
  let value = root;
  for (const key of path) {
    if (Array.isArray(value)) value = (value as readonly unknown[])[Number(key)];
    else value = isHolder(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }
  return value;
}

function isHolder(value: unknown): value is Holder {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
