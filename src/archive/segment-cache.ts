import type { Location, StoreOptions } from '../ports/location.ts';
import { segmentRefOf, type IndexEntry } from './entry.ts';
import { decodeSegment, type DecodedSegment } from './segment.ts';
import { readContent } from './stored.ts';

/** Raw bytes of decoded segments kept for the next entries; neighbours in an index are neighbours in segments. */
const keptBytes = 16 * 1024 * 1024;

/** Reads and verifies segments; keeps the ones used last. */
export interface SegmentCache {
  load(entry: IndexEntry, options?: StoreOptions): Promise<DecodedSegment>;
}

export function createSegmentCache(location: Location): SegmentCache {
  const kept = new Map<string, DecodedSegment>();
  const loading = new Map<string, Promise<DecodedSegment>>();
  const keep = (sha256: string, segment: DecodedSegment): void => {
    kept.delete(sha256);
    kept.set(sha256, segment);
    let total = [...kept.values()].reduce((sum, { rawBytes }) => sum + rawBytes, 0);
    for (const [oldest, { rawBytes }] of kept) {
      if (total <= keptBytes) break;
      kept.delete(oldest);
      total -= rawBytes;
    }
  };
  const read = async (entry: IndexEntry, options?: StoreOptions): Promise<DecodedSegment> =>
    decodeSegment(entry.segment, await readContent(location, segmentRefOf(entry), options));
  return {
    async load(entry, options) {
      const sha256 = entry.segment;
      const found = kept.get(sha256);
      const segment = found ?? (await (loading.get(sha256) ?? start(sha256, read(entry, options))));
      keep(sha256, segment);
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
