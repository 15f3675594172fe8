import { lchownSync, lutimesSync, chmodSync, readlinkSync, lstatSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import type { ListedEntry, TreeEntry } from '../core/volumes/tree-entry.ts';
import { hashFile } from '../movers/program/hash-file.ts';
import { removeExtras, restoreStructure } from '../movers/program/restore-structure.ts';
import { systemPath } from '../movers/program/walk.ts';
import { isBelow, pathFrom } from './file-path.ts';
import { otherContent, type VolumeFiles } from './open-volume.ts';
import type { Listing } from './select.ts';
import { finish, placeFor, writing } from './write-file.ts';

/** What came of a folder. */
export interface WrittenFolder {
  readonly files: number;
  readonly sizeBytes: number;
}

/**
 * Writes a folder of a volume as a directory: as `target.part` first, and under its name only when every file of it is there with its
 * hash. Modes, times and links are as they were; owners too where root runs it. Extended attributes are in an archive only.
 */
export async function writeFolderOf(volume: VolumeFiles, folder: TreeEntry, target: string): Promise<WrittenFolder> {
  const part = await placeFor(target);
  await writing(target, () => mkdir(part, { mode: 0o700 }));
  try {
    await stageFolder(volume, folder.path, part);
    const written = await checkFolder(part, belowOf(volume.listing(), folder.path));
    await writing(target, () => settleAttributes(part, belowOf(volume.listing(), folder.path)));
    await finish(part, target);
    return written;
  } finally {
    await rm(part, { recursive: true, force: true });
  }
}

/** Brings the content of a folder into a directory, under the names of the listing. */
export async function stageFolder(volume: VolumeFiles, folder: string, directory: string): Promise<void> {
  await volume.restore(folder, directory);
  const collided = [...volume.collided].filter(([path]) => isBelow(path, folder));
  const listing = (): Listing => belowOf(volume.listing(), folder);
  await writing(directory, async () => {
    await restoreStructure(directory, listing(), new Map(collided.map(([path, at]) => [pathFrom(folder, path), at])));
    await removeExtras(directory, listing());
  });
}

/** The folder and what is below it, as if it were the root. A file whose other name is outside is a file of its own. */
export async function* belowOf(listing: Listing, folder: string): AsyncGenerator<ListedEntry> {
  for await (const { entry, allocatedBytes } of listing) {
    if (entry.path !== folder && !isBelow(entry.path, folder)) continue;
    const { linkOf, ...own } = entry;
    const inside = linkOf !== undefined && isBelow(linkOf, folder);
    const path = pathFrom(folder, entry.path);
    yield { allocatedBytes, entry: { ...own, path, ...(inside ? { linkOf: pathFrom(folder, linkOf) } : {}) } };
  }
}

async function checkFolder(directory: string, listing: Listing): Promise<WrittenFolder> {
  let [files, sizeBytes] = [0, 0];
  for await (const { entry } of listing) {
    const place = systemPath(directory, entry.path);
    if (entry.type === 'file') {
      const { sha256 } = await hashFile(place, entry.sizeBytes ?? 0, () => undefined).catch(() => ({ sha256: '' }));
      if (sha256 !== entry.sha256) throw otherContent(entry);
      [files, sizeBytes] = [files + 1, sizeBytes + (entry.sizeBytes ?? 0)];
    } else if (entry.type === 'link' ? readlinkSync(place, 'latin1') !== entry.target : !exists(place)) {
      throw otherContent(entry);
    }
  }
  return { files, sizeBytes };
}

function exists(place: Buffer): boolean {
  return lstatSync(place, { throwIfNoEntry: false }) !== undefined;
}

/** Directories last, the deepest first: whoever changes what is in one changes its time. */
async function settleAttributes(directory: string, listing: Listing): Promise<void> {
  const folders: TreeEntry[] = [];
  for await (const { entry } of listing) {
    if (entry.type === 'dir') folders.push(entry);
    else settle(directory, entry);
  }
  for (const entry of folders.toReversed()) settle(directory, entry);
}

function settle(directory: string, entry: TreeEntry): void {
  const place = systemPath(directory, entry.path);
  if (process.getuid?.() === 0) lchownSync(place, entry.uid, entry.gid);
  // Bits that give the rights of an owner are worth nothing where the owner is another one.
  const bits = process.getuid?.() === 0 ? 0o7777 : 0o777;
  if (entry.type !== 'link') chmodSync(place, entry.mode & bits);
  const time = timeOf(entry.mtime);
  lutimesSync(place, time, time);
}

/** A listing rounds seconds down, so that the part behind the point is always added. */
function timeOf(mtime: string): number {
  const [seconds = '0', fraction = '0'] = mtime.split('.');
  return Number(seconds) + Number(`0.${fraction}`);
}
