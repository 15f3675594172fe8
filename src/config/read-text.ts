import { readFile, stat } from 'node:fs/promises';
import { LandfallError } from '../core/errors.ts';

/** Nobody writes more by hand; protects the parser. */
const fileBytesMax = 1024 * 1024;

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of the path is no directory',
  ELOOP: 'symbolic links form a loop',
};

/** Reads a text file of at most 1 MiB, or `bytesMax`. Throws CONFIG_UNREADABLE with the reason; never with the content. */
export async function readText(path: string, bytesMax = fileBytesMax): Promise<string> {
  const bytes = await readBytes(path, bytesMax);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw unreadable(path, 'it is not UTF-8 text');
  }
}

async function readBytes(path: string, bytesMax: number): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size > bytesMax) throw unreadable(path, `it has ${size} bytes; at most ${bytesMax} are read`);
    return await readFile(path);
  } catch (error) {
    if (error instanceof LandfallError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? '';
    throw unreadable(path, reasons[code] ?? `the system reports ${code}`);
  }
}

function unreadable(path: string, why: string): LandfallError {
  return new LandfallError('CONFIG_UNREADABLE', { what: `${path} cannot be read`, why, ref: path });
}
