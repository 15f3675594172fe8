import {
  linkSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  type BigIntStats,
} from 'node:fs';
import type { ListedEntry, TreeEntry } from '../../core/volumes/tree-entry.ts';
import { compareTreePaths, joinTreePath } from '../../core/volumes/tree-path.ts';
import { restoreCollided } from './collided.ts';
import { nameInKopia } from './kopia-names.ts';
import { feed, startCommand } from './run-command.ts';
import { systemPath, walkTree } from './walk.ts';

/**
 * Makes in the volume what kopia does not: names that are not UTF-8, hard links and FIFOs of the listing, which comes
 * in walk order. `collided` are the paths kopia has mixed up, with their content. Idempotent.
 */
export async function restoreStructure(
  volumePath: string,
  listing: AsyncIterable<ListedEntry>,
  collided: ReadonlyMap<string, string>
): Promise<void> {
  const mkfifo = startCommand('xargs', ['-0', '-r', 'mkfifo', '--'], { cwd: volumePath });
  for await (const { entry } of listing) {
    const location = systemPath(volumePath, entry.path);
    const content = collided.get(entry.path);
    if (content === undefined) renameFromKopia(volumePath, entry.path);
    else if (entry.type === 'file') restoreCollided(location, content);
    if (entry.linkOf !== undefined) relink(systemPath(volumePath, entry.linkOf), location);
    if (entry.type === 'dir' && statsOf(location) === undefined) mkdirSync(location);
    if (entry.type === 'link') resymlink(location, entry);
    if (entry.type === 'fifo' && statsOf(location) === undefined) {
      await feed(mkfifo, Buffer.from(`./${entry.path}\0`, 'latin1'));
    }
  }
  mkfifo.child.stdin?.end();
  await mkfifo.ended;
}

/** Removes what the volume holds and the listing does not: the rest of an earlier attempt, or noise of a fresh volume. */
export async function removeExtras(volumePath: string, listing: AsyncIterable<ListedEntry>): Promise<number> {
  const listed = listing[Symbol.asyncIterator]();
  let next = await listed.next();
  const extras: string[] = [];
  for (const { path } of walkTree(volumePath)) {
    const above = extras.at(-1);
    if (above !== undefined && path.startsWith(`${above}/`)) continue;
    while (next.done !== true && compareTreePaths(next.value.entry.path, path) < 0) next = await listed.next();
    if (next.done === true || next.value.entry.path !== path) extras.push(path);
  }
  for (const path of extras) rmSync(systemPath(volumePath, path), { recursive: true, force: true });
  return extras.length;
}

/** The directories above have come by already, so they have their right names. */
function renameFromKopia(volumePath: string, path: string): void {
  const slash = path.lastIndexOf('/');
  const name = path.slice(slash + 1);
  const restored = nameInKopia(name);
  if (restored === name) return;
  const from = systemPath(volumePath, joinTreePath(slash < 0 ? '.' : path.slice(0, slash), restored));
  const to = systemPath(volumePath, path);
  // An earlier attempt has renamed it: what kopia has restored once more goes with the extras.
  if (statsOf(to) === undefined && statsOf(from) !== undefined) renameSync(from, to);
}

function relink(first: Buffer, location: Buffer): void {
  const from = lstatSync(first, { bigint: true });
  const existing = statsOf(location);
  if (existing !== undefined && existing.ino === from.ino && existing.dev === from.dev) return;
  if (existing !== undefined) unlinkSync(location);
  linkSync(first, location);
}

function resymlink(location: Buffer, entry: TreeEntry): void {
  const target = entry.target ?? '';
  const existing = statsOf(location);
  if (existing?.isSymbolicLink() === true && readlinkSync(location, 'latin1') === target) return;
  if (existing !== undefined) rmSync(location, { recursive: true });
  symlinkSync(Buffer.from(target, 'latin1'), location);
}

function statsOf(location: Buffer): BigIntStats | undefined {
  return lstatSync(location, { bigint: true, throwIfNoEntry: false });
}
