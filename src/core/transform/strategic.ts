import { LandfallError } from '../errors.ts';
import { isBuiltInGroup } from '../graph/groups.ts';
import type { DocumentView } from '../json/document.ts';
import { mergeOperations } from '../json/patch.ts';
import { escapeSegment } from '../json/pointer.ts';
import { isJsonObject } from '../json/value.ts';
import type { ObjectRef } from '../resource.ts';
import type { PatchOperation } from '../spec/spec.ts';

/** The key that makes items of a list the same item (`patchMergeKey` in the Kubernetes API, 1.34). */
const mergeKeys: Readonly<Record<string, string>> = {
  containers: 'name',
  initContainers: 'name',
  ephemeralContainers: 'name',
  volumes: 'name',
  env: 'name',
  imagePullSecrets: 'name',
  secrets: 'name',
  resourceClaims: 'name',
  webhooks: 'name',
  validations: 'expression',
  volumeMounts: 'mountPath',
  volumeDevices: 'devicePath',
  hostAliases: 'ip',
  topologySpreadConstraints: 'topologyKey',
  conditions: 'type',
};

/**
 * The RFC 6902 operations that do what a strategic merge patch does to a document of a built-in kind: lists with a
 * merge key are merged by it, `$patch: delete` and `replace` are followed. Throws TRANSFORM_FAILED for custom kinds
 * and for directives that need the server's schema.
 */
export function strategicOperations(view: DocumentView, ref: ObjectRef, patch: unknown): readonly PatchOperation[] {
  if (!isBuiltInGroup(ref.group)) {
    throw failed(`${ref.kind} of ${ref.group} is a custom kind, for which there is no strategic merge`);
  }
  return mergeAt({ view, ref }, patch, '');
}

interface Patched {
  readonly view: DocumentView;
  readonly ref: ObjectRef;
}

function mergeAt(object: Patched, patch: unknown, at: string): readonly PatchOperation[] {
  const { view, ref } = object;
  if (!isJsonObject(patch) || view.kind(at) !== 'object') return mergeOperations(view, clean(patch), at);
  if (patch['$patch'] === 'replace') return [{ op: 'replace', path: at, value: clean(patch) }];
  if (patch['$patch'] === 'delete') return at === '' ? [] : [{ op: 'remove', path: at }];
  const operations: PatchOperation[] = [];
  for (const [key, value] of Object.entries(patch)) {
    // Only the order of a list: it stays as it is.
    if (key.startsWith('$setElementOrder/')) continue;
    if (key.startsWith('$')) throw failed(`the directive ${key} is unknown`);
    const path = `${at}/${escapeSegment(key)}`;
    const mergeKey = mergeKeyOf(key, path, ref);
    if (Array.isArray(value) && mergeKey !== undefined && view.kind(path) === 'array') {
      operations.push(...mergeList(object, value, { path, mergeKey }));
    } else if (value !== null) operations.push(...mergeAt(object, value, path));
    else if (view.has(path)) operations.push({ op: 'remove', path });
  }
  return operations;
}

function mergeList(
  object: Patched,
  items: readonly unknown[],
  { path, mergeKey }: { readonly path: string; readonly mergeKey: string }
): readonly PatchOperation[] {
  if (items.some((item) => isJsonObject(item) && item['$patch'] === 'replace' && Object.keys(item).length === 1)) {
    const value = items.filter((item) => !(isJsonObject(item) && item['$patch'] === 'replace')).map(clean);
    return [{ op: 'replace', path, value }];
  }
  const { view } = object;
  const known = view.children(path).map((index) => view.read(`${path}/${index}/${mergeKey}`));
  const changes: PatchOperation[] = [];
  const removed: number[] = [];
  for (const item of items) {
    const key = isJsonObject(item) ? item[mergeKey] : undefined;
    if (key === undefined) throw failed(`an item of ${path} has no ${mergeKey}`);
    const index = known.indexOf(key);
    if (isJsonObject(item) && item['$patch'] === 'delete') {
      if (index >= 0) removed.push(index);
    } else if (index < 0) changes.push({ op: 'add', path: `${path}/-`, value: clean(item) });
    else changes.push(...mergeAt(object, item, `${path}/${index}`));
  }
  // Last, and from the end: indices used before stay true.
  removed.sort((a, b) => b - a);
  return [...changes, ...removed.map((index): PatchOperation => ({ op: 'remove', path: `${path}/${index}` }))];
}

function mergeKeyOf(field: string, path: string, ref: ObjectRef): string | undefined {
  if (field === 'ports') return ref.kind === 'Service' && path === '/spec/ports' ? 'port' : 'containerPort';
  return Object.hasOwn(mergeKeys, field) ? mergeKeys[field] : undefined;
}

/** Takes directives and nulls out of a value that becomes new. */
function clean(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.filter((item) => !(isJsonObject(item) && item['$patch'] === 'delete')).map(clean);
  }
  if (!isJsonObject(value)) return value;
  const kept = Object.entries(value).filter(([key, member]) => !key.startsWith('$') && member !== null);
  return Object.fromEntries(kept.map(([key, member]) => [key, clean(member)]));
}

function failed(why: string): LandfallError {
  return new LandfallError('TRANSFORM_FAILED', { what: 'a strategic merge patch does not apply', why });
}
