import pMap from 'p-map';
import { limits } from '../core/limits.ts';
import { objectKey } from '../core/resource.ts';
import type { StoredRef } from '../core/stored-ref.ts';
import type { Location, StoreOptions } from '../ports/location.ts';
import { corruptContainer } from './container.ts';
import type { IndexEntry } from './entry.ts';
import { entriesOf } from './index-partial.ts';
import { indexKey } from './layout.ts';
import { createLinesEncoder, type LinesEncoder } from './lines.ts';
import { mergeEntries } from './merge-entries.ts';
import { compareUtf8, createCutter, indexCuts } from './order.ts';
import { storeContents } from './contents.ts';
import { readContent, storeContent } from './stored.ts';

/** One piece of a recovery point's index: sorted, and disjoint from the other pieces. */
export interface IndexPart {
  readonly ref: StoredRef;
  readonly objects: number;
  readonly firstKey: string;
  readonly lastKey: string;
}

/** The whole index of a recovery point, as the manifest names it. */
export interface MergedIndex {
  /** In the order of their keys. */
  readonly parts: readonly IndexPart[];
  readonly objects: number;
  readonly rawBytes: number;
  /** Distinct segments, and the bytes they take in the store. */
  readonly segments: number;
  readonly segmentBytes: number;
  /** All content of the index by its keys, which everybody may read; absent where it has no object. */
  readonly contents?: StoredRef;
}

/**
 * Merges partial indexes into the index of a recovery point. Streaming: it holds the partial indexes compressed and one
 * block of each decoded. The same objects give the same parts however they were captured; a part that is there is not
 * stored again.
 */
export async function mergeIndexes(
  location: Location,
  partials: readonly StoredRef[],
  options: StoreOptions = {}
): Promise<MergedIndex> {
  const loaded = await pMap(partials, (ref) => readContent(location, ref, options), {
    concurrency: limits.parallelSegments,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const runs = loaded.map((bytes, at) => entriesOf(partials[at]?.key ?? '', bytes));
  const parts: IndexPart[] = [];
  const segments = new Map<string, number>();
  let rawBytes = 0;
  const cutter = createCutter(indexCuts);
  let open: OpenPart | undefined;
  const close = async (): Promise<void> => {
    if (open === undefined) return;
    const { encoder, firstKey, lastKey } = open;
    const { ref } = await storeContent(location, { keyOf: indexKey, bytes: encoder.finish() }, options);
    parts.push({ ref, objects: encoder.count, firstKey, lastKey });
    open = undefined;
  };
  for (const entry of mergeEntries(runs)) {
    const key = objectKey(entry);
    const { before, after } = cutter(key, 1);
    if (before) await close();
    open ??= { encoder: createLinesEncoder(), firstKey: key, lastKey: key };
    open.lastKey = key;
    open.encoder.add(entry);
    segments.set(entry.segment, entry.segmentBytes);
    rawBytes += entry.length;
    if (after) await close();
  }
  await close();
  const objects = parts.reduce((sum, part) => sum + part.objects, 0);
  const segmentBytes = [...segments.values()].reduce((sum, bytes) => sum + bytes, 0);
  const contents = await storeContents(location, { parts, segments }, options);
  return { parts, objects, rawBytes, segments: segments.size, segmentBytes, ...(contents && { contents }) };
}

interface OpenPart {
  readonly encoder: LinesEncoder;
  readonly firstKey: string;
  lastKey: string;
}

/** Reads an index part by part, each verified whole before its first entry is given out; checks order and counts. */
export async function* readIndexParts(
  location: Location,
  parts: readonly IndexPart[],
  options: StoreOptions = {}
): AsyncGenerator<IndexEntry> {
  let last = '';
  for (const part of parts) {
    const bytes = await readContent(location, part.ref, options);
    let count = 0;
    for (const entry of entriesOf(part.ref.key, bytes)) {
      const key = objectKey(entry);
      if (last !== '' && compareUtf8(last, key) >= 0)
        throw corruptContainer(part.ref.key, 'its entries are not in order');
      if (count === 0 && key !== part.firstKey)
        throw corruptContainer(part.ref.key, 'it does not start as the manifest says');
      last = key;
      count += 1;
      yield entry;
    }
    if (count !== part.objects || last !== part.lastKey) {
      throw corruptContainer(part.ref.key, `it has ${count} entries up to ${last}, not as the manifest says`);
    }
  }
}
