import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, open, rename, rm, type FileHandle } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import { once } from 'node:events';
import { LandfallError } from '../core/errors.ts';
import type { TreeEntry } from '../core/volumes/tree-entry.ts';
import { otherContent, type VolumeFiles } from './open-volume.ts';

const blockBytes = 4096;
const zeroBlock = Buffer.alloc(blockBytes);

/**
 * Writes a file of a volume: into `target.part` first, and under its name only when every byte has come and the hash is right. Blocks
 * of zeros are left out, so that a sparse file takes no more space than it did. Throws FILE_EXISTS, FILE_NOT_WRITTEN, STORED_OBJECT_*.
 */
export async function writeFileOf(volume: VolumeFiles, entry: TreeEntry, target: string): Promise<void> {
  const part = await placeFor(target);
  const file = await writing(target, () => open(part, 'wx', 0o600));
  try {
    try {
      let position = 0;
      await receive(volume, entry, async (chunk) => {
        await writing(target, () => writeBlocks(file, chunk, position));
        position += chunk.length;
      });
      await writing(target, async () => {
        await file.truncate(position);
        await file.chmod(entry.mode & 0o777);
        await file.sync();
      });
    } finally {
      await file.close();
    }
    await finish(part, target);
  } finally {
    await rm(part, { force: true });
  }
}

/** Writes the content of a file to a stream. A hash that is wrong is known only at the end: the command then fails. */
export async function streamFileOf(volume: VolumeFiles, entry: TreeEntry, output: Writable): Promise<void> {
  await receive(volume, entry, async (chunk) => {
    if (!output.write(chunk)) await once(output, 'drain');
  });
}

/** Gives the content piece by piece. Throws when it ends early, or is not what was listed. */
async function receive(volume: VolumeFiles, entry: TreeEntry, take: (chunk: Buffer) => Promise<void>): Promise<void> {
  const { stream, ended } = contentOf(volume, entry.path);
  const hash = createHash('sha256');
  ended.catch(() => undefined);
  await passOn(stream, hash, take);
  await ended;
  if (hash.digest('hex') !== entry.sha256) throw otherContent(entry);
}

async function passOn(stream: Readable, hash: Hash, take: (chunk: Buffer) => Promise<void>): Promise<void> {
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    hash.update(chunk);
    await take(chunk);
  }
}

function contentOf(volume: VolumeFiles, path: string): ReturnType<VolumeFiles['content']> {
  const collided = volume.collided.get(path);
  if (collided === undefined) return volume.content(path);
  return { stream: createReadStream(collided), ended: Promise.resolve() };
}

async function writeBlocks(file: FileHandle, chunk: Buffer, position: number): Promise<void> {
  if (isZero(chunk)) return;
  for (let at = 0; at < chunk.length;)
    at += (await file.write(chunk, at, chunk.length - at, position + at)).bytesWritten;
}

function isZero(chunk: Buffer): boolean {
  for (let at = 0; at < chunk.length; at += blockBytes) {
    const block = chunk.subarray(at, at + blockBytes);
    if (!block.equals(block.length === blockBytes ? zeroBlock : zeroBlock.subarray(0, block.length))) return false;
  }
  return true;
}

/** Where output lies until it is whole. Throws FILE_EXISTS when its place is taken. */
export async function placeFor(target: string): Promise<string> {
  await refuseTaken(target);
  return `${target}.part`;
}

/** Gives what is whole its name. Throws FILE_EXISTS when somebody took it in the meantime. */
export async function finish(part: string, target: string): Promise<void> {
  await refuseTaken(target);
  await writing(target, () => rename(part, target));
}

async function refuseTaken(target: string): Promise<void> {
  const found = await lstat(target).catch(() => undefined);
  if (found === undefined) return;
  throw new LandfallError('FILE_EXISTS', { what: `${target} exists and is not overwritten`, ref: target });
}

/** Does something to the place where output goes; what the system says of it is said with the place. */
export async function writing<T>(target: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof LandfallError) throw cause;
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const path = cause instanceof Error && 'path' in cause ? String(cause.path) : target;
    if (code === 'EEXIST') {
      const there = path.endsWith('.part') ? path : target;
      throw new LandfallError('FILE_EXISTS', { what: `${there} exists and is not overwritten`, ref: there });
    }
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new LandfallError('FILE_NOT_WRITTEN', { what: `${target} could not be written`, why, ref: target, cause });
  }
}
