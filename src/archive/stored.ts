import { hash } from 'node:crypto';
import { isLandfallError, LandfallError } from '../core/errors.ts';
import type { StoredRef } from '../core/stored-ref.ts';
import type { Location, StoreOptions } from '../ports/location.ts';
import { corruptContainer } from './container.ts';
import { nameInKey, openContent, sealContent, sealContext } from './sealed.ts';

/** SHA-256 of bytes, lower-case hex. */
export function sha256Of(bytes: Uint8Array | string): string {
  return hash('sha256', bytes, 'hex');
}

/** Any: where content is sealed for does not depend on its hash. */
const someSha256 = '0'.repeat(64);

/** Content up to this size is sent without looking first: sending it costs less than the question. */
const blindBytesMax = 64 * 1024;

interface Content {
  readonly bytes: Uint8Array;
  /** The key of content of this hash. */
  readonly keyOf: (sha256: string) => string;
}

/** Content as it will lie in the store. */
interface StoredBytes extends Content {
  /** Spares the hash where the caller has it. */
  readonly sha256?: string;
}

/**
 * Stores content under a key made from the hash of what is stored: sealed, where the Location seals. Content that is there already
 * is not sent again, unless it is small; a stored object of another length under this hash is damaged, and throws
 * STORED_OBJECT_CORRUPT rather than being referred to.
 */
export async function storeContent(
  location: Location,
  { bytes, keyOf }: Content,
  options: StoreOptions = {}
): Promise<{ readonly ref: StoredRef; readonly isNew: boolean }> {
  return storeBytes(
    location,
    { bytes: await sealContent(location, sealContext(keyOf(someSha256)), bytes), keyOf },
    options
  );
}

/** As `storeContent`, of bytes that are sealed already, or that everybody may read. */
export async function storeBytes(
  location: Location,
  { bytes, keyOf, sha256 = sha256Of(bytes) }: StoredBytes,
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
  return openContent(location, ref.key, await readBytes(location, ref, options));
}

/** As `readContent`, of the bytes as they lie in the store: they need no key. */
export async function readBytes(location: Location, ref: StoredRef, options: StoreOptions = {}): Promise<Uint8Array> {
  const bytes = await location.read(ref.key, options);
  if (bytes.byteLength !== ref.sizeBytes) {
    throw corruptContainer(ref.key, `it has ${bytes.byteLength} bytes instead of ${ref.sizeBytes}`);
  }
  if (sha256Of(bytes) !== ref.sha256)
    throw corruptContainer(ref.key, `its content does not have the SHA-256 ${ref.sha256}`);
  return bytes;
}

/** Writes an object that has a name instead of a hash, once. */
export async function createNamed(
  location: Location,
  { key, bytes }: NamedObject,
  options: StoreOptions = {}
): Promise<'created' | 'exists'> {
  return location.create(key, await sealContent(location, key, bytes), options);
}

/** As `createNamed`, in place of what it held. */
export async function putNamed(
  location: Location,
  { key, bytes }: NamedObject,
  options: StoreOptions = {}
): Promise<void> {
  await location.put(key, await sealContent(location, key, bytes), options);
}

/** Reads an object that has a name. Throws STORED_OBJECT_MISSING, and STORED_OBJECT_CORRUPT for what was sealed for another name. */
export async function readNamed(location: Location, key: string, options: StoreOptions = {}): Promise<Uint8Array> {
  return openContent(location, key, await location.read(key, options));
}

interface NamedObject {
  readonly key: string;
  readonly bytes: Uint8Array;
}

/** Stands for the name of an object in a key; keys may not hold what names do, and nobody is to read it from them. */
export function nameForKey(location: Location, name: string): Promise<string> {
  return nameInKey(location, name, sha256Of);
}

/** The stored bytes of a key, whatever they are; undefined where there are none. */
export async function readUnlessMissing(
  location: Location,
  key: string,
  options: StoreOptions
): Promise<Uint8Array | undefined> {
  try {
    return await location.read(key, options);
  } catch (error) {
    if (isLandfallError(error, 'STORED_OBJECT_MISSING')) return undefined;
    throw error;
  }
}
