import { LandfallError } from '../core/errors.ts';
import { escapePath, unescapePath } from '../core/volumes/tree-path.ts';
import { nameInKopia } from '../movers/program/kopia-names.ts';

/** The path that a person wrote, as a byte string from the root of the volume; '.' is the root. Throws CONFIG_INVALID. */
export function parseFilePath(text: string): string {
  const segments = unescapePath(text)
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.');
  if (segments.includes('..') || segments.some((segment) => segment.includes('\0'))) {
    throw new LandfallError('CONFIG_INVALID', {
      what: `${escapePath(text)} is not a path inside a volume`,
      fix: 'write the path from the root of the volume, without ..',
    });
  }
  return segments.length === 0 ? '.' : segments.join('/');
}

/** The last name of a path; '' of the root. */
export function nameOf(path: string): string {
  return path === '.' ? '' : path.slice(path.lastIndexOf('/') + 1);
}

/** The folder of a path; the root is in itself. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '.' : path.slice(0, slash);
}

/** Whether a path is below a folder. */
export function isBelow(path: string, folder: string): boolean {
  return folder === '.' ? path !== '.' : path.startsWith(`${folder}/`);
}

/** A path below a folder as seen from there; the folder itself is '.'. */
export function pathFrom(folder: string, path: string): string {
  if (folder === '.') return path;
  return path === folder ? '.' : path.slice(folder.length + 1);
}

/** A path as kopia takes it in an argument. */
export function kopiaPath(root: string, path: string): string {
  if (path === '.') return root;
  return Buffer.from(`${root}/${path.split('/').map(nameInKopia).join('/')}`, 'latin1').toString('utf8');
}

/** Where a symbolic link leads inside its volume; undefined when it leaves it. */
export function linkedPath(link: string, target: string): string | undefined {
  if (target.startsWith('/')) return undefined;
  const segments = folderOf(link) === '.' ? [] : folderOf(link).split('/');
  for (const segment of target.split('/')) {
    if (segment === '..' && segments.pop() === undefined) return undefined;
    if (segment !== '' && segment !== '.' && segment !== '..') segments.push(segment);
  }
  return segments.length === 0 ? '.' : segments.join('/');
}
