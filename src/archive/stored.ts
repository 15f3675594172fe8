import { hash } from 'node:crypto';
import { LandfallError } from '../core/errors.ts';
import type { StoredRef } from '../core/stored-ref.ts';
import type { Location, StoreOptions } from '../ports/location.ts';
import { corruptContainer } from './container.ts';

/** SHA-256 of bytes, lower-case hex. */
export function sha256Of(bytes: Uint8Array | string): string {
  return hash('sha256', bytes, 'hex');
}

/** Content up to this size is sent without looking first: sending it costs less than the question. */
const blindBytesMax = 64 * 1024;

interface Content {
  readonly bytes: Uint8Array;
  /** The key of content of this hash. */
  readonly keyOf: (sha256: string) => string;
  /** Spares the hash where the caller has it. */
  readonly sha256?: string;
}

/**
 * Stores content under a key made from its hash. Content that is there already is not sent again, unless it is small; a stored object of
 * another length under this hash is damaged, and throws STORED_OBJECT_CORRUPT rather than being referred to.
 */
export async function storeContent(
  location: Location,
  { bytes, keyOf, sha256 = sha256Of(bytes) }: Content,
  options: StoreOptions = {}
): Promise<{ readonly ref: StoredRef; readonly isNew: boolean }> {
  const ref = { key: keyOf(sha256), sha256, sizeBytes: bytes.byteLength };
  const known = bytes.byteLength > blindBytesMax ? await location.head(ref.key, options) : undefined;
  if (known === undefined && (await location.create(ref.key, bytes, options)) === 'created')
    return { ref, isNew: true };
  const stored = known ?? (await location.head(ref.key, options));
  if (stored?.sizeBytes === ref.sizeBytes) return { ref, isNew: false };
  throw new LandfallError('STORED_OBJECT_CORRUPT', {
    what: `${ref.key} is in Location ${location.name} with ${stored?.sizeBytes ?? 'no'} bytes instead of ${ref.sizeBytes}`,
    why: 'a stored object is never changed, so this one was damaged',
    fix: 'remove the damaged object from the store; recovery points that need it were lost with it',
    ref: ref.key,
  });
}

/** Reads what a reference names, and gives it out only when length and hash are those of the reference. */
export async function readContent(location: Location, ref: StoredRef, options: StoreOptions = {}): Promise<Uint8Array> {
  const bytes = await location.read(ref.key, options);
  if (bytes.byteLength !== ref.sizeBytes) {
    throw corruptContainer(ref.key, `it has ${bytes.byteLength} bytes instead of ${ref.sizeBytes}`);
  }
  if (sha256Of(bytes) !== ref.sha256)
    throw corruptContainer(ref.key, `its content does not have the SHA-256 ${ref.sha256}`);
  return bytes;
}
