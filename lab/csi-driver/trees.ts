import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What a folder takes up, as the kubelet wants to know it. */
export interface TreeUsage {
  readonly bytes: number;
  readonly inodes: number;
}

/** Makes an empty volume: owned by root, as a freshly formatted disk is; the kubelet hands it over by fsGroup. */
export async function makeEmptyTree(path: string): Promise<void> {
  await mkdir(path, { mode: 0o755 });
}

/**
 * Copies a folder to a path that does not exist yet, sharing blocks where the filesystem can. Keeps modes, owners, times,
 * hard links, xattrs, holes and names that are not UTF-8; fails rather than drop one (`-a` alone would drop xattrs silently).
 */
export async function copyTree(from: string, to: string): Promise<void> {
  const preserve = '--preserve=mode,ownership,timestamps,links,xattr';
  await run('cp', ['--recursive', '--no-dereference', preserve, '--reflink=auto', '--sparse=auto', '-T', from, to]);
}

/** Measures a folder with `du`; files that vanish while it runs are not an error. */
export async function measureTree(path: string): Promise<TreeUsage> {
  const [bytes, inodes] = await Promise.all([diskUsage(['--block-size=1', path]), diskUsage(['--inodes', path])]);
  return { bytes, inodes };
}

async function diskUsage(options: readonly string[]): Promise<number> {
  const { stdout } = await run('du', ['--summarize', '--one-file-system', ...options]).catch((cause: unknown) => {
    if (isPartialOutput(cause)) return cause;
    throw cause;
  });
  return Number.parseInt(stdout, 10);
}

function isPartialOutput(cause: unknown): cause is { stdout: string } {
  return /^\d+\t/.test((cause as { stdout?: string }).stdout ?? '');
}
