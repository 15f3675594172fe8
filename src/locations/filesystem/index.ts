import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { link, open, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { LandfallError } from '../../core/errors.ts';
import type { FilesystemLocationSpec } from '../../core/spec/spec.ts';
import type { Location, StoreOptions } from '../../ports/location.ts';
import { checkKey, temporaryFolder } from '../key.ts';
import { missingObject } from '../location-error.ts';
import type { LocationCall } from '../operation.ts';
import { ensureDirectory, fileMode, insideRoot, removeAbandoned, syncDirectory } from './directories.ts';
import { errnoOf, filesystemError } from './filesystem-error.ts';
import { listDirectory } from './list-directory.ts';

/**
 * A location in a directory. A write goes to a temporary file, is flushed (fsync), and gets its name by link(2), which
 * fails when the name is taken: atomic and conditional on every POSIX filesystem with hard links, NFS included. The
 * directory is flushed before the write is reported. The root itself has to exist: a mount that is not there must not
 * be mistaken for an empty location.
 */
export async function openFilesystemLocation(spec: FilesystemLocationSpec): Promise<Location> {
  const place = `${spec.name} (${spec.path})`;
  const context = { location: place, operation: 'list', key: '' } as const;
  try {
    if (!(await stat(spec.path)).isDirectory()) throw Object.assign(new Error('not a directory'), { code: 'ENOTDIR' });
  } catch (error) {
    throw filesystemError(error, context);
  }
  const store = {
    name: spec.name,
    place,
    root: spec.path,
    folder: spec.prefix === '' ? '' : checkKey(trimSlash(spec.prefix)),
  };
  await removeAbandoned(join(spec.path, temporaryFolder));
  return filesystemLocation(store);
}

interface Store {
  readonly name: string;
  /** As messages name it. */
  readonly place: string;
  readonly root: string;
  /** The prefix as a folder below the root; '' = the root. */
  readonly folder: string;
}

function filesystemLocation(store: Store): Location {
  return {
    name: store.name,
    create: (key, bytes, options) =>
      at(store, { operation: 'create', key, options }, (path) => writeNew(store, path, bytes)),
    put: (key, bytes, options) =>
      at(store, { operation: 'put', key, options }, (path) => overwrite(store, path, bytes)),
    read: (key, options) => at(store, { operation: 'read', key, options }, (path) => readWhole(path, options)),
    head: (key, options) => at(store, { operation: 'head', key, options }, sizeOf),
    delete: (key, options) => at(store, { operation: 'delete', key, options }, remove),
    list: (prefix, options) => listDirectory(store, prefix, options),
    close: () => Promise.resolve(),
  };
}

/** Runs an operation on the path of a key, checked, with errors translated. */
async function at<T>(
  store: Store,
  { operation, key, options }: LocationCall,
  run: (path: string) => Promise<T>
): Promise<T> {
  options?.signal?.throwIfAborted();
  const relative = store.folder === '' ? checkKey(key) : `${store.folder}/${checkKey(key)}`;
  const context = { location: store.place, operation, key };
  try {
    return await run(await insideRoot(store.root, relative));
  } catch (error) {
    if (error instanceof LandfallError || options?.signal?.aborted === true) throw error;
    if (operation === 'read' && errnoOf(error) === 'ENOENT') throw missingObject(context);
    throw filesystemError(error, context);
  }
}

async function writeNew(store: Store, path: string, bytes: Uint8Array): Promise<'created' | 'exists'> {
  const directory = await ensureDirectory(store.root, path);
  const temporary = await writeTemporary(store.root, bytes);
  try {
    await link(temporary, path);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return 'exists';
    throw error;
  } finally {
    await unlink(temporary);
  }
  await syncDirectory(directory);
  return 'created';
}

async function overwrite(store: Store, path: string, bytes: Uint8Array): Promise<void> {
  const directory = await ensureDirectory(store.root, path);
  const temporary = await writeTemporary(store.root, bytes);
  try {
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary);
    throw error;
  }
  await syncDirectory(directory);
}

/** A flushed file with the content, on the same filesystem as its later name. */
async function writeTemporary(root: string, bytes: Uint8Array): Promise<string> {
  const path = join(root, temporaryFolder, randomUUID());
  await ensureDirectory(root, path);
  const file = await open(path, 'wx', fileMode);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } catch (error) {
    await file.close();
    await unlink(path);
    throw error;
  }
  await file.close();
  return path;
}

async function readWhole(path: string, options: StoreOptions | undefined): Promise<Uint8Array> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    return await file.readFile(options?.signal === undefined ? {} : { signal: options.signal });
  } finally {
    await file.close();
  }
}

async function sizeOf(path: string): Promise<{ sizeBytes: number } | undefined> {
  try {
    const found = await stat(path);
    return found.isFile() ? { sizeBytes: found.size } : undefined;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

async function remove(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

function trimSlash(prefix: string): string {
  return prefix.endsWith('/') ? prefix.slice(0, -1) : prefix;
}
