import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ListedObject } from '../../ports/location.ts';
import { checkPrefix, temporaryFolder } from '../key.ts';
import { locationError } from '../location-error.ts';
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
    yield* walk({ base, prefix, options }, start);
  } catch (error) {
    if (options?.signal?.aborted === true) throw error;
    if (error instanceof LinkInTheWay) {
      throw locationError(
        'LOCATION_LIST_INCOMPLETE',
        { location: store.place, operation: 'list', key: prefix },
        {
          why: `${error.message} is a symbolic link, which listings do not follow`,
          fix: 'replace it with its target, or mount the target there',
        }
      );
    }
    throw filesystemError(error, { location: store.place, operation: 'list', key: prefix });
  }
}

/** What is listed: the keys below `base` that start with the prefix. */
interface Listing {
  readonly base: string;
  readonly prefix: string;
  readonly options: ListOptions | undefined;
}

async function* walk(listing: Listing, folder: string): AsyncGenerator<ListedObject> {
  const { base, prefix, options } = listing;
  for (const { name, isLink } of await sortedNames(join(base, folder))) {
    options?.signal?.throwIfAborted();
    const key = folder + name;
    // Keys behind it can be read; a list that omits them silently would make their content look unused.
    if (isLink && prefix !== '' && (prefix.startsWith(`${key}/`) || key.startsWith(prefix)))
      throw new LinkInTheWay(key);
    if (isLink) continue;
    if (name.endsWith('/')) {
      const wanted = key.startsWith(prefix) || prefix.startsWith(key);
      // The last key of a folder sorts before the folder's name with the byte after '/'.
      if (wanted && isAfter(`${key.slice(0, -1)}0`, options)) yield* walk(listing, key);
    } else if (key.startsWith(prefix) && isAfter(key, options)) {
      const found = await stat(join(base, key)).catch((error: unknown) => {
        // Removed between the directory and here; whatever else it is, the key may be there.
        if (errnoOf(error) === 'ENOENT') return undefined;
        throw error;
      });
      if (found?.isFile() === true) yield { key, sizeBytes: found.size, modifiedAtMs: found.mtimeMs };
    }
  }
}

class LinkInTheWay extends Error {}

interface Name {
  readonly name: string;
  readonly isLink: boolean;
}

/** Files, folders and links; folders end with '/', which puts them where their keys sort. */
async function sortedNames(directory: string): Promise<Name[]> {
  const found = await readdir(directory, { withFileTypes: true }).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return [];
    throw error;
  });
  const names = found
    .filter((item) => item.name !== temporaryFolder && (item.isDirectory() || item.isFile() || item.isSymbolicLink()))
    .map((item) => ({ name: item.isDirectory() ? `${item.name}/` : item.name, isLink: item.isSymbolicLink() }));
  return names.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
}
