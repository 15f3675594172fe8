import { lstat, realpath } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

/**
 * Where a path leads in the end, through every symbolic link and `..` as the kernel follows them; of what does not exist yet,
 * where it would be made. Undefined where that cannot be said: a relative path, a link that leads nowhere, `..` below what
 * does not exist, a directory that may not be looked into.
 */
export async function canonicalPath(path: string): Promise<string | undefined> {
  if (!isAbsolute(path) || path.includes('\0')) return undefined;
  try {
    return await realpath(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || (await isThere(path))) return undefined;
  }
  const [, parent = '', name = ''] = /^(.*?)\/+([^/]*)\/*$/.exec(path) ?? [];
  if (name === '' || name === '.' || name === '..') return undefined;
  const above = await canonicalPath(parent === '' ? '/' : parent);
  return above === undefined ? undefined : join(above, name);
}

/** Whether a canonical path is another one or below it: `/srv/a` holds `/srv/a/b` and not `/srv/ab`. */
export function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith('/') ? directory : `${directory}/`);
}

/** The file that a command without a slash runs, by the directories of a PATH; undefined when there is none. */
export async function findProgram(command: string, path: string): Promise<string | undefined> {
  for (const directory of path.split(delimiter)) {
    // An empty entry is the working directory, which is nobody's choice.
    if (!isAbsolute(directory)) continue;
    const file = join(directory, command);
    if (await isThere(file)) return file;
  }
  return undefined;
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false
  );
}
