import { isLandfallError } from '../core/errors.ts';
import type { Location } from '../ports/location.ts';
import { locationError } from './location-error.ts';
import { isWrite, surround } from './operation.ts';

/**
 * Reports a location that may be read but not written (LOCATION_READ_ONLY) from one that may not be used at all: stores
 * answer both with the same refusal, so after a refused write one key is listed.
 */
export function withReadOnly(inner: Location): Location {
  return surround(inner, async (operation, key, call) => {
    try {
      return await call();
    } catch (error) {
      if (!isWrite(operation) || !isLandfallError(error, 'LOCATION_FORBIDDEN')) throw error;
      if (!(await canList(inner))) throw error;
      const why = error.detail.why;
      const context = { location: inner.name, operation, key };
      throw locationError('LOCATION_READ_ONLY', context, {
        ...(why === undefined ? {} : { why }),
        fix: 'grant write access, or check what the bucket policy requires for writes; otherwise use another Location',
        cause: error,
      });
    }
  });
}

async function canList(location: Location): Promise<boolean> {
  try {
    for await (const _found of location.list('')) break;
    return true;
  } catch {
    return false;
  }
}
