import type { BigIntStats } from 'node:fs';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { isLandfallError } from '../../core/errors.ts';
import { formatTime, type ListedEntry } from '../../core/volumes/tree-entry.ts';
import { compareTreePaths } from '../../core/volumes/tree-path.ts';
import type { KnownContent } from './hash-tree.ts';
import type { Kopia } from './kopia.ts';
import { listingName, readListing } from './listing.ts';

/**
 * Content hashes of the listing that the last upload of this volume left in the repository. A file counts as unchanged
 * by what kopia itself goes by when it does not read one: size, time, mode and owner. Undefined when there is no
 * earlier listing, or none this version can read: then everything is read.
 */
export async function openKnownContent(
  kopia: Kopia,
  metadataSource: string,
  directory: string
): Promise<KnownContent | undefined> {
  const snapshotId = await kopia.latest(metadataSource);
  if (snapshotId === undefined) return undefined;
  mkdirSync(directory, { recursive: true });
  await kopia.restore({ snapshotId, directory, intoVolume: false, onProgress: () => undefined });
  return knownFrom(readListing(join(directory, listingName)));
}

/** Looks paths up in a listing, both in walk order, so that memory holds one entry. */
function knownFrom(listing: AsyncIterable<ListedEntry>): KnownContent {
  const entries = listing[Symbol.asyncIterator]();
  let next: ListedEntry | undefined;
  let isOver = false;
  const advance = async (): Promise<void> => {
    try {
      const step = await entries.next();
      isOver = step.done === true;
      next = step.done === true ? undefined : step.value;
    } catch (error) {
      // A damaged or foreign listing spares no work and does no harm.
      if (!isLandfallError(error)) throw error;
      isOver = true;
      next = undefined;
    }
  };
  return {
    async of(path, stats) {
      while (!isOver && (next === undefined || compareTreePaths(next.entry.path, path) < 0)) await advance();
      if (next === undefined || next.entry.path !== path) return undefined;
      return isUnchanged(next, stats) ? next.entry.sha256 : undefined;
    },
  };
}

function isUnchanged({ entry }: ListedEntry, stats: BigIntStats): boolean {
  return (
    entry.type === 'file' &&
    entry.sizeBytes === Number(stats.size) &&
    entry.mtime === formatTime(stats.mtimeNs) &&
    entry.mode === Number(stats.mode & 0o7777n) &&
    entry.uid === Number(stats.uid) &&
    entry.gid === Number(stats.gid)
  );
}
