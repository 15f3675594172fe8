import { z } from 'zod';
import type { StoredRef } from '../core/stored-ref.ts';
import type { Location, StoreOptions } from '../ports/location.ts';
import { corruptContainer } from './container.ts';
import { contentsKey, segmentKey } from './layout.ts';
import { createLinesEncoder, decodeLines } from './lines.ts';
import { compareUtf8 } from './order.ts';
import { readBytes, storeBytes } from './stored.ts';

interface IndexedContent {
  readonly parts: readonly { readonly ref: StoredRef }[];
  /** Stored size by hash. */
  readonly segments: ReadonlyMap<string, number>;
}

/**
 * Stores the list of everything that an index refers to: key, hash and size as stored, and nothing of what is inside. It lies in
 * clear, so that points can be verified, copied and swept without a key. The same index gives the same list.
 */
export async function storeContents(
  location: Location,
  { parts, segments }: IndexedContent,
  options: StoreOptions
): Promise<StoredRef | undefined> {
  if (parts.length === 0) return undefined;
  const refs = [
    ...parts.map(({ ref }) => ref),
    ...[...segments].map(([sha256, sizeBytes]) => ({ key: segmentKey(sha256), sha256, sizeBytes })),
  ];
  const encoder = createLinesEncoder();
  for (const { key, sha256, sizeBytes } of refs.sort((left, right) => compareUtf8(left.key, right.key)))
    encoder.add({ key, sha256, sizeBytes });
  return (await storeBytes(location, { keyOf: contentsKey, bytes: encoder.finish() }, options)).ref;
}

const refSchema = z.object({
  key: z.string().regex(/^objects\/(?:segments\/[0-9a-f]{2}|indexes)\/[0-9a-f]{64}$/u),
  sha256: z.string().regex(/^[0-9a-f]{64}$/u),
  sizeBytes: z.int().nonnegative(),
});

/** Reads the list; verified whole before the first is given out. Throws STORED_OBJECT_CORRUPT for what names no content. */
export async function* readContents(
  location: Location,
  ref: StoredRef,
  options: StoreOptions = {}
): AsyncGenerator<StoredRef> {
  for (const value of decodeLines(ref.key, await readBytes(location, ref, options))) {
    const parsed = refSchema.safeParse(value);
    if (!parsed.success || !parsed.data.key.endsWith(parsed.data.sha256))
      throw corruptContainer(ref.key, 'a line does not name stored content');
    yield parsed.data;
  }
}
