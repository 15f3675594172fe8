import { LandfallError } from '../core/errors.ts';
import { describeRef, objectKey } from '../core/resource.ts';
import type { IndexEntry } from './entry.ts';
import { compareUtf8 } from './order.ts';

interface Head {
  readonly key: string;
  readonly entry: IndexEntry;
  readonly remaining: Iterator<IndexEntry>;
}

/**
 * Merges sorted runs of entries into one, holding one entry of each. An object captured twice with the same content
 * is given once; with different content the capture contradicts itself, and throws.
 */
export function* mergeEntries(runs: readonly Iterable<IndexEntry>[]): Generator<IndexEntry> {
  const heap: Head[] = [];
  for (const run of runs) push(heap, run[Symbol.iterator]());
  let previous: Head | undefined;
  for (;;) {
    const head = heap[0];
    if (head === undefined) return;
    replaceTop(heap, head.remaining);
    if (previous?.key !== head.key) yield head.entry;
    else if (previous.entry.sha256 !== head.entry.sha256) contradict(head.entry);
    previous = head;
  }
}

function contradict(entry: IndexEntry): never {
  throw new LandfallError('INTERNAL', {
    what: `${describeRef(entry)} was captured twice with different content`,
    fix: 'start the capture again; if it repeats, report it with the run id and the log',
  });
}

/** Adds the next entry of a run to the heap (smallest key on top). */
function push(heap: Head[], remaining: Iterator<IndexEntry>): void {
  const next = remaining.next();
  if (next.done === true) return;
  heap.push({ key: objectKey(next.value), entry: next.value, remaining });
  for (let at = heap.length - 1; at > 0;) {
    const parent = (at - 1) >> 1;
    if (!swapIfSmaller(heap, at, parent)) return;
    at = parent;
  }
}

/** Puts the next entry of the run that was on top in its place; without one, the last of the heap. */
function replaceTop(heap: Head[], remaining: Iterator<IndexEntry>): void {
  const next = remaining.next();
  const last = next.done === true ? heap.pop() : undefined;
  if (heap.length === 0) return;
  if (next.done !== true) heap[0] = { key: objectKey(next.value), entry: next.value, remaining };
  else if (last !== undefined) heap[0] = last;
  for (let at = 0; ;) {
    const left = 2 * at + 1;
    const right = left + 1;
    const child = isSmaller(heap, right, left) ? right : left;
    if (!swapIfSmaller(heap, child, at)) return;
    at = child;
  }
}

function swapIfSmaller(heap: Head[], lower: number, upper: number): boolean {
  const a = heap[lower];
  const b = heap[upper];
  if (a === undefined || b === undefined || compareUtf8(a.key, b.key) >= 0) return false;
  heap[lower] = b;
  heap[upper] = a;
  return true;
}

function isSmaller(heap: readonly Head[], left: number, right: number): boolean {
  const a = heap[left];
  const b = heap[right];
  return a !== undefined && b !== undefined && compareUtf8(a.key, b.key) < 0;
}
