import { LandfallError } from '../errors.ts';

/** What a JSON value is, recognised by its first character. */
export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';

const quote = 0x22;
const backslash = 0x5c;

/** Makes the error for text that is not JSON; `at` is the offset of the first character that does not fit. */
export function malformed(at: number, expected: string): LandfallError {
  return new LandfallError('OBJECT_INVALID', {
    what: `the object is not valid JSON: expected ${expected} at offset ${at}`,
    fix: 'read the object again; if this repeats, check the proxies between Landfall and the server',
  });
}

/** The next offset that is not JSON white space (RFC 8259 section 2). */
export function skipSpace(text: string, from: number): number {
  let at = from;
  while (isSpace(text.charCodeAt(at))) at++;
  return at;
}

export function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** The offset behind a string that starts at `from`. Jumps from quote to quote instead of reading every character. */
export function skipString(text: string, from: number): number {
  let at = from;
  for (;;) {
    at = text.indexOf('"', at + 1);
    if (at < 0) throw malformed(text.length, 'end of string');
    let before = at - 1;
    while (text.charCodeAt(before) === backslash) before--;
    // An even number of backslashes before the quote: they escape each other, and the quote ends the string.
    if ((at - before) % 2 === 1) return at + 1;
  }
}

/**
 * The offset behind the value that starts at `from`. Only brackets and strings are looked at: what is between them is
 * neither checked nor decoded, which is what makes leaving it untouched fast.
 */
export function skipValue(text: string, from: number): number {
  const first = text.charCodeAt(from);
  if (first === quote) return skipString(text, from);
  if (first === 0x7b || first === 0x5b) return skipNested(text, from);
  return skipScalar(text, from);
}

function skipNested(text: string, from: number): number {
  const length = text.length;
  let depth = 0;
  for (let at = from; at < length;) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      at = skipString(text, at);
      continue;
    }
    // '{' 0x7b and '[' 0x5b, '}' 0x7d and ']' 0x5d differ only in bit 5.
    const folded = code | 0x20;
    if (folded === 0x7b) depth++;
    else if (folded === 0x7d && --depth === 0) return at + 1;
    at++;
  }
  throw malformed(length, 'closing bracket');
}

function skipScalar(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x2c || code === 0x7d || code === 0x5d || code === 0x20 || (code >= 0x09 && code <= 0x0d)) break;
  }
  if (at === from) throw malformed(from, 'value');
  return at;
}

/** The kind of the value at `at`; throws when no value can start there. */
export function kindAt(text: string, at: number): JsonKind {
  const code = text.charCodeAt(at);
  if (code === 0x7b) return 'object';
  if (code === 0x5b) return 'array';
  if (code === quote) return 'string';
  if (code === 0x2d || (code >= 0x30 && code <= 0x39)) return 'number';
  if (code === 0x74 || code === 0x66) return 'boolean';
  if (code === 0x6e) return 'null';
  throw malformed(at, 'value');
}
