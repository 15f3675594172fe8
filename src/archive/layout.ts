import { LandfallError } from '../core/errors.ts';

/** Where everything is in a location; docs/formats.md describes each object. */
export const pointsPrefix = 'points/';

/** `objects/segments/<first two digits>/<sha256>`: content-addressed by the stored bytes. */
export function segmentKey(sha256: string): string {
  return `objects/segments/${sha256.slice(0, 2)}/${sha256}`;
}

/** `objects/indexes/<sha256>`: content-addressed by the stored bytes. */
export function indexKey(sha256: string): string {
  return `objects/indexes/${sha256}`;
}

/** `objects/contents/<sha256>`: which content a recovery point refers to. Everybody may read it. */
export function contentsKey(sha256: string): string {
  return `objects/contents/${sha256}`;
}

/** The one object of a recovery point that has a name instead of a hash. */
export function manifestKey(id: string): string {
  return `${pointsPrefix}${checkPointId(id)}/manifest.json`;
}

/** The id in the key of a manifest; undefined for every other key. */
export function pointIdOf(key: string): string | undefined {
  const id = /^points\/([^/]+)\/manifest\.json$/u.exec(key)?.[1];
  return id !== undefined && isPointId(id) ? id : undefined;
}

/** The mark of a point that is to be deleted; it stays for ever, so that a run that slept meets it. */
export function pointMarkKey(id: string): string {
  return `${pointsPrefix}${checkPointId(id)}/deleted.json`;
}

/** Says until when everything of a point is locked in the store; written when all of it is. */
export function pointLockKey(id: string): string {
  return `${pointsPrefix}${checkPointId(id)}/lock.json`;
}

/** Says that a run uses a point; written again from time to time, and removed when the run has ended. */
export function pointUseKey(id: string, run: string): string {
  return `${pointsPrefix}${checkPointId(id)}/uses/${checkPointId(run)}.json`;
}

/** What a key below `points/` is; undefined for one that is none of a recovery point. */
export function pointPartOf(
  key: string
):
  | { readonly id: string; readonly part: 'manifest' | 'mark' | 'lock' }
  | { readonly id: string; readonly run: string }
  | undefined {
  const [, id = '', name = '', run] = /^points\/([^/]+)\/(manifest|deleted|lock|uses\/([^/]+))\.json$/u.exec(key) ?? [];
  if (!isPointId(id)) return undefined;
  if (run === undefined) return { id, part: name === 'deleted' ? 'mark' : name === 'lock' ? 'lock' : 'manifest' };
  return isPointId(run) ? { id, run } : undefined;
}

/** Where a sweep says that it goes on. */
export const sweepsPrefix = 'sweeps/';

/** The lock of one part of a sweep. */
export function sweepKey(uuid: string): string {
  return `${sweepsPrefix}${uuid}.json`;
}

/**
 * Where a run that works on recovery points keeps what it was asked for, what it removed or found, and its report. Not below
 * `runs/`: a sweep looks for the recovery point of every run that is named there, and these have none.
 */
export function pointRunPrefix(run: string): string {
  return `${pointRunsPrefix}${checkPointId(run)}`;
}

/** Records of runs that may have no key: what such a run writes here lies in clear. */
export const pointRunsPrefix = 'point-runs/';

/** Everything that is found by what refers to it. */
export const contentPrefix = 'objects/';

/** Refuses an id that is no DNS-like name: it becomes part of keys, URLs and labels. */
export function checkPointId(id: string): string {
  if (isPointId(id)) return id;
  throw new LandfallError('INTERNAL', {
    what: `${JSON.stringify(id.slice(0, 200))} is not the id of a recovery point`,
  });
}

/** True for an id that may become part of keys, URLs and labels. */
export function isPointId(id: string): boolean {
  return /^[a-z0-9](?:[a-z0-9.-]{0,126}[a-z0-9])?$/u.test(id) && !id.includes('..');
}
