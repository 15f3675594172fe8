import pMap from 'p-map';
import { LandfallError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import type { ListedObject, Location, StoreOptions } from '../ports/location.ts';
import type { StoredRef } from '../core/stored-ref.ts';
import { corruptContainer } from './container.ts';
import { noteBlobs, notedBlobs } from './copied-blobs.ts';
import type { CopiedObject, CopyWay } from './copy-object.ts';
import { readUnlessMissing, sha256Of } from './stored.ts';

/** Where the repository of kopia is in a Location; docs/formats-volumes.md. */
const folder = 'volumes/';
/** Says which repository it is; whoever opens a repository reads it first. */
const formatBlob = `${folder}kopia.repository`;
const configBlob = `${folder}kopia.blobcfg`;
/** Blobs that hold content, and those that say where in them it is. */
const isPack = (key: string): boolean => /^volumes\/[pq][^/]*$/u.test(key);
const isIndex = (key: string): boolean => /^volumes\/[nx][^/]*$/u.test(key);

interface CopyVolumesOptions extends StoreOptions {
  /** Also reads what is there with its length, and replaces what is not what a copy has written down. */
  readonly reread?: boolean;
  readonly onBlob: (sizeBytes: number, became: CopiedObject) => void;
}

/**
 * Makes the volume repository of the other Location hold whatever that of the first one does. Blobs are encrypted by kopia and
 * never changed, so a copy needs no key and sends what is not there with its length. Packs go before the indexes that lead into
 * them, and what opens the repository goes last of all: it opens at every moment, with whatever has arrived by then. What was sent is
 * read back, compared and written down (`copied-blobs.ts`). Throws COPY_REPOSITORY_DIFFERS where another repository is.
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
  const isBegun = there === undefined && [...known.keys()].some((key) => isIndex(key) || isPack(key));
  if (isBegun && !(await isOurs(from, known, options))) throw differs(to);
  const noted = new Map([...(await notedBlobs(from, options)), ...(await notedBlobs(to, options))]);
  const found: StoredRef[] = [];
  const copy = async ({ key, sizeBytes }: { readonly key: string; readonly sizeBytes: number }): Promise<void> => {
    options.signal?.throwIfAborted();
    const blob = { key, sizeBytes, knownBytes: known.get(key), noted: noted.get(key) };
    const { became, ref } = await copyBlob(way, blob, options);
    if (ref !== undefined) found.push(ref);
    options.onBlob(sizeBytes, became);
  };
  await pMap(packs, copy, { concurrency: parallelBlobs });
  await pMap(indexes, copy, { concurrency: limits.parallelSegments });
  if (there === undefined) {
    const config = await from.head(configBlob, options);
    if (config !== undefined) await copy({ key: configBlob, ...config });
    await copy({ key: formatBlob, sizeBytes: format.byteLength });
  }
  await noteBlobs(to, found, options);
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
async function isOurs(from: Location, known: ReadonlyMap<string, number>, options: StoreOptions): Promise<boolean> {
  const own = new Set((await list(from, () => true, options)).map(({ key }) => key));
  return [...known.keys()].every((key) => own.has(key));
}

interface Blob {
  readonly key: string;
  readonly sizeBytes: number;
  /** Its length in the other Location; undefined: it is not there. */
  readonly knownBytes: number | undefined;
  /** As a copy has written it down. */
  readonly noted: StoredRef | undefined;
}

/** `ref` of a blob that was read in the other Location and is not written down yet. */
async function copyBlob(
  { from, to }: CopyWay,
  { key, sizeBytes, knownBytes, noted }: Blob,
  { reread = false, ...options }: CopyVolumesOptions
): Promise<{ readonly became: CopiedObject; readonly ref?: StoredRef }> {
  const isThere = knownBytes === sizeBytes;
  if (isThere && noted !== undefined && !reread) return { became: 'present' };
  const there = isThere ? sha256Of(await to.read(key, options)) : undefined;
  if (there !== undefined && there === noted?.sha256) return { became: 'present' };
  const bytes = await from.read(key, options);
  const sha256 = sha256Of(bytes);
  if (noted !== undefined && noted.sha256 !== sha256)
    throw corruptContainer(key, `its content in Location ${from.name} does not have the SHA-256 ${noted.sha256}`);
  const ref = { key, sizeBytes, sha256 };
  if (there === sha256) return { became: 'present', ref };
  if (knownBytes !== undefined) await to.delete(key, options);
  await to.create(key, bytes, options);
  if (sha256Of(await to.read(key, options)) !== sha256)
    throw corruptContainer(key, `what was read back in Location ${to.name} differs from what was sent`);
  return { became: knownBytes === undefined ? 'copied' : 'healed', ref };
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
