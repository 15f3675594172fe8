import { setTimeout as sleep } from 'node:timers/promises';
import { isLandfallError, LandfallError } from '../core/errors.ts';
import type { LocationSpec } from '../core/spec/spec.ts';
import type { StoreOptions } from '../ports/location.ts';
import type { ObjectLock } from '../ports/object-lock.ts';
import { providerOf } from './registry.ts';

const attemptsMax = 6;
const baseDelayMs = 500;

/** Opens the locks of a store, with retries. Throws LOCK_UNSUPPORTED for a provider without. */
export async function openLock(spec: LocationSpec): Promise<ObjectLock> {
  const inner = await providerOf(spec).lock(spec);
  if (inner === undefined) {
    throw new LandfallError('LOCK_UNSUPPORTED', {
      what: `objects in Location ${spec.name} cannot be locked`,
      why: `Landfall locks objects in s3 Locations only, and this one has provider ${spec.provider}`,
      ref: spec.name,
    });
  }
  return {
    check: (options) => again(() => inner.check(options), options),
    extend: (key, wanted, options) => again(() => inner.extend(key, wanted, options), options),
    close: () => inner.close(),
  };
}

/** To lock what is locked already changes nothing, so that every call may be repeated. */
async function again<T>(call: () => Promise<T>, options: StoreOptions = {}): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (!isLandfallError(error) || error.detail.retry === 'never' || attempt === attemptsMax) throw error;
      const delayMs = error.detail.retryAfterMs ?? baseDelayMs * 2 ** attempt * Math.random();
      await sleep(delayMs, undefined, options.signal === undefined ? {} : { signal: options.signal });
    }
  }
}
