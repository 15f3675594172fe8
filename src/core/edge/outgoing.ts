import { read } from '../json/node.ts';
import { isJsonObject, type JsonValue } from '../json/value.ts';
import { parseApiVersion, type ApiResource, type ObjectRef } from '../resource.ts';
import type { ObjectHead } from '../select/head.ts';

/** Cluster-scoped kinds by the names under which objects refer to them. */
export interface ClusterKinds {
  readonly byKind: ReadonlyMap<string, readonly ApiResource[]>;
  /** Lower-case kind, as keys such as `gatewayClassName` have it. */
  readonly byKey: ReadonlyMap<string, ApiResource>;
}

/**
 * Kinds that are no part of an application, or whose names are judged where they are used: storage classes with claims,
 * nodes and volumes by the rules for pods and claims.
 */
const elsewhere: ReadonlySet<string> = new Set([
  'Node',
  'Namespace',
  'PersistentVolume',
  'StorageClass',
  'CSINode',
  'CSIDriver',
  'APIService',
  'ComponentStatus',
  'VolumeAttachment',
  'CertificateSigningRequest',
  'CustomResourceDefinition',
]);

/** The cluster-scoped kinds that objects may refer to. Of several versions the first counts. */
export function clusterKindsOf(resources: readonly ApiResource[]): ClusterKinds {
  const byKind = new Map<string, ApiResource[]>();
  const byKey = new Map<string, ApiResource>();
  const namespaced = new Set(resources.filter((one) => one.namespaced).map(({ kind }) => kind));
  for (const resource of resources) {
    const { kind, group, verbs } = resource;
    if (resource.namespaced || elsewhere.has(kind) || !verbs.includes('get') || !verbs.includes('create')) continue;
    const known = byKind.get(kind) ?? [];
    if (known.some((one) => one.group === group)) continue;
    byKind.set(kind, [...known, resource]);
    // Several words, or the key could mean anything; a kind that is served namespaced too is named by its kind only.
    if (/[a-z][A-Z]/.test(kind) && !namespaced.has(kind) && known.length === 0) byKey.set(kind.toLowerCase(), resource);
  }
  return { byKind, byKey };
}

/** A cluster-scoped object that an object needs, and where it says so. */
export interface ClusterReference {
  readonly ref: ObjectRef;
  readonly resource: ApiResource;
  readonly path: string;
}

/**
 * The cluster-scoped objects an object refers to, found by form: `{kind: ClusterIssuer, name: x}`, keys that are a kind
 * (`gatewayClassName`, `cluster-issuer`), keys of quotas (`x.deviceclass.resource.k8s.io/devices`), owners. Each once.
 */
export function clusterReferences(text: string, head: ObjectHead, kinds: ClusterKinds): readonly ClusterReference[] {
  const found = new Map<string, ClusterReference>();
  const add: Search['add'] = (resource, name, path) => {
    if (name === '' || name.startsWith('system-') || !/^[a-z0-9](?:[\w.:-]*[\w])?$/i.test(name)) return;
    const { group, kind } = resource;
    const key = `${group}/${kind}/${name}`;
    if (!found.has(key)) found.set(key, { ref: { group, kind, namespace: '', name }, resource, path: path.join('.') });
  };
  for (const owner of head.ownerReferences) {
    const resource = kindNamed(kinds, owner.kind, parseApiVersion(owner.apiVersion).group);
    if (resource !== undefined) add(resource, owner.name, ['metadata', 'ownerReferences']);
  }
  const value = read(text, '') ?? null;
  if (!isJsonObject(value)) return [...found.values()];
  // Schemas name kinds and keys without meaning any object.
  const isDefinition = head.ref.kind === 'CustomResourceDefinition';
  const isSecret = head.ref.kind === 'Secret' && head.ref.group === '';
  if (isDefinition || isSecret) return [...found.values()];
  const search = { kinds, add };
  for (const [key, member] of Object.entries(value)) {
    if (key === 'status' || key === 'metadata') continue;
    walk(member, [key], search);
  }
  const annotations = isJsonObject(value['metadata']) ? value['metadata']['annotations'] : undefined;
  if (isJsonObject(annotations)) {
    for (const entry of Object.entries(annotations)) keyed(entry, ['metadata', 'annotations', entry[0]], search);
  }
  return [...found.values()];
}

/** What is looked for in one object, and what takes what is found. */
interface Search {
  readonly kinds: ClusterKinds;
  readonly add: (resource: ApiResource, name: string, path: readonly string[]) => void;
}

function walk(value: JsonValue, path: readonly string[], search: Search): void {
  if (path.length > 40) return;
  if (typeof value === 'string') return settings(value, path, search);
  if (Array.isArray(value)) {
    for (const item of value as readonly JsonValue[]) walk(item, path, search);
    return;
  }
  if (!isJsonObject(value)) return;
  const { kind, name, namespace, apiGroup, group, apiVersion } = value;
  if (typeof kind === 'string' && typeof name === 'string' && typeof namespace !== 'string') {
    const said = typeof apiGroup === 'string' ? apiGroup : typeof group === 'string' ? group : undefined;
    const resource = kindNamed(search.kinds, kind, said ?? groupOf(apiVersion));
    if (resource !== undefined) search.add(resource, name, path);
  }
  scopeValues(value, path, search);
  for (const entry of Object.entries(value)) {
    const [key, member] = entry;
    keyed(entry, [...path, key], search);
    walk(member, [...path, key], search);
  }
}

/** A value that is a document of its own: JSON, or lines of `name: value`. */
function settings(text: string, path: readonly string[], search: Search): void {
  if (text.length > 256 * 1024) return;
  if (/^\s*\{/.test(text)) {
    const parsed = parsedObject(text);
    if (parsed !== undefined) walk(parsed, [...path, '{}'], search);
    return;
  }
  if (!text.includes('\n')) return;
  for (const [, key = '', name = ''] of text.matchAll(
    /^[ \t-]*([\w./-]{1,80})[ \t]*[:=][ \t]*["']?([\w.:-]{1,253})["']?[ \t]*$/gm
  )) {
    keyed([key, name], path, search);
  }
}

function parsedObject(text: string): JsonValue | undefined {
  try {
    return read(text, '');
  } catch {
    return undefined;
  }
}

function groupOf(apiVersion: JsonValue | undefined): string | undefined {
  return typeof apiVersion === 'string' ? parseApiVersion(apiVersion).group : undefined;
}

function kindNamed({ byKind }: ClusterKinds, kind: string, group: string | undefined): ApiResource | undefined {
  const all = byKind.get(kind) ?? [];
  return group === undefined ? (all.length === 1 ? all[0] : undefined) : all.find((one) => one.group === group);
}

/** `priorityClassName: x`, `cert-manager.io/cluster-issuer: x`, `clusterSecretStoreRef: {name: x}`, and keys of quotas. */
function keyed(
  [key, member]: readonly [key: string, member: JsonValue],
  path: readonly string[],
  { kinds, add }: Search
): void {
  const counted = key.includes('class.') ? countedClass(key, kinds) : undefined;
  if (counted !== undefined) return add(counted.resource, counted.name, path);
  const name = typeof member === 'string' ? member : isJsonObject(member) ? member['name'] : undefined;
  if (typeof name !== 'string') return;
  const word = (key.split('/').at(-1) ?? '').replaceAll(/[-_.]/g, '').toLowerCase();
  // A setting may stand for one of several pods: `pod_priority_class_name`.
  const bare = word.replace(/(?:name|ref)$/, '').replace(/^pod/, '');
  const resource = kinds.byKey.get(bare);
  // `{kind, name}` below such a key says itself what it is.
  if (resource !== undefined && !(isJsonObject(member) && 'kind' in member)) add(resource, name, path);
}

/** `gold.deviceclass.resource.k8s.io/devices`: the class, its kind and group in one key (core/v1 ResourceQuota). */
function countedClass(key: string, { byKey }: ClusterKinds): { resource: ApiResource; name: string } | undefined {
  const labels = (key.split('/')[0] ?? '').split('.');
  const at = labels.findIndex((label, index) => {
    const resource = byKey.get(label);
    return index > 0 && resource !== undefined && resource.group === labels.slice(index + 1).join('.');
  });
  const resource = byKey.get(labels[at] ?? '');
  return resource === undefined ? undefined : { resource, name: labels.slice(0, at).join('.') };
}

/** The scope of a quota names priority classes as values (core/v1 ScopedResourceSelectorRequirement). */
function scopeValues(
  { scopeName, values }: { readonly [key: string]: JsonValue },
  path: readonly string[],
  { kinds, add }: Search
): void {
  const resource = typeof scopeName === 'string' ? kinds.byKey.get(scopeName.toLowerCase()) : undefined;
  if (resource === undefined || !Array.isArray(values)) return;
  for (const name of values) if (typeof name === 'string') add(resource, name, path);
}
