import { isSealed } from '../crypto/sealed-object.ts';
import type { Location } from '../ports/location.ts';
import { pointRunsPrefix } from './layout.ts';

/**
 * Where content is sealed for, by its key: of content that is named by its hash the folder, since the hash is not known before; of
 * everything else the whole key. What is moved to another place does not open there.
 */
export function sealContext(key: string): string {
  return key.replace(/\/(?:[0-9a-f]{2}\/)?[0-9a-f]{64}(?:\.[a-z.]+)?$/u, '');
}

/** The bytes as they are to lie in the store. Throws KEY_* where the Location seals and the key cannot be had. */
export async function sealContent(location: Location, context: string, bytes: Uint8Array): Promise<Uint8Array> {
  const { seal } = location;
  if (seal === undefined || (!seal.hasIdentity && context.startsWith(pointRunsPrefix))) return bytes;
  return (await seal.forWriting()).seal(context, bytes);
}

/** Gives back what `sealContent` was given. Throws STORED_OBJECT_CORRUPT for what is not sealed, or was altered. */
export async function openContent(location: Location, key: string, bytes: Uint8Array): Promise<Uint8Array> {
  const { seal } = location;
  if (seal === undefined || (key.startsWith(pointRunsPrefix) && !isSealed(bytes))) return bytes;
  return (await seal.forReading()).open(sealContext(key), key, bytes);
}

/** Stands for the name of an object in a key: its hash, or, where the Location seals, a name that nobody can guess back. */
export async function nameInKey(location: Location, name: string, plain: (name: string) => string): Promise<string> {
  return location.seal === undefined ? plain(name) : (await location.seal.forWriting()).nameOf(name);
}
