import { promisify } from 'node:util';
import {
  constants,
  zstdCompress,
  zstdCompressSync,
  zstdDecompress,
  zstdDecompressSync,
  type ZstdOptions,
} from 'node:zlib';
import { LandfallError } from '../core/errors.ts';

/** `LFSG`: a segment. `LFJL`: JSON lines. */
export type ContainerType = 'LFSG' | 'LFJL';

const containerMajor = 1;

/** Raw bytes of one block a reader accepts: above any that is written, below what could exhaust a worker. */
const blockRawMax = 96 * 1024 * 1024;

/** Skippable frames of zstd (RFC 8878 section 3.1.2): any zstd tool reads a container and sees only the content. */
const identityMagic = 0x184d2a5c;
const blockMagic = 0x184d2a5d;
const frameBytes = 16;
const level = { [constants.ZSTD_c_compressionLevel]: 1 };

const compress = promisify(zstdCompress) as (bytes: Uint8Array, options: ZstdOptions) => Promise<Buffer>;
const decompress = promisify(zstdDecompress) as (bytes: Uint8Array, options: ZstdOptions) => Promise<Buffer>;

/** Node fills one buffer of `chunkSize` after the other, each a trip to another thread; Kubernetes JSON shrinks to a third. */
function compressing(raw: Uint8Array): ZstdOptions {
  return { params: level, chunkSize: Math.max(4_096, Math.ceil(raw.byteLength / 3)) };
}

/** One buffer of exactly the length claimed; what is longer is refused before it is made. */
function decompressing(rawBytes: number): ZstdOptions {
  return { maxOutputLength: Math.max(1, rawBytes), chunkSize: Math.max(64, rawBytes) };
}

/** The 16 bytes a container starts with. */
export function containerStart(type: ContainerType): Uint8Array {
  const frame = Buffer.alloc(frameBytes);
  frame.writeUInt32LE(identityMagic, 0);
  frame.writeUInt32LE(8, 4);
  frame.write(type, 8, 'latin1');
  frame.writeUInt16LE(containerMajor, 12);
  return frame;
}

/** One block: its lengths as a skippable frame, then the content as one zstd frame. Compresses off the main thread. */
export async function encodeBlock(raw: Uint8Array): Promise<Uint8Array[]> {
  return withLengths(await compress(raw, compressing(raw)), raw.byteLength);
}

/** As `encodeBlock`, on the spot: for blocks so small that a change of thread costs more. */
export function encodeBlockSync(raw: Uint8Array): Uint8Array[] {
  return withLengths(zstdCompressSync(raw, compressing(raw)), raw.byteLength);
}

function withLengths(stored: Uint8Array, rawBytes: number): Uint8Array[] {
  const frame = Buffer.alloc(frameBytes);
  frame.writeUInt32LE(blockMagic, 0);
  frame.writeUInt32LE(8, 4);
  frame.writeUInt32LE(stored.byteLength, 8);
  frame.writeUInt32LE(rawBytes, 12);
  return [frame, stored];
}

interface Block {
  readonly stored: Uint8Array;
  readonly rawBytes: number;
}

/** The blocks of a container, checked for type, version and lengths; nothing is decompressed. */
export function* blocksOf(key: string, type: ContainerType, bytes: Uint8Array): Generator<Block> {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  checkStart(key, type, view);
  for (let at = frameBytes; at < view.length;) {
    if (at + frameBytes > view.length) throw corruptContainer(key, 'it ends inside the lengths of a block');
    if (view.readUInt32LE(at) !== blockMagic || view.readUInt32LE(at + 4) !== 8) {
      throw corruptContainer(key, 'a block does not start where it should');
    }
    const storedBytes = view.readUInt32LE(at + 8);
    const rawBytes = view.readUInt32LE(at + 12);
    const end = at + frameBytes + storedBytes;
    if (end > view.length) throw corruptContainer(key, 'it ends inside a block');
    if (rawBytes > blockRawMax)
      throw corruptContainer(key, `a block claims ${rawBytes} bytes, more than is ever written`);
    yield { stored: view.subarray(at + frameBytes, end), rawBytes };
    at = end;
  }
}

function checkStart(key: string, type: ContainerType, view: Buffer): void {
  if (view.length < frameBytes || view.readUInt32LE(0) !== identityMagic || view.readUInt32LE(4) !== 8) {
    throw corruptContainer(key, 'it does not start like a Landfall object');
  }
  const found = view.toString('latin1', 8, 12);
  if (found !== type) throw corruptContainer(key, `it is of type ${JSON.stringify(found)}, not ${type}`);
  const major = view.readUInt16LE(12);
  if (major <= containerMajor) return;
  throw new LandfallError('FORMAT_TOO_NEW', {
    what: `${key} has format ${major}; this Landfall knows ${containerMajor}`,
    ref: key,
  });
}

/** The content of a block. What does not decompress to exactly the length it claims is corrupt. */
export async function decodeBlock(key: string, block: Block): Promise<Uint8Array> {
  const options = decompressing(block.rawBytes);
  return checkLength(key, block, await decompress(block.stored, options).catch((error: unknown) => broken(key, error)));
}

/** As `decodeBlock`, on the spot. */
export function decodeBlockSync(key: string, block: Block): Uint8Array {
  try {
    return checkLength(key, block, zstdDecompressSync(block.stored, decompressing(block.rawBytes)));
  } catch (error) {
    if (error instanceof LandfallError) throw error;
    return broken(key, error);
  }
}

function checkLength(key: string, block: Block, raw: Uint8Array): Uint8Array {
  if (raw.byteLength === block.rawBytes) return raw;
  throw corruptContainer(key, `a block has ${raw.byteLength} bytes instead of ${block.rawBytes}`);
}

function broken(key: string, cause: unknown): never {
  const why = 'a block does not decompress to the length it claims';
  throw new LandfallError('STORED_OBJECT_CORRUPT', { what: `${key} is damaged`, why, ref: key, cause });
}

/** The error of stored content that is not what it should be; names the key. */
export function corruptContainer(key: string, why: string): LandfallError {
  return new LandfallError('STORED_OBJECT_CORRUPT', { what: `${key} is damaged`, why, ref: key });
}
