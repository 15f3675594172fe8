import { z } from 'zod';
import type { StoredRef } from '../core/stored-ref.ts';
import type { Location, StoreOptions } from '../ports/location.ts';
import { corruptContainer } from './container.ts';
import { createLinesEncoder, decodeLines } from './lines.ts';
import { readBytes, storeBytes } from './stored.ts';

/*
 * What copies have written down of the blobs of the volume repository: their names are no hashes, so whether one is still what it
 * was is known by these lists alone.
 */

/** Below it, `<sha256>`: a list of what one copy has sent, as JSON lines. */
export const copiedBlobsPrefix = 'volumes-copied/';

const refSchema = z.object({
  key: z.string().regex(/^volumes\/[^/]+$/u),
  sha256: z.string().regex(/^[0-9a-f]{64}$/u),
  sizeBytes: z.int().nonnegative(),
});

/** Writes down blobs that were read back, so that their damage is found later. The same blobs give the same list. */
export async function noteBlobs(
  location: Location,
  blobs: readonly StoredRef[],
  options: StoreOptions = {}
): Promise<void> {
  if (blobs.length === 0) return;
  const encoder = createLinesEncoder();
  for (const { key, sha256, sizeBytes } of blobs.toSorted((left, right) => (left.key < right.key ? -1 : 1)))
    encoder.add({ key, sha256, sizeBytes });
  const keyOf = (sha256: string): string => `${copiedBlobsPrefix}${sha256}`;
  await storeBytes(location, { keyOf, bytes: encoder.finish() }, options);
}

/** Every blob that was written down in a Location, by its key. A damaged list throws STORED_OBJECT_CORRUPT. */
export async function notedBlobs(
  location: Location,
  options: StoreOptions = {}
): Promise<ReadonlyMap<string, StoredRef>> {
  const noted = new Map<string, StoredRef>();
  for await (const { key, sizeBytes } of location.list(copiedBlobsPrefix, options)) {
    const sha256 = key.slice(copiedBlobsPrefix.length);
    for (const value of decodeLines(key, await readBytes(location, { key, sha256, sizeBytes }, options))) {
      const parsed = refSchema.safeParse(value);
      if (!parsed.success) throw corruptContainer(key, 'a line does not name a blob');
      noted.set(parsed.data.key, parsed.data);
    }
  }
  return noted;
}
