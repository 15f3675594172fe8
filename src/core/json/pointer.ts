import { LandfallError } from '../errors.ts';
import { limits } from '../limits.ts';

/** Splits a JSON pointer (RFC 6901) into its decoded segments; '' is the whole document. */
export function parsePointer(pointer: string): readonly string[] {
  const known = parsed.get(pointer);
  if (known !== undefined) return known;
  const segments = parse(pointer);
  // Rules ask for the same few pointers for every object; those of user data are not kept for ever.
  if (parsed.size >= parsedMax) parsed.clear();
  parsed.set(pointer, segments);
  return segments;
}

const parsed = new Map<string, readonly string[]>();
const parsedMax = 4_096;

function parse(pointer: string): readonly string[] {
  if (pointer === '') return [];
  if (!pointer.startsWith('/')) throw invalidPointer(pointer, "a pointer starts with '/'");
  const segments = pointer.slice(1).split('/');
  if (segments.length > limits.jsonDepth) throw invalidPointer(pointer.slice(0, 80), 'it is too deep');
  return pointer.includes('~') ? segments.map((segment) => unescapeSegment(segment, pointer)) : segments;
}

/** Joins decoded segments to a JSON pointer. */
export function formatPointer(segments: readonly (string | number)[]): string {
  return segments.map((segment) => `/${escapeSegment(String(segment))}`).join('');
}

/** `a/b~c` as a segment of a pointer: `a~1b~0c`. */
export function escapeSegment(segment: string): string {
  return segment.includes('~') || segment.includes('/') ? segment.replaceAll('~', '~0').replaceAll('/', '~1') : segment;
}

/** The array index a segment means, or undefined: no sign, no leading zero (RFC 6901 section 4). */
export function arrayIndex(segment: string): number | undefined {
  return /^(?:0|[1-9][0-9]{0,8})$/.test(segment) ? Number(segment) : undefined;
}

function unescapeSegment(segment: string, pointer: string): string {
  if (/~(?![01])/.test(segment)) throw invalidPointer(pointer, "'~' stands only before 0 or 1");
  return segment.replaceAll('~1', '/').replaceAll('~0', '~');
}

function invalidPointer(pointer: string, why: string): LandfallError {
  return new LandfallError('TRANSFORM_FAILED', { what: `${JSON.stringify(pointer)} is not a JSON pointer`, why });
}
