import { createHash } from 'node:crypto';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';

/** Content of a file in numbers. */
export interface HashedFile {
  readonly sha256: string;
  /** Bytes in 4 KiB blocks that are not all zero. */
  readonly nonZeroBytes: number;
}

const chunkBytes = 1024 * 1024;
const blockBytes = 4096;
const zeroBlock = Buffer.alloc(blockBytes);
const spareBuffers: Buffer[] = [];
/** A file up to this size is read while everything else waits: four trips through the thread pool take longer. */
const atOnceMaxBytes = 256 * 1024;
const flags = constants.O_RDONLY | constants.O_NOFOLLOW;

/**
 * Hashes a file in chunks of 1 MiB; buffers are reused among calls. `onBytes` receives what was read. A symlink in the
 * place of the file is refused (ELOOP), so a volume cannot make the program read something else. `sizeBytes` only chooses
 * the way of reading.
 */
export async function hashFile(path: Buffer, sizeBytes: number, onBytes: (bytes: number) => void): Promise<HashedFile> {
  if (sizeBytes <= atOnceMaxBytes) return hashAtOnce(path, onBytes);
  const buffer = spareBuffers.pop() ?? Buffer.allocUnsafe(chunkBytes);
  const file = await open(path, flags);
  const content = createContentHash(onBytes);
  try {
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, chunkBytes, null);
      if (bytesRead === 0) break;
      content.add(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
    spareBuffers.push(buffer);
  }
  return content.end();
}

function hashAtOnce(path: Buffer, onBytes: (bytes: number) => void): HashedFile {
  const buffer = spareBuffers.pop() ?? Buffer.allocUnsafe(chunkBytes);
  const file = openSync(path, flags);
  const content = createContentHash(onBytes);
  try {
    for (;;) {
      const bytesRead = readSync(file, buffer, 0, chunkBytes, null);
      if (bytesRead === 0) break;
      content.add(buffer.subarray(0, bytesRead));
    }
  } finally {
    closeSync(file);
    spareBuffers.push(buffer);
  }
  return content.end();
}

function createContentHash(onBytes: (bytes: number) => void): { add(chunk: Buffer): void; end(): HashedFile } {
  const hash = createHash('sha256');
  let nonZeroBytes = 0;
  return {
    add(chunk) {
      hash.update(chunk);
      nonZeroBytes += countNonZero(chunk);
      onBytes(chunk.length);
    },
    end: () => ({ sha256: hash.digest('hex'), nonZeroBytes }),
  };
}

function countNonZero(chunk: Buffer): number {
  let bytes = 0;
  for (let offset = 0; offset < chunk.length; offset += blockBytes) {
    const block = chunk.subarray(offset, offset + blockBytes);
    const zero = block.length === blockBytes ? block.equals(zeroBlock) : block.every((byte) => byte === 0);
    if (!zero) bytes += block.length;
  }
  return bytes;
}
