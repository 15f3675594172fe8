import type { Location } from '../ports/location.ts';
import { surround, type LocationOperation } from './operation.ts';

/** What went to a store and came back, retries included. */
export interface LocationCounts {
  readonly requests: Record<LocationOperation, number>;
  readonly failures: Record<LocationOperation, number>;
  writtenBytes: number;
  readBytes: number;
}

/** Counters at zero. */
export function newLocationCounts(): LocationCounts {
  const zero = { create: 0, read: 0, head: 0, list: 0, delete: 0, put: 0 };
  return { requests: { ...zero }, failures: { ...zero }, writtenBytes: 0, readBytes: 0 };
}

/** Adds every request of a location to the counts; of a list every object given out counts as one. */
export function withCount(inner: Location, counts: LocationCounts): Location {
  const counted = surround(inner, async (operation, _key, call) => {
    counts.requests[operation] += 1;
    try {
      return await call();
    } catch (error) {
      counts.failures[operation] += 1;
      throw error;
    }
  });
  return {
    ...counted,
    async create(key, bytes, options) {
      const outcome = await counted.create(key, bytes, options);
      if (outcome === 'created') counts.writtenBytes += bytes.byteLength;
      return outcome;
    },
    async put(key, bytes, options) {
      await counted.put(key, bytes, options);
      counts.writtenBytes += bytes.byteLength;
    },
    async read(key, options) {
      const bytes = await counted.read(key, options);
      counts.readBytes += bytes.byteLength;
      return bytes;
    },
  };
}
