import pMap from 'p-map';
import { z } from 'zod';
import { isLandfallError, LandfallError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { covers, strongerLock, type Retention } from '../core/retention/point-lock.ts';
import { keysPrefix } from '../crypto/key-layout.ts';
import type { Location, StoreOptions } from '../ports/location.ts';
import type { ObjectLock } from '../ports/object-lock.ts';
import { readContents } from './contents.ts';
import { manifestKey, pointLockKey } from './layout.ts';
import { corruptContainer } from './container.ts';
import type { PublicManifest } from './manifest.ts';
import { readPoint } from './recovery-point.ts';

/** How much is locked. */
export interface LockedPoint {
  readonly retention: Retention;
  readonly objects: number;
}

export interface LockPointOptions extends StoreOptions {
  readonly onLocked?: (objects: number) => void;
}

/** Where the repository of the volumes is, and what in it kopia removes in the middle of its work: marks of sessions, and logs. */
const volumesPrefix = 'volumes/';
const passing = /^volumes\/(?:s|_log)/u;

/**
 * Locks everything a recovery point needs, the manifest last, and then writes down that it is locked: nobody reads of a lock that is
 * not whole. What is locked already for as long costs one request. Idempotent. Throws STORED_OBJECT_MISSING, LOCK_*, LOCATION_*.
 */
export async function lockPoint(
  location: Location,
  { lock, point, wanted }: { readonly lock: ObjectLock; readonly point: string; readonly wanted: Retention },
  options: LockPointOptions = {}
): Promise<LockedPoint> {
  const { manifest } = await readPoint(location, point, options);
  let objects = 0;
  const extend = async (key: string): Promise<void> => {
    await lock.extend(key, wanted, options);
    objects++;
    options.onLocked?.(objects);
  };
  const keys = keysOf(location, manifest, options);
  await pMap(keys, extend, { concurrency: limits.parallelSegments });
  await extend(manifestKey(point));
  const retention = strongerLock(wanted, await readLock(location, point, options));
  await writeLock(location, point, { retention, options });
  return { retention, objects };
}

/**
 * The keys of everything a point needs besides its manifest: content, what it attaches, the wrapped key of the Location. The
 * repository of the volumes is taken whole, since what a snapshot needs of it kopia alone knows.
 */
export async function* keysOf(
  location: Location,
  { contents, attached, counts }: PublicManifest,
  options: StoreOptions = {}
): AsyncGenerator<string> {
  if (contents !== undefined) {
    yield contents.key;
    for await (const { key } of readContents(location, contents, options)) yield key;
  }
  for (const { key } of attached) yield key;
  for await (const { key } of location.list(keysPrefix, options)) yield key;
  if (counts.volumes === 0) return;
  for await (const { key } of location.list(volumesPrefix, options)) if (!passing.test(key)) yield key;
}

const lockSchema = z.object({ mode: z.enum(['governance', 'compliance']), until: z.iso.datetime() });

/** How a point is locked, as was written down when all of it was; undefined for one that is not. */
export async function readLock(
  location: Location,
  point: string,
  options: StoreOptions = {}
): Promise<Retention | undefined> {
  const key = pointLockKey(point);
  try {
    const text = Buffer.from(await location.read(key, options)).toString('utf8');
    const { mode, until } = lockSchema.parse(JSON.parse(text));
    return { mode, untilMs: Date.parse(until) };
  } catch (error) {
    if (isLandfallError(error, 'STORED_OBJECT_MISSING')) return undefined;
    if (error instanceof SyntaxError || error instanceof z.ZodError)
      throw corruptContainer(key, 'it is no lock of a recovery point');
    throw error;
  }
}

async function writeLock(
  location: Location,
  point: string,
  { retention, options }: { readonly retention: Retention; readonly options: StoreOptions }
): Promise<void> {
  const { mode, untilMs } = retention;
  const value = { point, mode, until: new Date(untilMs).toISOString() };
  await location.put(pointLockKey(point), Buffer.from(`${JSON.stringify(value)}\n`), options);
  const stored = await readLock(location, point, options);
  if (covers(stored, retention)) return;
  throw new LandfallError('LOCK_NOT_HELD', {
    what: `the lock of recovery point ${point} was written to Location ${location.name} and reads otherwise`,
    ref: pointLockKey(point),
  });
}
