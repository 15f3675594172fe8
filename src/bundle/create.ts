import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chooseVerified } from '../archive/choose-points.ts';
import { copyRecoveryPoint } from '../archive/copy-point.ts';
import { decodeManifest } from '../archive/manifest-bytes.ts';
import { manifestKey } from '../archive/layout.ts';
import { refuseDuringSweep, releasePoint, usePoint } from '../archive/use-point.ts';
import { isLandfallError, LandfallError } from '../core/errors.ts';
import type { LocationSpec } from '../core/spec/spec.ts';
import { createContentSeal } from '../crypto/content-seal.ts';
import { resolveSecret } from '../host/secret-source.ts';
import { openLocation } from '../locations/open-location.ts';
import { withSeal } from '../locations/with-seal.ts';
import type { Location } from '../ports/location.ts';
import { decodeHead, encodeHead, headName, type BundleFile, type BundleHead } from './format.ts';
import { encodeIndex } from './index-file.ts';
import { knownEntries } from './known-entries.ts';
import { createPartWriter, onDisk } from './part-files.ts';
import { createWriteLocation, type WriteLocation } from './write-location.ts';

/** What goes into a bundle, and where it is written. */
export interface CreateWish {
  /** Ids of points, whole or short; none: every complete one. */
  readonly points: readonly string[];
  /** A directory that is empty or not there yet. */
  readonly directory: string;
  readonly partBytes: number;
  /** Directories of earlier bundles: what they hold is not repeated. */
  readonly have: readonly string[];
  readonly landfallVersion: string;
  /** Of this command, in the names of what it uses. */
  readonly run: string;
  readonly onPoint: (line: { readonly id: string; readonly objects: number; readonly total: number }) => void;
}

/** A bundle that was written, and what of it is repeated from nowhere. */
export interface CreatedBundle {
  readonly head: BundleHead;
  readonly directory: string;
  /** Objects in it, and those that earlier bundles hold. */
  readonly objects: number;
  readonly elsewhere: number;
}

/**
 * Writes recovery points with everything they refer to into files of one size, without opening them, and reads each object back.
 * `bundle.json` comes last: without it there is no bundle. Signed with the key of the Location, where that is encrypted. When it fails
 * nothing of it stays. Throws BUNDLE_*, KEY_*, POINT_*, RECOVERY_POINT_*, LOCATION_* and STORED_OBJECT_*.
 */
export async function createBundle(spec: LocationSpec, wish: CreateWish): Promise<CreatedBundle> {
  const origin = await openLocation(spec);
  try {
    // Before anything is written: whoever cannot sign would find out at the end.
    await origin.seal?.forReading();
    const { points } = await chooseVerified(origin, wish.points);
    if (points.length === 0) {
      throw new LandfallError('RECOVERY_POINT_NOT_FOUND', {
        what: `Location ${spec.name} has no complete recovery point`,
      });
    }
    const isNew = await emptyDirectory(wish.directory);
    try {
      return await writeBundle(origin, spec, { ...wish, points });
    } catch (error) {
      await removeWritten(wish.directory, isNew);
      throw error;
    }
  } finally {
    await origin.close();
  }
}

async function writeBundle(origin: Location, spec: LocationSpec, wish: CreateWish): Promise<CreatedBundle> {
  const { directory, partBytes } = wish;
  const parts = createPartWriter(directory, partBytes);
  const written = createWriteLocation({
    ...{ directory, partBytes, parts, origin },
    known: await knownEntries(origin, wish.have),
  });
  try {
    const to =
      spec.encryption === 'none'
        ? written
        : withSeal(written, createContentSeal(written, spec.encryption, { resolveSecret }));
    const described: BundleHead['points'] = [];
    for (const id of wish.points) described.push(await writePoint({ origin, to }, id, wish));
    return await finishBundle({ origin, written, spec }, { ...wish, described, parts: await parts.finish() });
  } finally {
    await written.close();
  }
}

interface Way {
  readonly origin: Location;
  readonly to: Location;
}

/** The point is used while it is copied, so that nobody deletes it; a Location that is read-only has nobody who could. */
async function writePoint({ origin, to }: Way, id: string, wish: CreateWish): Promise<BundleHead['points'][number]> {
  const use = { point: id, run: wish.run };
  try {
    await useIfWritable(origin, use);
    const onProgress = (done: { readonly objects: number; readonly total: number }): void =>
      wish.onPoint({ id, ...done });
    await copyRecoveryPoint({ from: origin, to }, id, { run: wish.run, nowMs: Date.now(), onProgress });
    const { name, createdAt, counts } = decodeManifest(manifestKey(id), id, await to.read(manifestKey(id)));
    return { id, name, createdAt, objects: counts.objects, volumes: counts.volumes };
  } finally {
    await releasePoint(origin, use).catch(() => undefined);
  }
}

async function useIfWritable(origin: Location, use: { readonly point: string; readonly run: string }): Promise<void> {
  try {
    await usePoint(origin, use);
    await refuseDuringSweep(origin, use);
  } catch (error) {
    if (!isLandfallError(error, 'LOCATION_READ_ONLY')) throw error;
  }
}

interface Finished extends CreateWish {
  readonly described: BundleHead['points'];
  readonly parts: readonly BundleFile[];
}

async function finishBundle(
  {
    origin,
    written,
    spec,
  }: { readonly origin: Location; readonly written: WriteLocation; readonly spec: LocationSpec },
  { directory, partBytes, landfallVersion, described, parts }: Finished
): Promise<CreatedBundle> {
  const entries = written.index();
  const { bytes, file } = encodeIndex(entries);
  const needs = [...new Set(entries.flatMap((entry) => entry.in ?? []))].sort();
  const head = {
    ...{ id: file.sha256.slice(0, 16), createdAt: new Date().toISOString(), landfallVersion, location: spec.name },
    ...{ points: described, partBytes, parts: [...parts], index: { ...file, entries: entries.length }, needs },
  };
  await store(directory, file.name, bytes);
  const encoded = encodeHead(head, await origin.seal?.forReading());
  await store(directory, headName, encoded);
  const elsewhere = entries.filter((entry) => entry.in !== undefined).length;
  return {
    head: decodeHead(join(directory, headName), encoded),
    ...{ directory, objects: entries.length - elsewhere, elsewhere },
  };
}

async function store(directory: string, name: string, bytes: Uint8Array): Promise<void> {
  const path = join(directory, name);
  await onDisk(path, async () => {
    await writeFile(`${path}.tmp`, bytes, { mode: 0o600, flag: 'wx', flush: true });
    await rename(`${path}.tmp`, path);
  });
}

/** True where the directory was made here. Throws BUNDLE_NOT_WRITTEN for one that holds anything. */
async function emptyDirectory(directory: string): Promise<boolean> {
  return onDisk(directory, async () => {
    const made = await mkdir(directory, { recursive: true, mode: 0o700 });
    if ((await readdir(directory)).length > 0) throw new Error('it is not empty');
    return made !== undefined;
  });
}

async function removeWritten(directory: string, isNew: boolean): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  for (const name of names)
    if (/^(?:part-\d+|(?:bundle\.json|index\.jsonl)(?:\.tmp)?)$/u.test(name)) await rm(join(directory, name));
  if (isNew) await rm(directory, { recursive: true, force: true });
}
