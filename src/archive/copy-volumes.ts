import pMap from 'p-map';
import { isLandfallError, LandfallError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import type { ListedObject, Location, StoreOptions } from '../ports/location.ts';
import { corruptContainer } from './container.ts';
import type { CopiedObject, CopyWay } from './copy-object.ts';
import { sha256Of } from './stored.ts';

/** Where the repository of kopia is in a Location; docs/formats-volumes.md. */
const folder = 'volumes/';
/** Says which repository it is; whoever opens a repository reads it first. */
const formatBlob = `${folder}kopia.repository`;
const configBlob = `${folder}kopia.blobcfg`;
/** Blobs that hold content, and those that say where in them it is. */
const isPack = (key: string): boolean => /^volumes\/[pq][^/]*$/u.test(key);
const isIndex = (key: string): boolean => /^volumes\/[nx][^/]*$/u.test(key);

interface CopyVolumesOptions extends StoreOptions {
  readonly onBlob: (sizeBytes: number, became: CopiedObject) => void;
}

/**
 * Makes the volume repository of the other Location hold whatever that of the first one does. Blobs are encrypted by kopia and
 * never changed, so a copy needs no key and sends what is not there with its length. Packs go before the indexes that lead into
 * them, and what opens the repository goes last of all: it opens at every moment, with whatever has arrived by then. What was sent is
 * read back and compared. Throws COPY_REPOSITORY_DIFFERS where another repository is.
 */
export async function copyVolumes(way: CopyWay, options: CopyVolumesOptions): Promise<void> {
  const { from, to } = way;
  const format = await from.read(formatBlob, options);
  const there = await readUnlessMissing(to, formatBlob, options);
  if (there !== undefined && idOf(from, format) !== idOf(to, there)) throw differs(to);
  // Listed before the packs: every pack that one of them leads to is in the list that is made after it.
  const indexes = await list(from, isIndex, options);
  const packs = await list(from, isPack, options);
  const known = new Map((await list(to, () => true, options)).map(({ key, sizeBytes }) => [key, sizeBytes]));
  if (
    there === undefined &&
    [...known.keys()].some((key) => isIndex(key) || isPack(key)) &&
    !(await isOurs(from, known))
  )
    throw differs(to);
  const copy = async (blob: ListedObject): Promise<void> => {
    options.signal?.throwIfAborted();
    options.onBlob(blob.sizeBytes, await copyBlob(way, blob, { ...options, knownBytes: known.get(blob.key) }));
  };
  await pMap(packs, copy, { concurrency: parallelBlobs });
  await pMap(indexes, copy, { concurrency: limits.parallelSegments });
  const config = await from.head(configBlob, options);
  if (there !== undefined) return;
  if (config !== undefined) await copy({ key: configBlob, modifiedAtMs: 0, ...config });
  await copy({ key: formatBlob, modifiedAtMs: 0, sizeBytes: format.byteLength });
}

/** Packs have about 20 MiB, and each is held in memory twice. */
const parallelBlobs = 4;

async function list(
  location: Location,
  wanted: (key: string) => boolean,
  options: StoreOptions
): Promise<readonly ListedObject[]> {
  const found: ListedObject[] = [];
  for await (const object of location.list(folder, options)) if (wanted(object.key)) found.push(object);
  return found;
}

/** Blobs without what opens them are those of a copy that was stopped, when the first Location has them all. */
async function isOurs(from: Location, known: ReadonlyMap<string, number>): Promise<boolean> {
  const own = new Set((await list(from, () => true, {})).map(({ key }) => key));
  return [...known.keys()].every((key) => own.has(key));
}

async function copyBlob(
  { from, to }: CopyWay,
  { key, sizeBytes }: ListedObject,
  { knownBytes, ...options }: StoreOptions & { readonly knownBytes: number | undefined }
): Promise<CopiedObject> {
  if (knownBytes === sizeBytes) return 'present';
  const bytes = await from.read(key, options);
  if (knownBytes !== undefined) await to.delete(key, options);
  await to.create(key, bytes, options);
  const stored = await to.read(key, options);
  if (sha256Of(stored) !== sha256Of(bytes))
    throw corruptContainer(key, 'what was read back differs from what was sent');
  return knownBytes === undefined ? 'copied' : 'healed';
}

/** kopia names each repository with random bytes when it makes it. */
function idOf(location: Location, format: Uint8Array): string {
  try {
    const value: unknown = JSON.parse(Buffer.from(format).toString('utf8'));
    if (typeof value === 'object' && value !== null && 'uniqueID' in value && typeof value.uniqueID === 'string')
      return value.uniqueID;
  } catch {
    // The same as a value that names nothing.
  }
  throw corruptContainer(formatBlob, `it does not name a repository, in Location ${location.name}`);
}

function differs({ name }: Location): LandfallError {
  return new LandfallError('COPY_REPOSITORY_DIFFERS', {
    what: `Location ${name} has another volume repository`,
    ref: formatBlob,
  });
}

async function readUnlessMissing(
  location: Location,
  key: string,
  options: StoreOptions
): Promise<Uint8Array | undefined> {
  try {
    return await location.read(key, options);
  } catch (error) {
    if (isLandfallError(error, 'STORED_OBJECT_MISSING')) return undefined;
    throw error;
  }
}
