import { randomUUID } from 'node:crypto';
import type { Location, StoreOptions } from '../ports/location.ts';
import { pointsPrefix } from './layout.ts';

/** '-' sorts before every id of a point, '~' after. Neither begins one. */
const ends = ['-', '~'] as const;
const canaryKey = /^points\/[-~][0-9a-f-]{36}$/u;

/**
 * Writes a key at either end of `points/`, has lists made that are expected to show both, and removes them: a store that lists
 * what was there a while ago, or only up to somewhere, is found out. For the holder of the lock of a sweep; what a sweep that died
 * has left is removed as well.
 */
export async function withCanaries<T>(
  location: Location,
  options: StoreOptions,
  body: (expected: readonly string[]) => Promise<T>
): Promise<T> {
  const keys = ends.map((end) => `${pointsPrefix}${end}${randomUUID()}`);
  for (const key of keys) await location.create(key, new Uint8Array(0), options);
  try {
    return await body(keys);
  } finally {
    for (const end of ends) {
      for await (const { key } of location.list(pointsPrefix + end, options)) {
        if (canaryKey.test(key) && !keys.includes(key)) await location.delete(key, options);
      }
    }
    for (const key of keys) await location.delete(key, options);
  }
}
