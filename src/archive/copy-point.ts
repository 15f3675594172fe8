import pMap from 'p-map';
import { LandfallError } from '../core/errors.ts';
import { runOfPoint } from '../core/identity/names.ts';
import { limits } from '../core/limits.ts';
import type { StoredRef } from '../core/stored-ref.ts';
import type { Location, StoreOptions } from '../ports/location.ts';
import { readContents } from './contents.ts';
import { writeCopyRecord } from './copied-point.ts';
import { copyKeys } from './copy-keys.ts';
import { copyObject, type CopiedObject, type CopyWay } from './copy-object.ts';
import { copyVolumes } from './copy-volumes.ts';
import { manifestKey } from './layout.ts';
import { decodeManifest } from './manifest-bytes.ts';
import type { PublicManifest } from './manifest.ts';
import { checkChain, checkSigner, isIntegrityError } from './point-trust.ts';
import { readPoint } from './recovery-point.ts';
import { sha256Of } from './stored.ts';

/** What a copy did, in objects and bytes as they are stored; blobs of the volume repository among them. */
export interface CopyCounts {
  /** Everything the point refers to, each read in the other Location and compared with its hash. */
  readonly objects: number;
  readonly bytes: number;
  /** What of it was sent. */
  readonly copiedObjects: number;
  readonly copiedBytes: number;
  /** What was damaged there, or had another length, and was replaced. */
  readonly healed: number;
}

export interface CopyOptions extends StoreOptions {
  /** Who copies. */
  readonly run: string;
  /** The time of this machine. */
  readonly nowMs: number;
  /** Also reads blobs of volumes that are there; otherwise those with their length count as they were read when they were sent. */
  readonly rereadVolumes?: boolean;
  readonly onProgress?: (done: { readonly objects: number; readonly total: number }) => void;
}

/**
 * Copies a recovery point as it is stored, without opening it: first the key of its Location, then whatever the point refers to and
 * the other Location lacks, its manifest last. Everything is read back and compared with its hash, what was there before too;
 * what is damaged there is replaced. A point whose own Location does not bear it out (signature, the point before it) is not
 * copied. Idempotent: it can be stopped anywhere and repeated.
 */
export async function copyRecoveryPoint(way: CopyWay, id: string, options: CopyOptions): Promise<CopyCounts> {
  const { from, to } = way;
  const key = manifestKey(id);
  const bytes = await from.read(key, options);
  const manifest = decodeManifest(key, id, bytes);
  await checkSigner(from, manifest);
  await checkChain(from, manifest, options);
  await refuseAnother(to, { id, bytes }, options);
  await copyKeys(way, manifest.signer, options);
  const counts = { objects: 0, bytes: 0, copiedObjects: 0, copiedBytes: 0, healed: 0 };
  const count = (sizeBytes: number, became: CopiedObject): void => {
    counts.objects += 1;
    counts.bytes += sizeBytes;
    if (became === 'healed') counts.healed += 1;
    if (became === 'present') return;
    counts.copiedObjects += 1;
    counts.copiedBytes += sizeBytes;
  };
  const refs = await referencesOf(way, manifest, { ...options, count });
  const damage: LandfallError[] = [];
  // Whatever can be sent is sent: another Location may have what this one lost.
  const copyUnlessDamaged = async (ref: StoredRef): Promise<CopiedObject> => {
    try {
      return await copyObject(way, ref, options);
    } catch (error) {
      if (!isIntegrityError(error)) throw error;
      damage.push(error);
      return 'present';
    }
  };
  const total = counts.objects + refs.length;
  await pMap(
    refs,
    async (ref) => {
      options.signal?.throwIfAborted();
      count(ref.sizeBytes, await copyUnlessDamaged(ref));
      options.onProgress?.({ objects: counts.objects, total });
    },
    { concurrency: limits.parallelSegments }
  );
  if (damage[0] !== undefined) throw damage[0];
  if (manifest.counts.volumes > 0)
    await copyVolumes(way, { ...options, reread: options.rereadVolumes ?? false, onBlob: count });
  await noteCopy(way, manifest, { ...options, refs });
  count(bytes.byteLength, await copyManifest(way, { id, bytes }, options));
  // As everybody will read it: by the signer that counts there, after the point that is there before it.
  const copied = await readPoint(to, id, { ...options, expected: { sha256: sha256Of(bytes) } });
  await checkChain(to, copied.manifest, options);
  return counts;
}

/** What the manifest leads to besides the list of contents, which is copied to be read. */
async function referencesOf(
  way: CopyWay,
  { contents, attached }: PublicManifest,
  { count, ...options }: StoreOptions & { readonly count: (sizeBytes: number, became: CopiedObject) => void }
): Promise<readonly StoredRef[]> {
  const refs = new Map(attached.map((ref) => [ref.key, ref]));
  if (contents !== undefined) {
    count(contents.sizeBytes, await copyObject(way, contents, options));
    for await (const ref of readContents(way.to, contents, options)) refs.set(ref.key, ref);
  }
  return [...refs.values()];
}

/**
 * Keeps that the point was copied here: by which the absence of the point before it is no roll back, and a sweep knows that no run
 * has to report its end. Not where the run itself has worked, and is only given back what was lost.
 */
async function noteCopy(
  { from, to }: CopyWay,
  { id, previous }: PublicManifest,
  { run, nowMs, refs, signal }: CopyOptions & { readonly refs: readonly StoredRef[] }
): Promise<void> {
  const options = signal === undefined ? {} : { signal };
  const attached = new Set(refs.map(({ key }) => key));
  for await (const { key } of to.list(`runs/${runOfPoint(id)}/`, options)) if (!attached.has(key)) return;
  const isLeft = previous !== undefined && (await to.head(manifestKey(previous.id), options)) === undefined;
  const at = new Date(nowMs).toISOString();
  const record = { point: id, from: from.name, run, at, ...(isLeft ? { without: previous } : {}) };
  await writeCopyRecord(to, record, options);
}

interface ManifestBytes {
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** A whole manifest under this id that is another one is somebody else's: then nothing of the point is sent. */
async function refuseAnother(to: Location, manifest: ManifestBytes, options: StoreOptions): Promise<void> {
  if ((await stateOfManifest(to, manifest, options)) !== 'another') return;
  const key = manifestKey(manifest.id);
  const what = `Location ${to.name} holds another recovery point ${manifest.id}`;
  throw new LandfallError('STORED_OBJECT_EXISTS', { what, ref: key });
}

async function stateOfManifest(
  to: Location,
  { id, bytes }: ManifestBytes,
  options: StoreOptions
): Promise<'absent' | 'same' | 'damaged' | 'another'> {
  const key = manifestKey(id);
  if ((await to.head(key, options)) === undefined) return 'absent';
  const there = await to.read(key, options);
  if (Buffer.compare(there, bytes) === 0) return 'same';
  try {
    decodeManifest(key, id, there);
    return 'another';
  } catch (error) {
    if (isIntegrityError(error)) return 'damaged';
    throw error;
  }
}

/** Last of all. One that is there and is no manifest any more is replaced. */
async function copyManifest({ to }: CopyWay, manifest: ManifestBytes, options: StoreOptions): Promise<CopiedObject> {
  const key = manifestKey(manifest.id);
  const isDamaged = (await stateOfManifest(to, manifest, options)) === 'damaged';
  if (isDamaged) await to.delete(key, options);
  const outcome = await to.create(key, manifest.bytes, options);
  await refuseAnother(to, manifest, options);
  if (isDamaged) return 'healed';
  return outcome === 'created' ? 'copied' : 'present';
}
