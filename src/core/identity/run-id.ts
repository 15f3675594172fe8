/** Characters of the part of a run id that makes it unique; no letter that is taken for another. */
const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';
/** 31^13 is more than 2^64. */
const length = 13;
/** A run id is the value of a label and part of the key of an annotation: 63 characters at most. */
const idMax = 63;

/**
 * The id of a run: its name and 64 random bits. What a run has written is known by it, so no two runs may ever have the
 * same. `random` are hexadecimal digits of at least 64 random bits. A name that is too long is cut.
 */
export function runIdOf(name: string, random: string): string {
  const digits = random.replaceAll('-', '');
  const suffix = charactersOf(BigInt(`0x${digits}`), length);
  return `${name.slice(0, idMax - length - 1).replace(/-+$/, '')}-${suffix}`;
}

/** The id runs had before: four characters of 32 bits. For waves that have begun with it. */
export function shortRunIdOf(name: string, unique: string): string {
  return `${name}-${charactersOf(BigInt(`0x${hashOf(unique)}`), 4)}`;
}

/** The lowest digits of a number, to the base of the alphabet. */
function charactersOf(number: bigint, count: number): string {
  const base = BigInt(alphabet.length);
  let rest = number;
  let text = '';
  for (let index = 0; index < count; index += 1) {
    text += alphabet[Number(rest % base)] ?? 'a';
    rest /= base;
  }
  return text;
}

/** The name a run id begins with, and whether it is whole; ids of earlier versions have four characters behind it. */
export function nameOfRunId(id: string): string {
  return id.replace(/-(?:[a-hjkmnp-z2-9]{13}|[a-z0-9]{4})$/, '');
}

/** FNV-1a, 32 bits, 8 hex digits: tells names apart, protects nothing. */
export function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash.toString(16).padStart(8, '0');
}
