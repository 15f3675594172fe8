import { readFileSync } from 'node:fs';
import { attempt } from '../src/host/command.ts';

/** Unmounts everything at or below a directory, deepest first; fails naming what stays mounted. */
export async function unmountBelow(directory: string): Promise<void> {
  // One mount may hide another of the same path: the list shrinks with every round.
  for (
    let remaining = mountsBelow(directory), before = Infinity;
    remaining.length > 0 && remaining.length < before;
    before = remaining.length, remaining = mountsBelow(directory)
  ) {
    for (const mountPoint of remaining.toReversed()) await unmount(mountPoint);
  }
  const remaining = mountsBelow(directory);
  if (remaining.length > 0) throw new Error(`still mounted, so ${directory} is not removed: ${remaining.join(' ')}`);
}

async function unmount(mountPoint: string): Promise<void> {
  if ((await attempt('umount', [mountPoint])) !== undefined) return;
  // Whoever still has a file open there keeps it; nobody else sees it any more.
  await attempt('umount', ['--lazy', mountPoint]);
}

function mountsBelow(directory: string): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .map((path) => path.replaceAll(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))))
    .filter((path) => path === directory || path.startsWith(`${directory}/`));
}
