import { accessSync, chmodSync, constants, mkdirSync, renameSync, rmSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { cacheDirectory } from '../host/cache-directory.ts';
import type { BinarySpec } from './spec.ts';

/** The default home of resolved binaries, shared by all checkouts of a user. */
export function defaultCacheDirectory(): string {
  return cacheDirectory('bin');
}

/** Returns where a binary of this version is kept. */
export function cachedPath(spec: Pick<BinarySpec, 'name' | 'version'>, cacheDir: string): string {
  return join(cacheDir, `${spec.name}-${spec.version}`);
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Fills a cache entry through a temporary file beside it and moves it into place whole,
 * so that an interrupted or a concurrent run never leaves half a binary.
 */
export async function fillCache(target: string, produce: (temporary: string) => Promise<void>): Promise<string> {
  mkdirSync(join(target, '..'), { recursive: true });
  const temporary = `${target}.${randomUUID()}`;
  try {
    await produce(temporary);
    chmodSync(temporary, 0o755);
    renameSync(temporary, target);
    return target;
  } finally {
    rmSync(temporary, { force: true, recursive: true });
  }
}
