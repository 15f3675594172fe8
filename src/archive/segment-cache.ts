import type { Location, StoreOptions } from '../ports/location.ts';
import { segmentRefOf, type IndexEntry } from './entry.ts';
import { decodeSegment, type DecodedSegment } from './segment.ts';
import { readContent } from './stored.ts';

/** Raw bytes of decoded segments kept for the next entries; neighbours in an index are neighbours in segments. */
const keptBytes = 16 * 1024 * 1024;

/** Decoded segments of all caches that share it, the ones used last: what is kept does not grow with their number. */
export interface KeptSegments {
  get(cache: object, sha256: string): DecodedSegment | undefined;
  put(cache: object, sha256: string, segment: DecodedSegment): void;
}

export function createKeptSegments(): KeptSegments {
  const kept = new Map<DecodedSegment, { readonly cache: object; readonly sha256: string }>();
  const find = (cache: object, sha256: string): DecodedSegment | undefined => {
    for (const [segment, of] of kept) if (of.sha256 === sha256 && of.cache === cache) return segment;
    return undefined;
  };
  return {
    get: find,
    put(cache, sha256, segment) {
      kept.delete(segment);
      kept.set(segment, { cache, sha256 });
      let total = [...kept.keys()].reduce((sum, { rawBytes }) => sum + rawBytes, 0);
      for (const oldest of kept.keys()) {
        if (total <= keptBytes) break;
        kept.delete(oldest);
        total -= oldest.rawBytes;
      }
    },
  };
}

/** Reads and verifies segments of one location; keeps the ones used last. */
export interface SegmentCache {
  load(entry: IndexEntry, options?: StoreOptions): Promise<DecodedSegment>;
}

export function createSegmentCache(location: Location, kept: KeptSegments = createKeptSegments()): SegmentCache {
  const loading = new Map<string, Promise<DecodedSegment>>();
  const read = async (entry: IndexEntry, options?: StoreOptions): Promise<DecodedSegment> =>
    decodeSegment(entry.segment, await readContent(location, segmentRefOf(entry), options));
  return {
    async load(entry, options) {
      const sha256 = entry.segment;
      const found = kept.get(location, sha256);
      const segment = found ?? (await (loading.get(sha256) ?? start(sha256, read(entry, options))));
      kept.put(location, sha256, segment);
      return segment;
    },
  };

  function start(sha256: string, reading: Promise<DecodedSegment>): Promise<DecodedSegment> {
    loading.set(sha256, reading);
    const done = (): void => void loading.delete(sha256);
    reading.then(done, done);
    return reading;
  }
}
