import type { StoredRef } from '../core/stored-ref.ts';
import type { Location, StoreOptions } from '../ports/location.ts';
import { corruptContainer } from './container.ts';
import { isIntegrityError } from './point-trust.ts';
import { readBytes } from './stored.ts';

/** From where to where something is copied. */
export interface CopyWay {
  readonly from: Location;
  readonly to: Location;
}

/** What became of one stored object: it was there, was sent, or was damaged there and replaced. */
export type CopiedObject = 'present' | 'copied' | 'healed';

/**
 * Makes the other Location hold the bytes that a reference names. Whatever is there under its key is read and compared with the
 * hash; what is damaged is replaced by what the first Location holds, once that was compared as well. What was sent is read back.
 * Idempotent. Throws STORED_OBJECT_* of the Location that has no good one to send.
 */
export async function copyObject(
  { from, to }: CopyWay,
  ref: StoredRef,
  options: StoreOptions = {}
): Promise<CopiedObject> {
  if (!isNamedByItsHash(ref)) throw corruptContainer(ref.key, 'it is referred to with a hash that is not in its name');
  const found = await to.head(ref.key, options);
  if (found !== undefined && (await isWhole(to, ref, options))) return 'present';
  const bytes = await readBytes(from, ref, options);
  if (found !== undefined) await to.delete(ref.key, options);
  await to.create(ref.key, bytes, options);
  await readBytes(to, ref, options);
  return found === undefined ? 'copied' : 'healed';
}

/** Only such an object may be replaced by whoever has its bytes: a point of somebody else could name any key. */
function isNamedByItsHash({ key, sha256 }: StoredRef): boolean {
  return /^(?:objects|runs)\/.*\/([0-9a-f]{64})(?:\.[a-z.]+)?$/u.exec(key)?.[1] === sha256;
}

async function isWhole(location: Location, ref: StoredRef, options: StoreOptions): Promise<boolean> {
  try {
    await readBytes(location, ref, options);
    return true;
  } catch (error) {
    if (isIntegrityError(error)) return false;
    throw error;
  }
}
