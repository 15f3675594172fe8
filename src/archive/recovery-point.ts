import pMap from 'p-map';
import { LandfallError, type ErrorDetail } from '../core/errors.ts';
import { ambiguousId, idsWrittenAs } from '../core/identity/run-id.ts';
import { limits } from '../core/limits.ts';
import type { StoredRef } from '../core/stored-ref.ts';
import type { Location, StoreOptions } from '../ports/location.ts';
import { corruptContainer } from './container.ts';
import type { IndexEntry } from './entry.ts';
import { readIndexParts } from './index-file.ts';
import { checkPointId, manifestKey, pointIdOf, pointsPrefix } from './layout.ts';
import { decodeDetail, decodeManifest, encodeManifest, type ReadManifest } from './manifest-bytes.ts';
import type { Manifest, PreviousPoint, PublicManifest, RecoveryPointContent } from './manifest.ts';
import { checkSigner, findPrevious, isIntegrityError } from './point-trust.ts';
import { readObjects, type ReadObjectsOptions, type StoredObject } from './read-objects.ts';
import { nameForKey, sha256Of } from './stored.ts';

/**
 * Makes a recovery point exist: writes its manifest, last of all and only under a free key, reads it back and compares.
 * Everything it refers to directly has to be there with its size. Idempotent: the same content again is a success, whatever points
 * came in between; other content under the same id throws STORED_OBJECT_EXISTS.
 */
export async function commitRecoveryPoint(
  location: Location,
  content: RecoveryPointContent,
  options: StoreOptions = {}
): Promise<StoredRef> {
  const key = manifestKey(content.id);
  if (content.indexes.length > 0 && content.contents === undefined) {
    // A sweep would take everything that it refers to.
    throw new LandfallError('INTERNAL', { what: `${key} does not list the content of its index`, ref: key });
  }
  const seal = await location.seal?.forWriting();
  const line = await nameForKey(location, `line ${JSON.stringify([content.name, content.source.cluster])}`);
  const encode = (previous: PreviousPoint | undefined): Uint8Array => {
    const bytes = encodeManifest(content, { previous, line, seal });
    decodeManifest(key, content.id, bytes);
    return bytes;
  };
  const refs = [...content.indexes.map((part) => part.ref), ...content.excluded, ...content.dependencies];
  const all = content.contents === undefined ? refs : [...refs, content.contents];
  await pMap(all, (ref) => checkPresent(location, ref, options), { concurrency: limits.parallelSegments });
  const bytes = encode(await findPrevious(location, content.id, options));
  const outcome = await location.create(key, bytes, options);
  const stored = await location.read(key, options);
  const isOurs = Buffer.compare(stored, bytes) === 0;
  if (!isOurs && outcome === 'created') throw corruptContainer(key, 'what was read back differs from what was written');
  // An attempt before this one may have found another point to be the newest.
  if (!isOurs && Buffer.compare(stored, encode(decodeManifest(key, content.id, stored).previous)) !== 0) {
    throw new LandfallError('STORED_OBJECT_EXISTS', {
      what: `Location ${location.name} holds another recovery point ${content.id}`,
      ref: key,
    });
  }
  return { key, sha256: sha256Of(stored), sizeBytes: stored.byteLength };
}

async function checkPresent(location: Location, ref: StoredRef, options: StoreOptions): Promise<void> {
  const found = await location.head(ref.key, options);
  if (found === undefined) {
    const what = `${ref.key} is not in Location ${location.name}`;
    throw new LandfallError('STORED_OBJECT_MISSING', { what, ref: ref.key });
  }
  if (found.sizeBytes !== ref.sizeBytes) {
    throw corruptContainer(ref.key, `it has ${found.sizeBytes} bytes instead of ${ref.sizeBytes}`);
  }
}

/** A recovery point whose manifest was read and verified. */
export interface RecoveryPoint {
  readonly manifest: Manifest;
  readonly ref: StoredRef;
  /** Every object, in the order of the keys; each part of the index is verified before its first entry is given out. */
  readIndex(options?: StoreOptions): AsyncIterable<IndexEntry>;
  readObjects<E extends IndexEntry>(
    entries: Iterable<E> | AsyncIterable<E>,
    options?: ReadObjectsOptions
  ): AsyncIterable<StoredObject<E>>;
}

/** What everybody can know of a recovery point, and the rest sealed or in clear. */
export interface ReadPoint {
  readonly manifest: ReadManifest;
  readonly ref: StoredRef;
}

/**
 * Reads the manifest of a recovery point without opening it; needs no key. With `expected`, it has to be exactly the one referred
 * to. Throws POINT_* for one that the signer of the Location has not signed, or that was altered.
 */
export async function readPoint(
  location: Location,
  id: string,
  options: StoreOptions & { readonly expected?: Pick<StoredRef, 'sha256'> } = {}
): Promise<ReadPoint> {
  const key = manifestKey(checkPointId(id));
  const bytes = await location.read(key, options);
  const ref = { key, sha256: sha256Of(bytes), sizeBytes: bytes.byteLength };
  if (options.expected !== undefined && options.expected.sha256 !== ref.sha256) {
    throw corruptContainer(key, 'it is not the manifest that the run committed');
  }
  const manifest = decodeManifest(key, id, bytes);
  await checkSigner(location, manifest);
  return { manifest, ref };
}

/** Opens a recovery point, as `readPoint`. Throws KEY_* where it is sealed and the key cannot be had, POINT_ENCRYPTED where nobody has one. */
export async function openRecoveryPoint(
  location: Location,
  id: string,
  options: StoreOptions & { readonly expected?: Pick<StoredRef, 'sha256'> } = {}
): Promise<RecoveryPoint> {
  const { manifest: read, ref } = await readPoint(location, id, options);
  const manifest = await openManifest(location, read);
  return {
    manifest,
    ref,
    readIndex: (options_) => readIndexParts(location, manifest.indexes, options_),
    readObjects: (entries, options_) => readObjects(location, entries, options_),
  };
}

/** A manifest with what is in the point, opened where it is sealed. */
export async function openManifest(location: Location, read: ReadManifest): Promise<Manifest> {
  if ('detail' in read) {
    const { detail, ...open } = read;
    return { ...open, ...detail };
  }
  const { sealed, ...open } = read;
  const key = manifestKey(read.id);
  if (location.seal === undefined) {
    const what = `recovery point ${read.id} in Location ${location.name} is encrypted`;
    throw new LandfallError('POINT_ENCRYPTED', { what, ref: key });
  }
  const opened = await location.seal.forReading();
  return { ...open, ...decodeDetail(key, opened.open(key, key, sealed)) };
}

/**
 * The id of the committed point that a person means, whole or short. Throws RECOVERY_POINT_NOT_FOUND, and ID_AMBIGUOUS with the
 * points a short id stands for.
 */
export async function findPointId(location: Location, text: string, options: StoreOptions = {}): Promise<string> {
  const [id, ...others] = idsWrittenAs(text, await pointIds(location, options));
  if (id === undefined) {
    const what = `Location ${location.name} has no recovery point ${text}`;
    throw new LandfallError('RECOVERY_POINT_NOT_FOUND', { what, ref: text });
  }
  if (others.length > 0) throw new LandfallError('ID_AMBIGUOUS', ambiguousId(text, [id, ...others], 'recovery points'));
  return id;
}

async function pointIds(location: Location, options: StoreOptions): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { key } of location.list(pointsPrefix, options)) {
    const id = pointIdOf(key);
    if (id !== undefined) ids.push(id);
  }
  return ids;
}

/** A recovery point in a list: its manifest, or why it cannot be used. */
export type ListedRecoveryPoint =
  { readonly id: string; readonly manifest: PublicManifest } | { readonly id: string; readonly problem: ErrorDetail };

/**
 * Every recovery point of a location, oldest first, those that cannot be read last. One that is damaged or of a newer
 * format is reported, never excluded; a location that cannot be read throws.
 */
export async function listRecoveryPoints(
  location: Location,
  options: StoreOptions = {}
): Promise<readonly ListedRecoveryPoint[]> {
  const ids = await pointIds(location, options);
  const points = await pMap(ids, (id) => readListed(location, id, options), { concurrency: limits.parallelSegments });
  const order = (point: ListedRecoveryPoint): string =>
    'manifest' in point ? `0 ${point.manifest.createdAt} ${point.id}` : `1 ${point.id}`;
  return points.sort((left, right) => (order(left) < order(right) ? -1 : 1));
}

async function readListed(location: Location, id: string, options: StoreOptions): Promise<ListedRecoveryPoint> {
  try {
    return { id, manifest: (await readPoint(location, id, options)).manifest };
  } catch (error) {
    return { id, problem: integrityProblem(error) };
  }
}

/** The detail of an error that says something about what is stored; every other error goes on its way. */
export function integrityProblem(error: unknown): ErrorDetail {
  if (isIntegrityError(error)) return error.detail;
  throw error;
}
