import type { PatchOperation } from '../spec/spec.ts';
import { escapeSegment } from './pointer.ts';
import { encodeValue, isJsonObject } from './value.ts';

/**
 * The RFC 6902 operations that lead from one decoded value to another: members and items that are equal are not
 * mentioned; of lists the common beginning and end are kept. Linear in the size of both values.
 */
export function diffOperations(before: unknown, after: unknown, at = ''): readonly PatchOperation[] {
  const operations: PatchOperation[] = [];
  diff(before, after, at, operations);
  return operations;
}

function diff(before: unknown, after: unknown, at: string, operations: PatchOperation[]): void {
  if (before === after) return;
  if (isJsonObject(before) && isJsonObject(after)) {
    for (const key of Object.keys(before)) {
      const path = `${at}/${escapeSegment(key)}`;
      if (!Object.hasOwn(after, key)) operations.push({ op: 'remove', path });
      else diff(before[key], after[key], path, operations);
    }
    for (const [key, value] of Object.entries(after)) {
      if (!Object.hasOwn(before, key)) operations.push({ op: 'add', path: `${at}/${escapeSegment(key)}`, value });
    }
  } else if (Array.isArray(before) && Array.isArray(after)) diffLists(before, after, at, operations);
  else if (!sameValue(before, after)) operations.push({ op: 'replace', path: at, value: after });
}

function diffLists(
  before: readonly unknown[],
  after: readonly unknown[],
  at: string,
  operations: PatchOperation[]
): void {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && sameValue(before[start], after[start])) start++;
  let end = 0;
  while (end < shorter - start && sameValue(before.at(-1 - end), after.at(-1 - end))) end++;
  const removed = before.length - start - end;
  const added = after.length - start - end;
  const both = Math.min(removed, added);
  for (let index = start; index < start + both; index++)
    diff(before[index], after[index], `${at}/${index}`, operations);
  // From the end, so that the indices of those still to be removed stay true.
  for (let index = start + removed - 1; index >= start + both; index--) {
    operations.push({ op: 'remove', path: `${at}/${index}` });
  }
  for (let index = start + both; index < start + added; index++) {
    operations.push({ op: 'add', path: `${at}/${index}`, value: after[index] });
  }
}

/** True when two decoded values say the same: objects without order of their keys, numbers by their text. */
export function sameValue(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
    return left.every((item, index) => sameValue(item, right[index]));
  }
  if (!isJsonObject(left) || !isJsonObject(right)) return encodeValue(left) === encodeValue(right);
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every((key) => Object.hasOwn(right, key) && sameValue(left[key], right[key]));
}
