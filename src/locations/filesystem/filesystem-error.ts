import type { ErrorCode, LandfallError } from '../../core/errors.ts';
import { locationError } from '../location-error.ts';
import type { OperationContext } from '../operation.ts';

/** errno(3) to what it means for a location. Codes that are not here are an input/output error of the server. */
const codes: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  ENOSPC: ['LOCATION_FULL', 'no space left on the device'],
  EDQUOT: ['LOCATION_FULL', 'the disk quota is used up'],
  EFBIG: ['LOCATION_FULL', 'the file is larger than the filesystem allows'],
  EROFS: ['LOCATION_READ_ONLY', 'the filesystem is mounted read-only'],
  EACCES: ['LOCATION_FORBIDDEN', 'permission denied'],
  EPERM: ['LOCATION_FORBIDDEN', 'the filesystem does not permit it (hard links are required)'],
  ENOTSUP: ['LOCATION_FORBIDDEN', 'the filesystem does not support hard links, which a conditional create requires'],
  EOPNOTSUPP: ['LOCATION_FORBIDDEN', 'the filesystem does not support hard links, which a conditional create requires'],
  ELOOP: ['LOCATION_FORBIDDEN', 'a symbolic link is in the way'],
  ENOTDIR: ['LOCATION_FORBIDDEN', 'a file is where a directory should be'],
  EISDIR: ['LOCATION_FORBIDDEN', 'a directory is where a file should be'],
  ENAMETOOLONG: ['LOCATION_FORBIDDEN', 'the filesystem does not allow names this long'],
  ENOENT: ['LOCATION_NOT_FOUND', 'the directory does not exist'],
  ENODEV: ['LOCATION_UNREACHABLE', 'the device is gone'],
  ENXIO: ['LOCATION_UNREACHABLE', 'the device is gone'],
  ESTALE: ['LOCATION_UNREACHABLE', 'the network filesystem lost the file (stale handle)'],
  ETIMEDOUT: ['LOCATION_UNREACHABLE', 'the network filesystem does not respond'],
  EHOSTDOWN: ['LOCATION_UNREACHABLE', 'the network filesystem does not respond'],
};

/** Turns an error of `node:fs` into a code of the catalogue. */
export function filesystemError(error: unknown, context: OperationContext): LandfallError {
  const errno = errnoOf(error);
  const [code, why] = codes[errno] ?? ['LOCATION_SERVER_ERROR', `input/output error (${errno || 'unknown'})`];
  return locationError(code, context, { why, cause: error });
}

/** `ENOENT` and its like; '' when the error is none of the operating system. */
export function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
