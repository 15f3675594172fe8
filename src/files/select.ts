import { LandfallError } from '../core/errors.ts';
import { closest } from '../config/suggest.ts';
import type { ListedEntry, TreeEntry } from '../core/volumes/tree-entry.ts';
import { compareTreePaths, escapePath } from '../core/volumes/tree-path.ts';
import { folderOf, isBelow, linkedPath, nameOf } from './file-path.ts';

/** What a listing gives: entries in the order of a walk. */
export type Listing = AsyncIterable<ListedEntry>;

/** A line of a folder: an entry, and of a folder what is below it. */
export interface FolderRow {
  readonly entry: TreeEntry;
  readonly below?: { readonly files: number; readonly sizeBytes: number };
}

/** Names that are told of a folder in which one was not found. */
const namesTold = 8;

/**
 * Finds one path. Throws FILE_NOT_FOUND with the nearest names of the deepest folder that is there; of a link or a file on the way it
 * says that nothing is below it.
 */
export async function findEntry(listing: Listing, path: string): Promise<TreeEntry> {
  let deepest: TreeEntry | undefined;
  let near: string[] = [];
  let names: string[] = [];
  for await (const { entry } of listing) {
    if (entry.path === path) return entry;
    if (entry.path === '.' || isBelow(path, entry.path)) {
      [deepest, near, names] = [entry, [], []];
      continue;
    }
    if (deepest === undefined || folderOf(entry.path) !== deepest.path) continue;
    const name = escapePath(nameOf(entry.path));
    if (names.length < namesTold) names.push(name);
    if (near.length < namesTold && closest(wantedIn(deepest.path, path), [name]) !== undefined) near.push(name);
  }
  throw notFound(path, deepest, { near, names });
}

/** The name that was looked for in a folder. */
function wantedIn(folder: string, path: string): string {
  const below = folder === '.' ? path : path.slice(folder.length + 1);
  return escapePath(below.split('/')[0] ?? '');
}

function notFound(
  path: string,
  deepest: TreeEntry | undefined,
  { near, names }: { readonly near: readonly string[]; readonly names: readonly string[] }
): LandfallError {
  const what = `the volume has no ${escapePath(path)}`;
  if (deepest === undefined) return new LandfallError('FILE_NOT_FOUND', { what: `${what}: it is empty` });
  const at = deepest.path === '.' ? 'the root of the volume' : escapePath(deepest.path);
  if (deepest.type !== 'dir') return new LandfallError('FILE_NOT_FOUND', { what, ...belowNothing(deepest, path, at) });
  if (near.length > 0)
    return new LandfallError('FILE_NOT_FOUND', { what, fix: `did you mean ${near.join(' or ')} in ${at}?` });
  const why =
    names.length === 0 ? `${at} is empty` : `${at} holds ${names.join(', ')}${names.length < namesTold ? '' : ', …'}`;
  return new LandfallError('FILE_NOT_FOUND', { what, why });
}

function belowNothing(entry: TreeEntry, path: string, at: string): { readonly why: string; readonly fix?: string } {
  if (entry.type !== 'link') return { why: `${at} is no folder` };
  const why = `${at} is a symbolic link to ${escapePath(entry.target ?? '')}`;
  const target = linkedPath(entry.path, entry.target ?? '');
  if (target === undefined) return { why: `${why}, outside of the volume` };
  const rest = path.slice(entry.path.length);
  return { why, fix: `use ${escapePath(target === '.' ? rest.slice(1) : `${target}${rest}`)}` };
}

/**
 * The lines of a folder in the order of a walk, each as soon as it is complete; with `recursive` everything below it. `after` is
 * the last path of an earlier answer. Memory: one line.
 */
export async function* rowsOf(
  listing: Listing,
  folder: string,
  { recursive, after }: { readonly recursive: boolean; readonly after?: string }
): AsyncGenerator<FolderRow> {
  const isWanted = ({ path }: TreeEntry): boolean => after === undefined || compareTreePaths(path, after) > 0;
  let open: TreeEntry | undefined;
  let [files, sizeBytes] = [0, 0];
  for await (const { entry } of listing) {
    if (!isBelow(entry.path, folder)) {
      if (entry.path !== folder && compareTreePaths(entry.path, folder) > 0) break;
      continue;
    }
    if (recursive) {
      if (isWanted(entry)) yield { entry };
      continue;
    }
    if (open !== undefined && isBelow(entry.path, open.path)) {
      if (entry.type === 'file') [files, sizeBytes] = [files + 1, sizeBytes + (entry.sizeBytes ?? 0)];
      continue;
    }
    if (open !== undefined && isWanted(open)) yield { entry: open, below: { files, sizeBytes } };
    [open, files, sizeBytes] = [entry.type === 'dir' ? entry : undefined, 0, 0];
    if (open === undefined && isWanted(entry)) yield { entry };
  }
  if (open !== undefined && isWanted(open)) yield { entry: open, below: { files, sizeBytes } };
}
