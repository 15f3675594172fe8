import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { once } from 'node:events';
import { Readable, type Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import type { TreeEntry } from '../core/volumes/tree-entry.ts';
import { systemPath } from '../movers/program/walk.ts';
import { nameOf } from './file-path.ts';
import { otherContent, type VolumeFiles } from './open-volume.ts';
import type { Scratch } from './scratch.ts';
import { hasContent, tarEnd, tarHeader, tarPadding } from './tar.ts';
import { finish, placeFor, writing } from './write-file.ts';
import { belowOf, stageFolder, type WrittenFolder } from './write-folder.ts';

/** Writes a folder as an archive into a file: as `target.part` first, and under its name only when it is whole. */
export async function writeTarFile(
  volume: VolumeFiles,
  folder: TreeEntry,
  { target, scratch }: { readonly target: string; readonly scratch: Scratch }
): Promise<WrittenFolder> {
  const part = await placeFor(target);
  let isMine = false;
  try {
    const output = createWriteStream(part, { flags: 'wx', mode: 0o600 });
    await writing(target, () => once(output, 'open'));
    isMine = true;
    const written = await writing(target, async () => {
      const result = await writeTar(volume, folder, { output, scratch });
      output.end();
      await finished(output);
      return result;
    });
    await finish(part, target);
    return written;
  } finally {
    if (isMine) await rm(part, { force: true });
  }
}

/**
 * Writes a folder as an archive (POSIX.1-2001): owners, modes, times, links and extended attributes as they were listed. The
 * content goes through the scratch directory. A file that is not what was listed ends it without the end of an archive.
 */
export async function writeTar(
  volume: VolumeFiles,
  folder: TreeEntry,
  { output, scratch }: { readonly output: Writable; readonly scratch: Scratch }
): Promise<WrittenFolder> {
  const staged = join(scratch.path, 'tree');
  await stageFolder(volume, folder.path, staged);
  const written = { files: 0, sizeBytes: 0 };
  await pipeline(Readable.from(archive(volume, folder, { staged, written })), output, { end: false });
  return written;
}

async function* archive(
  volume: VolumeFiles,
  folder: TreeEntry,
  { staged, written }: { readonly staged: string; readonly written: { files: number; sizeBytes: number } }
): AsyncGenerator<Buffer> {
  const base = nameOf(folder.path);
  const named = (path: string): string => (base === '' ? path : path === '.' ? base : `${base}/${path}`);
  for await (const { entry } of belowOf(volume.listing(), folder.path)) {
    const { linkOf } = entry;
    const inTar = { ...entry, name: named(entry.path), ...(linkOf === undefined ? {} : { hardLinkTo: named(linkOf) }) };
    yield tarHeader(inTar);
    if (entry.type === 'file') written.files++;
    if (!hasContent(inTar)) continue;
    yield* contentOf(staged, entry);
    written.sizeBytes += entry.sizeBytes ?? 0;
  }
  yield tarEnd;
}

async function* contentOf(staged: string, entry: TreeEntry): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(systemPath(staged, entry.path)) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
    yield chunk;
  }
  if (bytes !== entry.sizeBytes || hash.digest('hex') !== entry.sha256) throw otherContent(entry);
  yield tarPadding(bytes);
}
