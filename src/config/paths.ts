import { homedir } from 'node:os';
import { resolve } from 'node:path';

/** An absolute path: `~` is the home directory, everything else is relative to the folder of the file that names it. */
export function resolvePath(path: string, folder: string): string {
  if (path === '~') return homedir();
  if (path.startsWith('~/')) return resolve(homedir(), path.slice(2));
  return resolve(folder, path);
}
