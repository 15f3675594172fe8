import { randomUUID } from 'node:crypto';
import type { Location, StoreOptions } from '../ports/location.ts';
import { listIncomplete } from './proven-list.ts';

/** The time of the store: of an object that is written, listed and removed. Nothing else is compared with its times. */
export async function readStoreClock(location: Location, options: StoreOptions = {}): Promise<number> {
  const key = `probe/clock-${randomUUID()}`;
  await location.create(key, new Uint8Array(0), options);
  try {
    for await (const { modifiedAtMs } of location.list(key, options)) return modifiedAtMs;
  } finally {
    await location.delete(key, options);
  }
  throw listIncomplete(location, key, `${key} was written but is not listed`);
}

/**
 * The time by which something is old or somebody counts as gone: of the clock of the store and that of this machine the earlier. One
 * that runs ahead makes no point old enough to go, and no run look dead.
 */
export async function readEarlierClock(location: Location, options: StoreOptions = {}): Promise<number> {
  return Math.min(await readStoreClock(location, options), Date.now());
}
