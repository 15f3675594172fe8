import { createWriteStream } from 'node:fs';
import type { WriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';

/** Reports, plans and events name what runs where: the owner alone reads a new file, and one that is there keeps its mode. */
const mode = 0o600;

/** Writes a text into a file, in place of what it held. */
export async function writePrivate(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode });
}

/** Writes a text into a file that is not there yet. False, and nothing changed, where one is. */
export async function createPrivate(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { mode, flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Opens a file that gets its lines one after the other, behind those it holds. */
export function appendPrivate(path: string): WriteStream {
  return createWriteStream(path, { flags: 'a', mode });
}
