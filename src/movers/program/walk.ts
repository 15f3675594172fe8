import { lstatSync, readdirSync, type BigIntStats } from 'node:fs';
import { joinTreePath } from '../../core/volumes/tree-path.ts';
import { collidingNames } from './kopia-names.ts';

/** Something found in a volume, in walk order. */
export interface Found {
  /** Byte string, see core/volumes/tree-path.ts. */
  readonly path: string;
  readonly stats: BigIntStats;
  /** Its name, or that of a directory above it, is the same as another's in kopia. */
  readonly collided: boolean;
}

/** Gives the bytes the operating system takes for a path inside the volume. */
export function systemPath(volumePath: string, path: string): Buffer {
  const root = Buffer.from(volumePath);
  return path === '.' ? root : Buffer.concat([root, Buffer.from(`/${path}`, 'latin1')]);
}

/**
 * Walks a volume depth first, names by their bytes, a directory before its content; symlinks are not followed. Memory:
 * the names of the directories on the way down. An empty `lost+found` in the root is the file system's, not the
 * application's, and is left out. Throws the file system's error.
 */
export function* walkTree(volumePath: string): Generator<Found> {
  yield* walkFrom(volumePath, '.', false);
}

function* walkFrom(volumePath: string, path: string, collided: boolean): Generator<Found> {
  const location = systemPath(volumePath, path);
  const stats = lstatSync(location, { bigint: true });
  if (!stats.isDirectory()) {
    yield { path, stats, collided };
    return;
  }
  // Names as one-byte characters: a tenth of the memory of a Buffer each, and `<` orders them by bytes.
  const names = readdirSync(location, 'latin1').sort();
  if (path === 'lost+found' && names.length === 0) return;
  yield { path, stats, collided };
  const colliding = collidingNames(names);
  for (const name of names) yield* walkFrom(volumePath, joinTreePath(path, name), collided || colliding.has(name));
}
