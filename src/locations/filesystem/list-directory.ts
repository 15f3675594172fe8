import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ListedObject } from '../../ports/location.ts';
import { checkPrefix, temporaryFolder } from '../key.ts';
import { isAfter, type ListOptions } from '../operation.ts';
import { errnoOf, filesystemError } from './filesystem-error.ts';

/** Walks the directories in the order of the keys, so that nothing has to be collected and sorted at the end. */
export async function* listDirectory(
  store: { readonly place: string; readonly root: string; readonly folder: string },
  prefix: string,
  options?: ListOptions
): AsyncGenerator<ListedObject> {
  checkPrefix(prefix);
  const base = join(store.root, store.folder);
  try {
    await stat(store.root);
    const start = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    yield* walk(base, start, prefix, options);
  } catch (error) {
    if (options?.signal?.aborted === true) throw error;
    throw filesystemError(error, { location: store.place, operation: 'list', key: prefix });
  }
}

async function* walk(
  base: string,
  folder: string,
  prefix: string,
  options?: ListOptions
): AsyncGenerator<ListedObject> {
  for (const name of await sortedNames(join(base, folder))) {
    options?.signal?.throwIfAborted();
    const key = folder + name;
    if (name.endsWith('/')) {
      const wanted = key.startsWith(prefix) || prefix.startsWith(key);
      // The last key of a folder sorts before the folder's name with the byte after '/'.
      if (wanted && isAfter(`${key.slice(0, -1)}0`, options)) yield* walk(base, key, prefix, options);
    } else if (key.startsWith(prefix) && isAfter(key, options)) {
      const found = await stat(join(base, key)).catch(() => undefined);
      if (found?.isFile() === true) yield { key, sizeBytes: found.size, modifiedAtMs: found.mtimeMs };
    }
  }
}

/** Files and folders; folders end with '/', which puts them where their keys sort. Symbolic links are not followed. */
async function sortedNames(directory: string): Promise<string[]> {
  const found = await readdir(directory, { withFileTypes: true }).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return [];
    throw error;
  });
  const names = found
    .filter((item) => (item.isDirectory() || item.isFile()) && item.name !== temporaryFolder)
    .map((item) => (item.isDirectory() ? `${item.name}/` : item.name));
  return names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}
