import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** One line of mountinfo (proc_pid_mountinfo(5)): what part of its filesystem is mounted where. */
export interface MountEntry {
  readonly root: string;
  readonly mountPoint: string;
  readonly readonly: boolean;
}

/** Reads the mounts a process sees; an empty list when it has ended meanwhile. */
export async function readMounts(pid: string = 'self'): Promise<readonly MountEntry[]> {
  const text = await readFile(`/proc/${pid}/mountinfo`, 'utf8').catch(() => '');
  return text.split('\n').filter(Boolean).map(parseMountLine);
}

/** Returns the topmost mount at exactly this path, if it is a mount point at all. */
export async function findMount(mountPoint: string): Promise<MountEntry | undefined> {
  const mounts = await readMounts();
  return mounts.findLast((mount) => mount.mountPoint === mountPoint);
}

/** Bind-mounts a folder; read-only needs a second step because the kernel ignores `ro` on the first. */
export async function bindMount(from: string, to: string, readonly: boolean): Promise<void> {
  await run('mount', ['--bind', from, to]);
  if (!readonly) return;
  try {
    await run('mount', ['-o', 'remount,bind,ro', to]);
  } catch (cause) {
    await run('umount', [to]);
    throw cause;
  }
}

/** Takes away every mount stacked at this path; does nothing when there is none. */
export async function unmountAll(mountPoint: string): Promise<void> {
  while ((await findMount(mountPoint)) !== undefined) await run('umount', [mountPoint]);
}

/**
 * Reports whether a mount shows exactly this volume folder. The root field is relative to its filesystem, not to `/`, so the
 * ending is compared; it has to reach back to the volume's id (the last folder but one), which is unique.
 */
export function showsFolder(mount: MountEntry, folder: string): boolean {
  return folder.endsWith(mount.root) && mount.root.endsWith(idAndName(folder));
}

/** Reports whether a mount shows the volume folder or something below it, as a container's subPath does. */
export function showsPartOf(mount: MountEntry, folder: string): boolean {
  const tail = idAndName(folder);
  return mount.root.endsWith(tail) || mount.root.includes(`${tail}/`);
}

function idAndName(folder: string): string {
  return `/${folder.split('/').slice(-2).join('/')}`;
}

function parseMountLine(line: string): MountEntry {
  const [, , , root = '', mountPoint = '', options = ''] = line.split(' ');
  return {
    root: unescapeOctal(root),
    mountPoint: unescapeOctal(mountPoint),
    readonly: options.split(',').includes('ro'),
  };
}

function unescapeOctal(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
