import { randomUUID } from 'node:crypto';
import { LandfallError } from '../core/errors.ts';
import type { Location, StoreOptions } from '../ports/location.ts';

/** The time of the store: of an object that is written, listed and removed. Nothing else is compared with its times. */
export async function readStoreClock(location: Location, options: StoreOptions = {}): Promise<number> {
  const key = `probe/clock-${randomUUID()}`;
  await location.create(key, new Uint8Array(0), options);
  try {
    for await (const { modifiedAtMs } of location.list(key, options)) return modifiedAtMs;
  } finally {
    await location.delete(key, options);
  }
  throw new LandfallError('INTERNAL', { what: `Location ${location.name} does not list ${key}, which it has taken` });
}
