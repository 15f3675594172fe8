import { limits } from '../limits.ts';
import type { PatchOperation } from '../spec/spec.ts';
import { cellOf, cellOfValue, childOf, removeMember, render, setMember, type Cell } from './cell.ts';
import { openDocument, type DocumentView } from './document.ts';
import { escapeSegment } from './pointer.ts';
import { malformed } from './scan.ts';
import { isJsonObject } from './value.ts';

/**
 * Applies a JSON patch (RFC 6902), all operations or none. Bytes that no operation names stay as they are: numbers
 * beyond 2^53, `1.0`, duplicate keys, order and white space. Throws TRANSFORM_FAILED when it does not apply.
 */
export function applyPatch(text: string, operations: readonly PatchOperation[]): string {
  const document = openDocument(text);
  document.apply(operations);
  return document.text();
}

/**
 * Applies a merge patch (RFC 7396): null removes, objects merge, all else replaces. Members the patch does not name
 * stay byte for byte, nulls among them.
 */
export function applyMergePatch(text: string, patch: unknown): string {
  return render(mergeInto(cellOf(text), patch, 0));
}

/** The RFC 6902 operations that do what a merge patch does to this document: the patch made visible. */
export function mergeOperations(view: DocumentView, patch: unknown, at = ''): readonly PatchOperation[] {
  if (!isJsonObject(patch)) return [{ op: at === '' || view.has(at) ? 'replace' : 'add', path: at, value: patch }];
  if (view.kind(at) !== 'object') {
    return [{ op: at === '' || view.has(at) ? 'replace' : 'add', path: at, value: withoutNulls(patch, 0) }];
  }
  const operations: PatchOperation[] = [];
  for (const [key, value] of Object.entries(patch)) {
    const path = `${at}/${escapeSegment(key)}`;
    if (value !== null) operations.push(...mergeOperations(view, value, path));
    else if (view.has(path)) operations.push({ op: 'remove', path });
  }
  return operations;
}

function mergeInto(cell: Cell, patch: unknown, depth: number): Cell {
  if (depth > limits.jsonDepth) throw malformed(0, `at most ${limits.jsonDepth} levels`);
  if (!isJsonObject(patch)) return cellOfValue(patch);
  const target = cell.node.kind === 'object' ? cell : cellOf('{}');
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) removeMember(target, key);
    else setMember(target, key, mergeInto(childOf(target, key)?.cell ?? cellOf('null'), value, depth + 1));
  }
  return target;
}

function withoutNulls(patch: unknown, depth: number): unknown {
  if (depth > limits.jsonDepth) throw malformed(0, `at most ${limits.jsonDepth} levels`);
  if (!isJsonObject(patch)) return patch;
  const kept = Object.entries(patch).filter(([, value]) => value !== null);
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutNulls(value, depth + 1)]));
}
