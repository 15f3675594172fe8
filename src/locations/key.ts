import { LandfallError } from '../core/errors.ts';

/** S3 and Azure allow 1,024 bytes; the rest is left for the location's own prefix. */
const maxKeyBytes = 900;

/** The folder of half-written files in filesystem locations; no key may enter it. */
export const temporaryFolder = '.landfall-tmp';

/**
 * Refuses a key that could leave the location or that one of the providers cannot hold (rules of `ports/location.ts`).
 * Keys are made by Landfall, so a bad one is a defect or a forged reference, never a typing mistake.
 */
export function checkKey(key: string): string {
  const segments = key.split('/');
  if (key === '' || segments.some((segment) => !isPlainSegment(segment))) refuse(key);
  return checkPrefix(key);
}

/** As `checkKey`, for what a list starts with: may be empty and may end in the middle of a segment. */
export function checkPrefix(prefix: string): string {
  const segments = prefix.split('/');
  const inner = segments.slice(0, -1);
  const last = segments.at(-1) ?? '';
  if (inner.some((segment) => !isPlainSegment(segment)) || (last !== '' && !isPlainSegment(last))) refuse(prefix);
  if (Buffer.byteLength(prefix) > maxKeyBytes || !prefix.isWellFormed()) refuse(prefix);
  return prefix;
}

function isPlainSegment(segment: string): boolean {
  return (
    segment !== '' && segment !== '.' && segment !== '..' && segment !== temporaryFolder && !/[\p{Cc}\\]/u.test(segment)
  );
}

function refuse(key: string): never {
  throw new LandfallError('INTERNAL', {
    what: `${JSON.stringify(key.slice(0, 200))} is not a valid key of a Location`,
  });
}
