import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LandfallError } from '../core/errors.ts';
import { decodeHead, headName, indexName, type BundleEntry, type BundleHead } from './format.ts';
import { decodeIndex } from './index-file.ts';
import { onDisk } from './part-files.ts';

/** A bundle that lies in one or several directories: a medium each, or all of it in one. */
export interface OpenBundle {
  readonly head: BundleHead;
  readonly entries: ReadonlyMap<string, BundleEntry>;
  /** The file of each part, in order; undefined where no directory has it. */
  readonly parts: readonly (string | undefined)[];
}

/**
 * Finds a bundle by its head, and its parts wherever they are. Reads head and index and none of the parts. Throws BUNDLE_NOT_FOUND,
 * BUNDLE_DAMAGED, FORMAT_TOO_NEW.
 */
export async function openBundle(directories: readonly string[]): Promise<OpenBundle> {
  const heads = await findFile(directories, headName);
  const [headPath] = heads;
  if (headPath === undefined) {
    throw new LandfallError('BUNDLE_NOT_FOUND', { what: `no ${headName} is in ${directories.join(', ')}` });
  }
  const head = decodeHead(headPath, await readFile(headPath));
  for (const other of heads.slice(1)) {
    if (decodeHead(other, await readFile(other)).id === head.id) continue;
    throw new LandfallError('BUNDLE_NOT_FOUND', { what: `${headPath} and ${other} are of two bundles`, ref: other });
  }
  const [indexPath] = await findFile(directories, indexName);
  if (indexPath === undefined) {
    throw new LandfallError('BUNDLE_NOT_FOUND', { what: `no ${indexName} is in ${directories.join(', ')}` });
  }
  const entries = decodeIndex(indexPath, await readFile(indexPath), head.index);
  const parts: (string | undefined)[] = [];
  for (const { name } of head.parts) parts.push((await findFile(directories, name))[0]);
  return { head, entries, parts };
}

async function findFile(directories: readonly string[], name: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const directory of directories) {
    const path = join(directory, name);
    const names = await onDisk(directory, () => readdir(directory));
    if (names.includes(name) && (await onDisk(path, () => stat(path))).isFile()) found.push(path);
  }
  return found;
}
