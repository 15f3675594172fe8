import { Buffer } from 'node:buffer';

/**
 * kopia writes names as JSON: every byte that is not UTF-8 becomes U+FFFD (Go, encoding/json), so a file comes back
 * under another name, and two names of one directory can become one. Names here are byte strings.
 */

/** Gives the name kopia restores a name under; the same when it is UTF-8. */
export function nameInKopia(name: string): string {
  if (/^[\x00-\x7f]*$/.test(name)) return name;
  return Buffer.from(goReplaceInvalid(name), 'utf8').toString('latin1');
}

/** Gives those names of one directory that share their name in kopia with another; empty nearly always. */
export function collidingNames(names: readonly string[]): ReadonlySet<string> {
  const changed = names.filter((name) => nameInKopia(name) !== name);
  if (changed.length === 0) return new Set();
  const groups = new Map<string, string[]>();
  for (const name of changed) groups.set(nameInKopia(name), [...(groups.get(nameInKopia(name)) ?? []), name]);
  const present = new Set(names);
  const colliding = [...groups].flatMap(([inKopia, originals]) => {
    if (present.has(inKopia)) return [inKopia, ...originals];
    return originals.length > 1 ? originals : [];
  });
  return new Set(colliding);
}

/** One U+FFFD a bad byte, as Go has it; TextDecoder gives one for a truncated sequence of several bytes. */
function goReplaceInvalid(name: string): string {
  const bytes = Buffer.from(name, 'latin1');
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let text = '';
  for (let index = 0; index < bytes.length;) {
    const length = sequenceLength(bytes[index] ?? 0);
    const decoded = length === 0 ? undefined : tryDecode(strict, bytes.subarray(index, index + length));
    text += decoded ?? '\ufffd';
    index += decoded === undefined ? 1 : length;
  }
  return text;
}

function tryDecode(decoder: InstanceType<typeof TextDecoder>, bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

function sequenceLength(first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xc2) return 0;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
}
