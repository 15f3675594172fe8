import pMap from 'p-map';
import type { Location, StoreOptions } from '../ports/location.ts';
import type { IndexEntry } from './entry.ts';
import { createSegmentCache, type SegmentCache } from './segment-cache.ts';

export interface StoredObject<E extends IndexEntry = IndexEntry> {
  readonly entry: E;
  /** The object exactly as the source served it. */
  readonly bytes: Uint8Array;
}

export interface ReadObjectsOptions extends StoreOptions {
  /** Segments read and verified at the same time. */
  readonly parallel?: number;
  /** Verified segments shared with other readers of the same location; default: its own for this reading. */
  readonly cache?: SegmentCache;
}

/** Objects that are read ahead together: each of their segments is read once, in whatever order they are asked for. */
const windowObjects = 1_000;
const windowBytes = 4 * 1024 * 1024;

/**
 * Reads objects in the order asked for. No byte is given out before the whole segment it lies in was verified: its stored
 * bytes against the hash in its key, every object in it against its own, and the entry against both. Throws
 * STORED_OBJECT_CORRUPT or STORED_OBJECT_MISSING, naming the key. Holds two windows of 1,000 objects or 4 MiB.
 */
export async function* readObjects<E extends IndexEntry>(
  location: Location,
  entries: Iterable<E> | AsyncIterable<E>,
  options: ReadObjectsOptions = {}
): AsyncGenerator<StoredObject<E>> {
  const cache = options.cache ?? createSegmentCache(location);
  let ahead: Promise<StoredObject<E>[]> | undefined;
  for await (const window of windowsOf(entries)) {
    const next = readWindow(cache, window, options);
    // Waited for in the next round; a consumer that stops early never does.
    next.catch(() => undefined);
    if (ahead !== undefined) yield* await ahead;
    ahead = next;
  }
  if (ahead !== undefined) yield* await ahead;
}

async function* windowsOf<E extends IndexEntry>(entries: Iterable<E> | AsyncIterable<E>): AsyncGenerator<E[]> {
  let window: E[] = [];
  let bytes = 0;
  for await (const entry of entries) {
    window.push(entry);
    bytes += entry.length;
    if (window.length < windowObjects && bytes < windowBytes) continue;
    yield window;
    window = [];
    bytes = 0;
  }
  if (window.length > 0) yield window;
}

async function readWindow<E extends IndexEntry>(
  cache: SegmentCache,
  window: readonly E[],
  options: ReadObjectsOptions
): Promise<StoredObject<E>[]> {
  const bySegment = Map.groupBy(window.keys(), (at) => window[at]?.segment ?? '');
  const found = new Map<number, StoredObject<E>>();
  const read = async (positions: readonly number[]): Promise<void> => {
    const [first] = positions.flatMap((at) => window[at] ?? []);
    if (first === undefined) return;
    const segment = await cache.load(first, options);
    const wanted = positions.reduce((sum, at) => sum + (window[at]?.length ?? 0), 0);
    // A view keeps the whole segment in memory, a copy costs its own size: whichever is less.
    const views = wanted > segment.rawBytes / 4;
    for (const at of positions) {
      const entry = window[at];
      if (entry === undefined) continue;
      const bytes = segment.take(entry);
      found.set(at, { entry, bytes: views ? bytes : new Uint8Array(bytes) });
    }
  };
  await pMap(bySegment.values(), read, {
    concurrency: options.parallel ?? 2,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  return window.flatMap((_entry, at) => found.get(at) ?? []);
}
