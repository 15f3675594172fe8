import { chmod, constants, copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { packFolder } from './archive.ts';
import { digestOf, keyOf } from './cache.ts';
import type { Layer } from './image.ts';

/** A file of this machine and its path in the image (without the leading slash). */
export interface FileEntry {
  readonly from: string;
  readonly to: string;
  readonly executable?: boolean;
}

/** Describes a layer of single files; its key is made from their contents, so an unchanged file keeps the layer cached. */
export async function filesLayer(name: string, entries: readonly FileEntry[]): Promise<Layer> {
  const inputs: unknown[] = [];
  for (const { from, to, executable } of entries) inputs.push([to, executable === true, await digestOf(from)]);
  return { name, key: keyOf(inputs), expectedSeconds: 1, write: async (tar) => packFiles(tar, entries) };
}

async function packFiles(tar: string, entries: readonly FileEntry[]): Promise<void> {
  const staging = await mkdtemp(join(dirname(tar), '.staging-'));
  try {
    await chmod(staging, 0o755);
    for (const { from, to, executable } of entries) {
      const path = join(staging, to);
      await mkdir(dirname(path), { recursive: true, mode: 0o755 });
      await copyFile(from, path, constants.COPYFILE_FICLONE);
      await chmod(path, executable === true ? 0o755 : 0o644);
    }
    await packFolder(tar, staging);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}
