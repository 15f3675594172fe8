import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { LandfallError } from '../core/errors.ts';
import type { LocationSpec } from '../core/spec/spec.ts';
import type { TreeEntry } from '../core/volumes/tree-entry.ts';
import { escapePath } from '../core/volumes/tree-path.ts';
import { linkedPath, nameOf, parseFilePath } from './file-path.ts';
import type { VolumeWish } from './find-volume.ts';
import { openVolume, type VolumeFiles } from './open-volume.ts';
import { withScratch, type Scratch } from './scratch.ts';
import { findEntry } from './select.ts';
import { streamFileOf, writeFileOf } from './write-file.ts';
import { writeFolderOf, type WrittenFolder } from './write-folder.ts';
import { writeTar, writeTarFile } from './write-tar.ts';

/** Which file or folder is wanted, and where it is to go. */
export interface GetWish extends VolumeWish {
  readonly path: string;
  /** A file, a directory, `.tar` for an archive of a folder; absent: the stream. */
  readonly output?: string;
  readonly stream: Writable & { readonly isTTY?: boolean };
}

/** What was written to a file or directory of this machine. */
export interface Got extends WrittenFolder {
  readonly target: string;
  /** Of a file. */
  readonly sha256?: string;
}

/** Gets a file or a folder out of a volume. Undefined: it went to the stream. Throws what `openVolume` throws, and FILE_*. */
export function getFiles(spec: LocationSpec, wish: GetWish): Promise<Got | undefined> {
  const path = parseFilePath(wish.path);
  return withScratch(async (scratch) => {
    const volume = await openVolume(spec, wish, scratch);
    const entry = await findEntry(volume.listing(), path);
    refuseWithoutContent(entry);
    return wish.output === undefined
      ? await toStream(volume, entry, { wish, scratch })
      : await toFile(volume, entry, { output: wish.output, scratch });
  });
}

async function toStream(
  volume: VolumeFiles,
  entry: TreeEntry,
  { wish, scratch }: { readonly wish: GetWish; readonly scratch: Scratch }
): Promise<undefined> {
  const { stream } = wish;
  if (entry.type === 'file') {
    await streamFileOf(volume, entry, stream);
    return undefined;
  }
  if (stream.isTTY === true) {
    throw new LandfallError('CONFIG_INVALID', {
      what: `${escapePath(entry.path)} is a folder, and an archive is not written to a terminal`,
      fix: 'give --output DIRECTORY or --output FILE.tar, or send the output to a program such as tar',
    });
  }
  await writeTar(volume, entry, { output: stream, scratch });
  return undefined;
}

async function toFile(
  volume: VolumeFiles,
  entry: TreeEntry,
  { output, scratch }: { readonly output: string; readonly scratch: Scratch }
): Promise<Got> {
  const isDirectory = output.endsWith('/') || statSync(output, { throwIfNoEntry: false })?.isDirectory() === true;
  const target = isDirectory ? join(output, ownName(entry, volume.volume.claim)) : output;
  if (entry.type === 'file') {
    await writeFileOf(volume, entry, target);
    return { target, files: 1, sizeBytes: entry.sizeBytes ?? 0, sha256: entry.sha256 ?? '' };
  }
  const isArchive = !isDirectory && output.endsWith('.tar');
  const written = isArchive
    ? await writeTarFile(volume, entry, { target, scratch })
    : await writeFolderOf(volume, entry, target);
  return { target, ...written };
}

/** A name that this machine takes: where its bytes are no text, they are written as `ls` writes them. The root has that of its claim. */
function ownName({ path }: TreeEntry, claim: string): string {
  const name = nameOf(path);
  if (name === '') return claim.slice(claim.indexOf('/') + 1);
  const text = Buffer.from(name, 'latin1').toString('utf8');
  return Buffer.from(text, 'utf8').toString('latin1') === name ? text : escapePath(name);
}

function refuseWithoutContent({ type, path, target = '' }: TreeEntry): void {
  if (type === 'file' || type === 'dir') return;
  if (type === 'fifo') {
    const fix = 'get the folder in which it is';
    throw new LandfallError('FILE_WITHOUT_CONTENT', { what: `${escapePath(path)} is a named pipe`, fix });
  }
  const what = `${escapePath(path)} is a symbolic link to ${escapePath(target)}`;
  const to = linkedPath(path, target);
  throw new LandfallError('FILE_WITHOUT_CONTENT', {
    what,
    ...(to === undefined
      ? { why: 'that is outside of the volume', fix: 'get the folder in which it is: links in a folder stay links' }
      : { fix: `get ${escapePath(to)}` }),
  });
}
