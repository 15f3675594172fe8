import { objectKey } from '../core/resource.ts';
import type { StoredRef } from '../core/stored-ref.ts';
import type { Location, StoreOptions } from '../ports/location.ts';
import { parseEntry, type IndexEntry } from './entry.ts';
import { indexKey } from './layout.ts';
import { createLinesEncoder, decodeLines, type LinesEncoder } from './lines.ts';
import { mergeEntries } from './merge-entries.ts';
import { compareUtf8 } from './order.ts';
import { storeContent } from './stored.ts';

/** Collects entries into one sorted index; holds them compressed. */
export interface PartialIndex {
  add(entry: IndexEntry): void;
  readonly count: number;
  store(location: Location, options?: StoreOptions): Promise<{ readonly ref: StoredRef; readonly isNew: boolean }>;
}

/** Entries mostly come in order; where one does not, another run begins, and the runs are merged at the end. */
export function createPartialIndex(): PartialIndex {
  const runs: LinesEncoder[] = [];
  let last: string | undefined;
  let count = 0;
  return {
    add(entry) {
      const key = objectKey(entry);
      if (last === undefined || compareUtf8(last, key) >= 0) runs.push(createLinesEncoder());
      runs.at(-1)?.add(entry);
      last = key;
      count += 1;
    },
    get count() {
      return count;
    },
    store(location, options) {
      return storeContent(location, { keyOf: indexKey, bytes: mergeRuns(runs) }, options);
    },
  };
}

function mergeRuns(runs: readonly LinesEncoder[]): Uint8Array {
  const [only] = runs;
  if (only !== undefined && runs.length === 1) return only.finish();
  const merged = createLinesEncoder();
  for (const entry of mergeEntries(runs.map((run) => entriesOf('a partial index', run.finish())))) merged.add(entry);
  return merged.finish();
}

/** The entries of an index whose bytes were verified, checked for their order. */
export function* entriesOf(key: string, bytes: Uint8Array): Generator<IndexEntry> {
  for (const value of decodeLines(key, bytes)) yield parseEntry(key, value);
}
