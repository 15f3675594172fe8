import { basename, join } from 'node:path';
import { run } from '../../src/host/command.ts';
import { withLock } from '../../src/host/lock.ts';
import { goCommand } from './go-toolchain.ts';
import type { BinaryBuild, ResolveOptions } from '../../src/binaries/spec.ts';

const buildDeadlineMs = 40 * 60_000;

/** A main package of a pinned Go module. */
export interface GoModule {
  /** Absolute path of the folder with its go.mod and go.sum. */
  readonly directory: string;
  readonly package: string;
  readonly linkerFlags?: string;
  /** How long a build takes on two cores with an empty Go cache. */
  readonly expectedMinutes: number;
}

/** The last way to come by an executable: built here from its module. */
export function fromModule(module: GoModule): BinaryBuild {
  return {
    expectedMinutes: module.expectedMinutes,
    run: (target, cacheDir, options) => build(module, { target, cacheDir }, options),
  };
}

/**
 * Builds an executable from its pinned module. go.mod and go.sum are read only: a build either takes exactly
 * what they name or fails. Two builds of one group wait for each other, since the second reuses the first's packages.
 */
async function build(
  module: GoModule,
  { target, cacheDir }: { readonly target: string; readonly cacheDir: string },
  options: ResolveOptions
): Promise<void> {
  const go = await goCommand(cacheDir, options);
  const lock = join(cacheDir, `.build-${basename(module.directory)}.lock`);
  const onWait = (): void =>
    options.onProgress?.(`another build of ${basename(module.directory)} is running, waiting for it`);
  await withLock(lock, { deadlineMs: buildDeadlineMs, onWait }, async () => {
    const linkerFlags = ['-s', '-w', module.linkerFlags ?? ''].join(' ').trim();
    await run(
      go,
      ['build', '-mod=readonly', '-buildvcs=false', '-trimpath', '-ldflags', linkerFlags, '-o', target, module.package],
      {
        cwd: module.directory,
        env: { CGO_ENABLED: '0', GOFLAGS: '' },
        timeoutMs: buildDeadlineMs,
      }
    );
  });
}

/** Returns the folder of a module in the Go module cache, downloading it when it is not there yet. */
export async function moduleDirectory(
  { directory, module }: { readonly directory: string; readonly module: string },
  cacheDir: string,
  options: ResolveOptions
): Promise<string> {
  const go = await goCommand(cacheDir, options);
  const inGroup = { cwd: directory, env: { GOFLAGS: '-mod=readonly' } };
  await run(go, ['mod', 'download', module], inGroup);
  return (await run(go, ['list', '-m', '-f', '{{.Dir}}', module], inGroup)).stdout.trim();
}
