import { accessSync, chmodSync, constants } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory } from '../host/cache-directory.ts';
import { fillOnce } from '../host/fill-once.ts';
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

/** Fills a cache entry with an executable, once for all who want it at the same time. */
export async function fillCache(target: string, produce: (partial: string) => Promise<void>): Promise<string> {
  return fillOnce(target, async (partial) => {
    await produce(partial);
    chmodSync(partial, 0o755);
  });
}
