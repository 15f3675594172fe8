import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { run } from '../../src/host/command.ts';
import { packFolder } from './archive.ts';
import { keyOf } from './cache.ts';
import type { Layer } from './image.ts';

/** The images are all of one Debian release, whatever the machine runs. */
const SUITE = 'bookworm';

const MACHINE_SOURCES = ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list'] as const;

/** Nothing of the building machine and nothing that only people or package managers read goes into an image. */
const CLEAN_UP = `
rm -rf dev etc/apt etc/dpkg etc/hostname etc/resolv.conf etc/fstab var/cache var/lib/apt var/lib/dpkg
rm -rf usr/share/doc usr/share/man usr/share/locale usr/share/lintian
mkdir -p dev proc sys run tmp root var/tmp var/cache && chmod 1777 tmp var/tmp
grep -qs ^root: etc/passwd || echo root:x:0:0:root:/root:/bin/sh >> etc/passwd
grep -qs ^nobody: etc/passwd || echo nobody:x:65534:65534:nobody:/tmp:/bin/sh >> etc/passwd
grep -qs ^root: etc/group || printf 'root:x:0:\\nnogroup:x:65534:\\n' >> etc/group`;

/** Gives an image the usual small commands; those a package brought are left alone. */
export const BUSYBOX_COMMANDS = `
for path in $(bin/busybox --list-full); do
  mkdir -p "$(dirname $path)"
  test -e $path || test -L $path || ln -s /bin/busybox $path
done`;

interface DebianLayer {
  readonly name: string;
  readonly packages: readonly string[];
  /** Shell scripts run on the machine, in the image's root folder. */
  readonly scripts?: readonly string[];
  readonly expectedSeconds: number;
}

/**
 * Describes a layer of Debian packages with all they depend on, extracted but not configured: no maintainer script runs, no package
 * manager is left inside, which makes it small and quick. The key covers the package list, not their versions: a newer
 * release of a package is taken when the cached layer is deleted.
 */
export function debianLayer({ name, packages, scripts = [], expectedSeconds }: DebianLayer): Layer {
  return {
    name,
    key: keyOf([SUITE, packages, scripts, CLEAN_UP]),
    expectedSeconds,
    write: async (tar) => {
      const root = `${tar}.root`;
      try {
        const include = `--include=${packages.join(',')}`;
        await run('mmdebstrap', [
          '--variant=extract',
          '--format=directory',
          '--quiet',
          include,
          SUITE,
          root,
          aptSource(),
        ]);
        for (const script of [...scripts, CLEAN_UP]) await run('sh', ['-euc', script], { cwd: root });
        await packFolder(tar, root);
      } finally {
        await rm(root, { recursive: true, force: true });
      }
    },
  };
}

function aptSource(): string {
  const release = readFileSync('/etc/os-release', 'utf8');
  const fitting = release.includes(`VERSION_CODENAME=${SUITE}`)
    ? MACHINE_SOURCES.find((path) => existsSync(path))
    : undefined;
  if (fitting !== undefined) return fitting;
  throw new Error(`the images are built from Debian ${SUITE} packages, and this machine has no apt sources for it`);
}
