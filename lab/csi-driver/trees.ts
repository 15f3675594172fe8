import { execFile } from 'node:child_process';
import { mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
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
 * Makes a volume that takes no more than its size: its content lies in a file system of its own, in memory, so a write
 * beyond the size fails as on a full disk. `path` becomes a link to it. What is mounted from there shows the folder as
 * `/<id>/<name>`, by which the node knows a volume.
 */
export async function makeSizedTree(
  path: string,
  { id, sizeBytes }: { readonly id: string; readonly sizeBytes: number },
  fill: (data: string) => Promise<void>
): Promise<void> {
  const fileSystem = sizedFileSystem(path);
  await mkdir(fileSystem);
  await run('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes},mode=0755`, 'tmpfs', fileSystem]);
  await mkdir(join(fileSystem, id));
  await fill(join(fileSystem, id, 'data'));
  await symlink(join('sized', id, 'data'), path);
}

/** Gives the file system of a sized volume another size. */
export async function resizeTree(path: string, sizeBytes: number): Promise<void> {
  await run('mount', ['-o', `remount,size=${sizeBytes}`, sizedFileSystem(path)]);
}

function sizedFileSystem(path: string): string {
  return join(dirname(path), 'sized');
}

/**
 * Copies a folder to a path that does not exist yet, sharing blocks where the filesystem can. Keeps modes, owners, times,
 * hard links, xattrs, holes and names that are not UTF-8; fails rather than drop one (`-a` alone would drop xattrs silently).
 * A link to a folder is followed.
 */
export async function copyTree(from: string, to: string): Promise<void> {
  const preserve = '--preserve=mode,ownership,timestamps,links,xattr';
  await run('cp', [
    '--recursive',
    '--no-dereference',
    preserve,
    '--reflink=auto',
    '--sparse=auto',
    '-T',
    `${from}/.`,
    to,
  ]);
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
