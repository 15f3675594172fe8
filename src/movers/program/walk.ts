import { lstatSync, readdirSync, type BigIntStats } from 'node:fs';
import { LandfallError } from '../../core/errors.ts';
import { escapePath, joinTreePath } from '../../core/volumes/tree-path.ts';
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
 * application's, and is excluded. Throws the file
 * system's error, VOLUME_PATH_TOO_LONG where a path is more than a system call takes.
 */
export function* walkTree(volumePath: string): Generator<Found> {
  yield* walkFrom(volumePath, '.', false);
}

function* walkFrom(volumePath: string, path: string, collided: boolean): Generator<Found> {
  const location = systemPath(volumePath, path);
  const stats = reading(path, () => lstatSync(location, { bigint: true }));
  if (!stats.isDirectory()) {
    yield { path, stats, collided };
    return;
  }
  // Names as one-byte characters: a tenth of the memory of a Buffer each, and `<` orders them by bytes.
  const names = reading(path, () => readdirSync(location, 'latin1')).sort();
  if (path === 'lost+found' && names.length === 0) return;
  yield { path, stats, collided };
  const colliding = collidingNames(names);
  for (const name of names) yield* walkFrom(volumePath, joinTreePath(path, name), collided || colliding.has(name));
}

/** Characters of each end of a path that is named although it is too long. */
const shownMax = 200;

/** Nothing below such a path can be copied either: kopia goes by whole paths as well. */
function reading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENAMETOOLONG') throw error;
    const shown = path.length <= 2 * shownMax ? path : `${path.slice(0, shownMax)} ... ${path.slice(-shownMax)}`;
    throw new LandfallError('VOLUME_PATH_TOO_LONG', {
      what: `a path of ${path.length} bytes in the volume is longer than the system allows`,
      why: escapePath(shown),
    });
  }
}
