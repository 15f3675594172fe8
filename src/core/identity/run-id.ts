import { errorDetail, type ErrorDetail } from '../errors.ts';

/** Characters of the part of a run id that makes it unique; no letter that is taken for another. */
const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';
/** 31^13 is more than 2^64. */
const length = 13;
/** A run id is the value of a label and part of the key of an annotation: 63 characters at most. */
const runIdMax = 63;
/** Of the random part: fewer would be taken for the end of a name too often. */
const shortMin = 4;

/** Candidates a message names. */
const namedMax = 8;

const whole = new RegExp(`^.+-[${alphabet}]{${length}}$`, 'u');
const suffix = new RegExp(`-[${alphabet}]{${shortMin},${length}}$`, 'u');

/**
 * The id of a run: its name and 64 random bits. What a run has written is known by it, so no two runs may ever have the
 * same. `random` are hexadecimal digits of at least 64 random bits. A name that is too long is cut.
 */
export function runIdOf(name: string, random: string): string {
  const digits = random.replaceAll('-', '');
  const unique = charactersOf(BigInt(`0x${digits}`), length);
  return `${name.slice(0, runIdMax - length - 1).replace(/-+$/, '')}-${unique}`;
}

/** The lowest digits of a number, to the base of the alphabet. */
function charactersOf(number: bigint, count: number): string {
  const base = BigInt(alphabet.length);
  let remaining = number;
  let text = '';
  for (let index = 0; index < count; index += 1) {
    text += alphabet[Number(remaining % base)] ?? 'a';
    remaining /= base;
  }
  return text;
}

/** The name that an id begins with, whole or short. A text without a random part is a name itself. */
export function nameOfRunId(id: string): string {
  return id.replace(suffix, '');
}

/**
 * How to write each of these ids, for people: as many characters of its random part as distinguish it from all others, four at least.
 * An id of another form stays whole.
 */
export function shortIds(ids: Iterable<string>): ReadonlyMap<string, string> {
  const sorted = [...new Set(ids)].sort();
  return new Map(
    sorted.map((id, index) => {
      if (!whole.test(id)) return [id, id];
      // In order, what has most in common with an id stands beside it.
      const common = Math.max(sharedLength(id, sorted[index - 1]), sharedLength(id, sorted[index + 1]));
      return [id, id.slice(0, Math.max(id.length - length + shortMin, common + 1))];
    })
  );
}

/** True where a person may have meant this id: it is written whole, or with at least four characters of its random part. */
export function isWrittenAs(id: string, text: string): boolean {
  if (id === text) return true;
  return whole.test(id) && id.startsWith(text) && text.length >= id.length - length + shortMin;
}

/** The ids a person may have meant, of those there are; one that is written whole is meant, whatever others begin like it. */
export function idsWrittenAs(text: string, ids: readonly string[]): readonly string[] {
  return ids.includes(text) ? [text] : ids.filter((id) => isWrittenAs(id, text));
}

/** Why a short id cannot be taken, with the first of those it stands for: a wrong guess cancels or deletes another's. */
export function ambiguousId(text: string, ids: readonly string[], nouns: string): ErrorDetail {
  const short = [...shortIds(ids).values()];
  const named = [...short.slice(0, namedMax), ...(short.length > namedMax ? ['…'] : [])].join(', ');
  return errorDetail('ID_AMBIGUOUS', { what: `${text} stands for ${ids.length} ${nouns}: ${named}`, ref: text });
}

function sharedLength(id: string, other = ''): number {
  let index = 0;
  while (index < id.length && id[index] === other[index]) index += 1;
  return index;
}
