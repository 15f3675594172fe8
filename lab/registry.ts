import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { indexMax, portsOf, type ClusterName, type Identity } from './identity.ts';
import { withLock } from '../src/host/lock.ts';
import { isAlive, type ProcessIdentity } from '../src/host/process-identity.ts';

export type LabMode = 'light' | 'whole';

/** What the machine knows about one lab, outside any checkout: enough to remove it when its checkout is gone. */
export interface Registration {
  readonly identity: Identity;
  readonly mode: LabMode;
  readonly index: number;
  /** Kubernetes version of each side; absent in registrations of earlier checkouts, which have the pinned one. */
  readonly kubernetes?: Readonly<Record<ClusterName, string>>;
  /** The lab ends with this process; absent for labs that stay until `down`. */
  readonly owner?: ProcessIdentity;
}

/** The directory of registrations: one per user, since only root can remove what root has set up. */
function registryDirectory(): string {
  const uid = process.getuid?.() ?? 0;
  return uid === 0 ? '/run/landfall-lab' : join(tmpdir(), `landfall-lab-${uid}`);
}

/** The lock that makes one `up` or `down` of a lab wait for another. */
export function labLock(id: string): string {
  return join(registryDirectory(), `${id}.lock`);
}

/** Returns the lab's registration, allocating the lowest index whose ports are free. Idempotent. */
export async function register(
  identity: Identity,
  wanted: Pick<Registration, 'mode' | 'kubernetes' | 'owner'>
): Promise<Registration> {
  return withLock(join(registryDirectory(), 'lock'), { deadlineMs: 30_000 }, async () => {
    const all = registrations();
    const known = all.find((one) => one.identity.id === identity.id);
    if (known !== undefined) return known;
    const taken = new Set(all.map((one) => one.index));
    for (let index = 0; index <= indexMax; index += 1) {
      if (taken.has(index) || !(await allFree(portsOf(index)))) continue;
      const registration: Registration = { identity, index, ...wanted };
      writeRegistration(registration);
      return registration;
    }
    throw new Error(`no lab index is free: ${taken.size} labs are registered in ${registryDirectory()}`);
  });
}

/** Lists the labs of this machine that this user may remove. */
export function registrations(): Registration[] {
  if (!existsSync(registryDirectory())) return [];
  return readdirSync(registryDirectory())
    .filter((file) => file.endsWith('.json'))
    .map((file) => JSON.parse(readFileSync(join(registryDirectory(), file), 'utf8')) as Registration);
}

/** Finds the registration of a lab, or `undefined` when none is up. */
export function findRegistration(identity: Identity): Registration | undefined {
  return registrations().find((one) => one.identity.id === identity.id);
}

/** Reports whether nobody can want this lab any more: its checkout or state is gone, or its owner has died. */
export function isStale(registration: Registration): boolean {
  if (!existsSync(registration.identity.stateDirectory)) return true;
  return registration.owner !== undefined && !isAlive(registration.owner);
}

/** Forgets a lab; the last thing `down` does, so that a crash in the middle leaves it to be found. */
export function unregister(identity: Identity): void {
  rmSync(join(registryDirectory(), `${identity.id}.json`), { force: true });
}

function writeRegistration(registration: Registration): void {
  // The state directory comes first: a registration without one counts as stale.
  mkdirSync(registration.identity.stateDirectory, { recursive: true });
  const file = join(registryDirectory(), `${registration.identity.id}.json`);
  writeFileSync(`${file}.new`, JSON.stringify(registration, null, 2));
  renameSync(`${file}.new`, file);
}

async function allFree(ports: number[]): Promise<boolean> {
  const results = await Promise.all(ports.map((port) => isFree(port)));
  return results.every(Boolean);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '0.0.0.0', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
