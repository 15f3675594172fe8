import { isLandfallError, LandfallError } from '../core/errors.ts';
import type { Location, StoreOptions } from '../ports/location.ts';

/**
 * Finds out why a look-up was refused. The answer to HEAD has no body, so wrong keys, a missing bucket and a missing
 * right look alike; a list of the same key is refused with its reason.
 */
export function withHeadReason(inner: Location): Location {
  return {
    name: inner.name,
    create: (key, bytes, options) => inner.create(key, bytes, options),
    put: (key, bytes, options) => inner.put(key, bytes, options),
    read: (key, options) => inner.read(key, options),
    list: (prefix, options) => inner.list(prefix, options),
    delete: (key, options) => inner.delete(key, options),
    close: () => inner.close(),
    async head(key, options) {
      try {
        return await inner.head(key, options);
      } catch (error) {
        if (!isLandfallError(error, 'LOCATION_FORBIDDEN', 'LOCATION_NOT_FOUND')) throw error;
        const reason = await refusalOfList(inner, key, options);
        if (!isLandfallError(reason)) throw error;
        const { why } = reason.detail;
        throw new LandfallError(reason.code, {
          what: error.detail.what,
          ref: key,
          ...(why === undefined ? {} : { why }),
        });
      }
    },
  };
}

async function refusalOfList(inner: Location, key: string, options: StoreOptions | undefined): Promise<unknown> {
  try {
    for await (const _found of inner.list(key, options)) break;
    return undefined;
  } catch (error) {
    return error;
  }
}
