import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { isLandfallError, LandfallError } from '../core/errors.ts';
import type { LocationSpec } from '../core/spec/spec.ts';
import type { TreeEntry } from '../core/volumes/tree-entry.ts';
import { escapePath } from '../core/volumes/tree-path.ts';
import { openLocation } from '../locations/open-location.ts';
import { readCollided } from '../movers/program/collided.ts';
import { createTreeHash } from '../movers/program/hash-tree.ts';
import { createKopia, type Kopia } from '../movers/program/kopia.ts';
import { kopiaFailure } from '../movers/program/kopia-failure.ts';
import { listingName, readListing } from '../movers/program/listing.ts';
import { kopiaPath } from './file-path.ts';
import { findKopia } from './find-kopia.ts';
import { findVolume, type PointVolume, type VolumeWish } from './find-volume.ts';
import { repositoryOf } from './repository.ts';
import type { Scratch } from './scratch.ts';
import type { Listing } from './select.ts';

/** The files of a volume as a recovery point holds them. */
export interface VolumeFiles extends PointVolume {
  /** Every path with its hash, in the order of a walk. It is whole, and the one the manifest names. */
  listing(): Listing;
  /** Content that kopia cannot give by its name, by path: where it is on this machine. */
  readonly collided: ReadonlyMap<string, string>;
  /** The content of a file; `ended` throws when it was not all. The hash is still to be compared. */
  content(path: string): { readonly stream: Readable; readonly ended: Promise<void> };
  /** Puts a folder below `directory`, which does not exist, as kopia restores it. */
  restore(folder: string, directory: string): Promise<void>;
}

/**
 * Opens the volume of a recovery point from its Location alone: the manifest, and the listing of the volume, which has to have the
 * hash that the manifest says. kopia works below the scratch directory, opens the repository so that nothing is written, and is given
 * its secrets by the environment. Throws KOPIA_MISSING, LOCATION_*, KEY_*, STORED_OBJECT_*, VOLUME_NOT_IN_POINT.
 */
export async function openVolume(spec: LocationSpec, wish: VolumeWish, scratch: Scratch): Promise<VolumeFiles> {
  const location = await openLocation(spec);
  try {
    const found = await findVolume(location, wish);
    const kopia = createKopia(
      {
        ...(await repositoryOf(spec, location)),
        ...{ mode: 'download', runId: 'files', volumePath: '', resultPath: '', parallel: 8 },
        ...{ scratchPath: scratch.path, kopia: await findKopia() },
      },
      { readOnly: true, withoutAttributes: true, signal: scratch.signal }
    );
    return await filesOf(kopia, found, scratch);
  } finally {
    await location.close();
  }
}

async function filesOf(kopia: Kopia, found: PointVolume, { path }: Scratch): Promise<VolumeFiles> {
  const { snapshotId, metadataSnapshotId, treeSha256, claim } = found.volume;
  const metadata = join(path, 'metadata');
  mkdirSync(metadata, { mode: 0o700 });
  const restore = (from: string, directory: string): Promise<void> =>
    onThisMachine(() => kopia.restore({ snapshotId: from, directory, intoVolume: false, onProgress: () => undefined }));
  await onThisMachine(() => kopia.connect());
  await restore(metadataSnapshotId, metadata);
  const listing = (): Listing => readListing(join(metadata, listingName));
  await checkListing(listing(), { treeSha256, claim });
  const root = await onThisMachine(() => kopia.rootOf(snapshotId));
  return {
    ...found,
    listing,
    collided: await readCollided(metadata),
    content(file) {
      const { child, ended } = kopia.show(kopiaPath(root, file));
      child.stdin?.end();
      return { stream: child.stdout as Readable, ended: onThisMachine(() => whole(ended, file)) };
    },
    restore: (folder, directory) => restore(kopiaPath(snapshotId, folder), directory),
  };
}

async function whole(ended: ReturnType<Kopia['show']>['ended'], file: string): Promise<void> {
  const { exitCode, stderr } = await ended;
  if (exitCode !== 0) throw kopiaFailure(`show ${escapePath(file)}`, stderr, false);
}

/** The manifest is signed in an encrypted Location: what it names is then as it was written, down to each file. */
async function checkListing(
  listing: Listing,
  { treeSha256, claim }: { readonly treeSha256: string; readonly claim: string }
): Promise<void> {
  const hash = createTreeHash();
  for await (const { entry } of listing) hash.add(entry);
  if (hash.digest() === treeSha256) return;
  throw new LandfallError('STORED_OBJECT_CORRUPT', {
    what: `the listing of claim ${claim} in the volume repository is not the one of the recovery point`,
    ref: claim,
  });
}

/** What the mover says of its pod and its Job is not so here. */
async function onThisMachine<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isLandfallError(error)) throw error;
    const { code, what, why, fix, ref } = error.detail;
    const here = what.replace(' from the pod', '').replace('scratch space of the mover', 'temporary directory');
    const own = code === 'VOLUME_MOVER_FAILED' ? 'FILE_READ_FAILED' : code;
    throw new LandfallError(own, {
      what: here,
      ...(why === undefined ? {} : { why }),
      ...(own === code ? { fix } : {}),
      ...(ref === undefined ? {} : { ref }),
      cause: error.cause,
    });
  }
}

/** A file whose bytes are not those that were listed. */
export function otherContent({ path }: TreeEntry): LandfallError {
  return new LandfallError('STORED_OBJECT_CORRUPT', {
    what: `${escapePath(path)} in the volume repository does not have the content that the recovery point lists`,
    ref: escapePath(path),
  });
}
