import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { cacheDirectory } from '../../src/host/cache-directory.ts';
import { fillOnce } from '../../src/host/fill-once.ts';

/** How many builds of one thing stay: two checkouts of different age can work side by side without rebuilding each time. */
const GENERATIONS_MAX = 4;

/** The home of built images and their layers, shared by all checkouts of a user. */
export function imageCacheDirectory(): string {
  return cacheDirectory('images');
}

/** Hashes a description of inputs; equal descriptions give equal keys. */
export function keyOf(inputs: unknown): string {
  return createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 16);
}

/** Returns the SHA-256 of a file in hex. */
export async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** Returns a cached file's digest, remembered beside it (reading a few hundred MB for each build would be felt). */
export async function cachedDigestOf(file: string): Promise<string> {
  const beside = `${file}.sha256`;
  const remembered = await readFile(beside, 'utf8').catch(() => undefined);
  if (remembered !== undefined) return remembered;
  const digest = await digestOf(file);
  const partial = `${beside}.${randomUUID()}`;
  await writeFile(partial, digest);
  await rename(partial, beside);
  return digest;
}

/**
 * Returns the file, made by `produce` if it is not there, once for all who want it at the same time. Older generations
 * (same name up to the last dash) are dropped.
 */
export async function cached(file: string, produce: (partial: string) => Promise<void>): Promise<string> {
  if (await touch(file)) return file;
  await fillOnce(file, produce);
  await dropOldGenerations(file);
  return file;
}

async function touch(file: string): Promise<boolean> {
  const now = new Date();
  return utimes(file, now, now).then(
    () => true,
    () => false
  );
}

async function dropOldGenerations(file: string): Promise<void> {
  const directory = dirname(file);
  const family = new RegExp(`^${basename(file).replace(/-[0-9a-f]+\.tar$/, '')}-[0-9a-f]+\\.tar$`);
  const generations: { path: string; usedMs: number }[] = [];
  for (const name of (await readdir(directory)).filter((entry) => family.test(entry))) {
    const path = join(directory, name);
    generations.push({ path, usedMs: (await stat(path)).mtimeMs });
  }
  generations.sort((left, right) => right.usedMs - left.usedMs);
  for (const { path } of generations.slice(GENERATIONS_MAX)) {
    await rm(path, { force: true });
    await rm(`${path}.sha256`, { force: true });
  }
}
