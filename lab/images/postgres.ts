import { join } from 'node:path';
import { BUSYBOX_COMMANDS, debianLayer } from './debian-layer.ts';
import { filesLayer } from './files-layer.ts';
import type { ImageDescription } from './image.ts';

const BINARIES = '/usr/lib/postgresql/15/bin';

/** The number manifests name in runAsUser, runAsGroup and fsGroup. */
const POSTGRES_UID = 999;

const ADD_USER = `
echo postgres:x:${String(POSTGRES_UID)}:${String(POSTGRES_UID)}::/var/lib/postgresql:/bin/sh >> etc/passwd
echo postgres:x:${String(POSTGRES_UID)}: >> etc/group
mkdir -p var/lib/postgresql && chown ${String(POSTGRES_UID)}:${String(POSTGRES_UID)} var/lib/postgresql`;

/** PostgreSQL does without its just-in-time compiler when the files are missing; they are more than half of the size. */
const DROP_COMPILER = `
rm -rf usr/lib/*/libLLVM* usr/lib/*/libz3* usr/lib/postgresql/15/lib/bitcode usr/lib/postgresql/15/lib/llvmjit*`;

/** PostgreSQL 15 as Debian packages it, started by `postgres-entrypoint.sh`: see there for its environment. */
export async function describePostgres(): Promise<ImageDescription> {
  const base = debianLayer({
    name: 'postgres-base',
    packages: ['postgresql-15', 'busybox-static', 'libc-bin', 'tzdata'],
    scripts: [BUSYBOX_COMMANDS, ADD_USER, DROP_COMPILER],
    expectedSeconds: 20,
  });
  const entrypoint = await filesLayer('postgres-entrypoint', [
    {
      from: join(import.meta.dirname, 'postgres-entrypoint.sh'),
      to: 'usr/local/bin/postgres-entrypoint',
      executable: true,
    },
  ]);
  return {
    reference: 'landfall-lab/postgres:15',
    layers: [base, entrypoint],
    config: {
      Entrypoint: ['/usr/local/bin/postgres-entrypoint'],
      Env: [
        `PATH=${BINARIES}:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
        'LANG=C.UTF-8',
        'PGDATA=/var/lib/postgresql/data/pgdata',
        'PGHOST=/tmp',
      ],
      User: `${String(POSTGRES_UID)}:${String(POSTGRES_UID)}`,
      WorkingDir: '/tmp',
      ExposedPorts: { '5432/tcp': {} },
      // A "fast" shutdown: sessions are ended and a checkpoint is written (PostgreSQL manual, 19.5).
      StopSignal: 'SIGINT',
    },
  };
}
