import { differentFields } from '../../core/volumes/compare-entries.ts';
import type { ListedEntry } from '../../core/volumes/tree-entry.ts';
import { compareTreePaths, escapePath } from '../../core/volumes/tree-path.ts';
import { createTreeHash, type HashedEntry } from './hash-tree.ts';

/** A path that is not the same on both sides. */
export interface Difference {
  /** Escaped. */
  readonly path: string;
  /** `missing`, `extra`, or the fields that differ. */
  readonly fields: string;
}

/**
 * Compares the tree of the target with the source's listing, both in walk order, holding one entry of each. Gives the
 * hash of the target's tree.
 */
export async function verifyTree(
  source: AsyncIterable<ListedEntry>,
  target: AsyncIterable<HashedEntry>,
  onDifference: (difference: Difference) => void
): Promise<string> {
  const hash = createTreeHash();
  const sources = source[Symbol.asyncIterator]();
  let expected = await sources.next();
  function missing(entry: ListedEntry): void {
    onDifference({ path: escapePath(entry.entry.path), fields: 'missing' });
  }
  for await (const found of target) {
    hash.add(found.entry);
    while (expected.done !== true && compareTreePaths(expected.value.entry.path, found.entry.path) < 0) {
      missing(expected.value);
      expected = await sources.next();
    }
    const path = escapePath(found.entry.path);
    if (expected.done === true || expected.value.entry.path !== found.entry.path) {
      onDifference({ path, fields: 'extra' });
      continue;
    }
    const fields = differentFields(expected.value, found, { nonZeroBytes: found.nonZeroBytes });
    if (fields.length > 0) onDifference({ path, fields: fields.join(', ') });
    expected = await sources.next();
  }
  for (; expected.done !== true; expected = await sources.next()) missing(expected.value);
  return hash.digest();
}
