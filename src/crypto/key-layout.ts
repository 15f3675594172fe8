/* Where the key of a Location lies in it: docs/formats-keys.md. Everything here is public, but for what age encrypts. */

/** Below it nothing is sealed. */
export const keysPrefix = 'keys/';

/** Which key is the one of this Location: the first that was written. */
export const repositoryKey = `${keysPrefix}repository.json`;

/** The folder of a key. */
export function keyFolder(keyId: string): string {
  return `${keysPrefix}${keyId}/`;
}

/** The key, encrypted for the recipients of a generation. */
export function wrappedKey(keyId: string, generation: number): string {
  return `${keyFolder(keyId)}recipients-${generation}.age`;
}

/** Who the recipients of a generation are. */
export function recipientsKey(keyId: string, generation: number): string {
  return `${keyFolder(keyId)}recipients-${generation}.json`;
}

/** The word of one identity for the signer. */
export function vouchKey(keyId: string, of: string): string {
  return `${keyFolder(keyId)}vouched-${of}.json`;
}

/** The generation in the key of a wrapped key; undefined for every other key. */
export function generationOf(keyId: string, key: string): number | undefined {
  const name = key.startsWith(keyFolder(keyId)) ? key.slice(keyFolder(keyId).length) : '';
  const [, digits] = /^recipients-([1-9][0-9]{0,8})\.age$/u.exec(name) ?? [];
  return digits === undefined ? undefined : Number(digits);
}
