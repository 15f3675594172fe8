import { csiSanity, pinnedControlPlane } from './binaries/catalogue.ts';
import { ensureHostPackages } from './host-packages.ts';
import { buildImage, imageNames } from './images/build.ts';
import { resolveBinaries } from './parts.ts';
import type { Progress } from './progress.ts';

/**
 * Brings everything labs are made of and starts nothing: Debian packages, executables (those of the tests included) and
 * images. Idempotent; takes about a second when all of it is cached. Tests call it first, so that none of them waits for
 * a build within its own time limit.
 */
export async function prepare(progress: Progress): Promise<void> {
  await ensureHostPackages('whole', progress);
  await resolveBinaries('whole', progress, [...pinnedControlPlane.binaries, csiSanity]);
  for (const name of imageNames) {
    await progress.part(`image ${name}`, 1, async () => {
      const { reference } = await buildImage(name, { onProgress: (line) => progress.note(line) });
      return reference;
    });
  }
}
