import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { LandfallError } from '../core/errors.ts';
import { partName, type BundleFile } from './format.ts';

/* The bytes of all objects, one behind the other, cut into files of one size. */

const fileMode = 0o600;

/** Where bytes are: a range of all parts together. */
export interface PartRange {
  readonly at: number;
  readonly sizeBytes: number;
}

export interface PartWriter {
  /** Writes behind everything that was written; answers where it begins. One call after the other. */
  append(bytes: Uint8Array): Promise<number>;
  /** Flushes the last part; the list of all. */
  finish(): Promise<readonly BundleFile[]>;
  /** Closes what is open. */
  close(): Promise<void>;
}

/** Creates a writer of parts in a directory. Throws BUNDLE_NOT_WRITTEN. */
export function createPartWriter(directory: string, partBytes: number): PartWriter {
  const done: BundleFile[] = [];
  let total = 0;
  let current:
    { readonly file: FileHandle; readonly hash: ReturnType<typeof createHash>; sizeBytes: number } | undefined;

  async function endPart(): Promise<void> {
    if (current === undefined) return;
    const { file, hash, sizeBytes } = current;
    const name = partName(done.length);
    await onDisk(join(directory, name), async () => {
      await file.sync();
      await file.close();
    });
    done.push({ name, sizeBytes, sha256: hash.digest('hex') });
    current = undefined;
  }

  return {
    async append(bytes) {
      const begins = total;
      for (let from = 0; from < bytes.byteLength;) {
        const path = join(directory, partName(done.length));
        current ??= {
          file: await onDisk(path, () => open(path, 'wx', fileMode)),
          hash: createHash('sha256'),
          sizeBytes: 0,
        };
        const part = current;
        const piece = bytes.subarray(from, from + partBytes - part.sizeBytes);
        await onDisk(path, () => part.file.writeFile(piece));
        part.hash.update(piece);
        part.sizeBytes += piece.byteLength;
        from += piece.byteLength;
        total += piece.byteLength;
        if (part.sizeBytes === partBytes) await endPart();
      }
      return begins;
    },
    async finish() {
      await endPart();
      return done;
    },
    async close() {
      await current?.file.close();
      current = undefined;
    },
  };
}

/** Reads a range that may lie in several parts. `pathOf` gives the file of a part. Throws BUNDLE_*. */
export async function readRange(
  { at, sizeBytes }: PartRange,
  partBytes: number,
  pathOf: (part: number) => string
): Promise<Uint8Array> {
  const bytes = Buffer.alloc(sizeBytes);
  for (let from = 0; from < sizeBytes;) {
    const part = Math.floor((at + from) / partBytes);
    const position = at + from - part * partBytes;
    const length = Math.min(partBytes - position, sizeBytes - from);
    const path = pathOf(part);
    await onDisk(path, async () => {
      const file = await open(path, 'r');
      try {
        const { bytesRead } = await file.read(bytes, from, length, position);
        if (bytesRead !== length) throw new Error('it ends early');
      } finally {
        await file.close();
      }
    });
    from += length;
  }
  return bytes;
}

/** Does something to a file; what the system says of it is said with its path. */
export async function onDisk<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof LandfallError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new LandfallError('BUNDLE_NOT_WRITTEN', { what: `${path} cannot be used`, why, ref: path, cause });
  }
}
