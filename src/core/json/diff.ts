import type { PatchOperation } from '../spec/spec.ts';
import { escapeSegment } from './pointer.ts';
import { encodeValue, isJsonObject } from './value.ts';

/**
 * The RFC 6902 operations that lead from one decoded value to another: members and items that are equal are not
 * mentioned; of lists the common beginning and end are kept. Linear in the size of both values.
 */
export function diffOperations(before: unknown, after: unknown, at = ''): readonly PatchOperation[] {
  const operations: PatchOperation[] = [];
  diff(before, after, at);
  return operations;

  function diff(left: unknown, right: unknown, path: string): void {
    if (left === right) return;
    if (isJsonObject(left) && isJsonObject(right)) {
      for (const key of Object.keys(left)) {
        const member = `${path}/${escapeSegment(key)}`;
        if (!Object.hasOwn(right, key)) operations.push({ op: 'remove', path: member });
        else diff(left[key], right[key], member);
      }
      for (const [key, value] of Object.entries(right)) {
        if (!Object.hasOwn(left, key)) operations.push({ op: 'add', path: `${path}/${escapeSegment(key)}`, value });
      }
    } else if (Array.isArray(left) && Array.isArray(right)) diffLists(left, right, path);
    else if (!sameValue(left, right)) operations.push({ op: 'replace', path, value: right });
  }

  function diffLists(left: readonly unknown[], right: readonly unknown[], path: string): void {
    const shorter = Math.min(left.length, right.length);
    let start = 0;
    while (start < shorter && sameValue(left[start], right[start])) start++;
    let end = 0;
    while (end < shorter - start && sameValue(left.at(-1 - end), right.at(-1 - end))) end++;
    const removed = left.length - start - end;
    const added = right.length - start - end;
    const both = Math.min(removed, added);
    for (let index = start; index < start + both; index++) diff(left[index], right[index], `${path}/${index}`);
    // From the end, so that the indices of those still to be removed stay true.
    for (let index = start + removed - 1; index >= start + both; index--) {
      operations.push({ op: 'remove', path: `${path}/${index}` });
    }
    for (let index = start + both; index < start + added; index++) {
      operations.push({ op: 'add', path: `${path}/${index}`, value: right[index] });
    }
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
