import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, realpath, stat, unlink } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { errnoOf } from './filesystem-error.ts';

/** Recovery points hold Secrets: nobody but the owner of the directory reads them. */
export const fileMode = 0o600;
const folderMode = 0o700;

/** A write holds its content in memory, so a temporary file this old belongs to a process that died. */
const abandonedAfterMs = 24 * 60 * 60 * 1_000;

/**
 * The path of a key that was checked before. Follows no symbolic link out of the root: the deepest directory that
 * exists has to lie in it (the archive may have been written by somebody else).
 */
export async function insideRoot(root: string, relative: string): Promise<string> {
  const path = join(root, relative);
  const realRoot = await realpath(root);
  for (let directory = dirname(path); directory.length >= root.length; directory = dirname(directory)) {
    const real = await realpath(directory).catch((error: unknown) => {
      if (errnoOf(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (real === undefined) continue;
    if (real !== realRoot && !real.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep)) {
      throw Object.assign(new Error('a symbolic link leads out of the location'), { code: 'ELOOP' });
    }
    return path;
  }
  return path;
}

/** Makes the directories above a path, flushing each one that is new; answers the directory. The root is never made. */
export async function ensureDirectory(root: string, path: string): Promise<string> {
  const directory = dirname(path);
  await stat(root);
  const first = await mkdir(directory, { recursive: true, mode: folderMode }).catch((error: unknown) =>
    realReason(root, directory, error)
  );
  if (first === undefined) return directory;
  for (let made = directory; made.length >= first.length; made = dirname(made)) await syncDirectory(dirname(made));
  return directory;
}

/** Node answers ENOENT where a recursive mkdir meets a read-only filesystem or a quota; the first missing one knows. */
async function realReason(root: string, directory: string, error: unknown): Promise<undefined> {
  if (errnoOf(error) !== 'ENOENT') throw error;
  for (let made = root; made !== directory;) {
    const [name = ''] = directory
      .slice(made.length)
      .split(sep)
      .filter((part) => part !== '');
    made = join(made, name);
    await mkdir(made, { mode: folderMode }).catch((reason: unknown) => {
      if (errnoOf(reason) !== 'EEXIST') throw reason;
    });
  }
  return undefined;
}

/** Makes the names in a directory survive a power cut. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } catch (error) {
    // Some network filesystems cannot flush a directory and say so; their names are durable at the server.
    if (errnoOf(error) !== 'EINVAL' && errnoOf(error) !== 'ENOTSUP') throw error;
  } finally {
    await handle.close();
  }
}

/**
 * Removes temporary files that a crash left a day ago, by the clock of the file system: that of this machine may be wrong,
 * and the file is then one that another process writes just now. Best effort: what stays takes space and nothing else.
 */
export async function removeAbandoned(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  if (names.length === 0) return;
  const now = await clockOf(directory).catch(() => undefined);
  if (now === undefined) return;
  for (const name of names) {
    const path = join(directory, name);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && now - found.mtimeMs > abandonedAfterMs) await unlink(path).catch(() => undefined);
  }
}

/** The time a file system gives to a new file, in milliseconds since 1970. */
async function clockOf(directory: string): Promise<number> {
  const path = join(directory, randomUUID());
  const file = await open(path, 'wx', fileMode);
  try {
    return (await file.stat()).mtimeMs;
  } finally {
    await file.close();
    await unlink(path);
  }
}
