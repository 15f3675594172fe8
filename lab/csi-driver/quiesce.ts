import { readdir, readlink, rm, readFile, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { readMounts, showsPartOf } from './mounts.ts';

/** A process inside a long write may take as long as the disk does. */
const STOP_TIMEOUT_MS = 10_000;

/** Runs an operation on a volume's folder while nothing in a container can write to it. */
export type Quiesce = <Result>(folder: string, operation: () => Promise<Result>) => Promise<Result>;

/**
 * Makes a Quiesce: every container process that sees the folder is stopped meanwhile, so that a copy of many files is one
 * moment in time, as a disk's own snapshot is (crash consistent: what a database recovers from). The process ids go into
 * `journal` first; `resumeStopped` lets them go after a crash of this driver. One operation at a time, since a pod may
 * have several volumes and must not be continued early.
 */
export function createQuiesce(journal: string): Quiesce {
  let previous: Promise<unknown> = Promise.resolve();
  return function quiesce(folder, operation) {
    const current = previous.then(async () => withWritersStopped(folder, journal, operation));
    previous = current.catch(() => undefined);
    return current;
  };
}

async function withWritersStopped<Result>(
  folder: string,
  journal: string,
  operation: () => Promise<Result>
): Promise<Result> {
  try {
    await stopWriters(folder, journal);
    return await operation();
  } finally {
    await resumeStopped(journal);
  }
}

/** Looks again after each round, since a process may have started others before it was stopped. */
async function stopWriters(folder: string, journal: string): Promise<void> {
  const stopped = new Set<number>();
  for (;;) {
    const fresh = (await containerProcessesSeeing(folder)).filter((pid) => !stopped.has(pid));
    if (fresh.length === 0) return;
    for (const pid of fresh) stopped.add(pid);
    await writeFile(journal, JSON.stringify([...stopped]));
    signalAll(fresh, 'SIGSTOP');
    await Promise.all(fresh.map(untilStopped));
  }
}

/** A signal takes effect a moment after it is sent; waits for the state that proc_pid_stat(5) calls stopped, or the end. */
async function untilStopped(pid: number): Promise<void> {
  const deadlineMs = Date.now() + STOP_TIMEOUT_MS;
  while (Date.now() < deadlineMs) {
    const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8').catch(() => ') X');
    const state = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
    if ('TtZX'.includes(state)) return;
    await pause(1);
  }
  throw new Error(`process ${String(pid)} did not stop within ${String(STOP_TIMEOUT_MS)} ms`);
}

/** Continues the processes named in the journal and removes it; does nothing when there is no journal. */
export async function resumeStopped(journal: string): Promise<void> {
  const text = await readFile(journal, 'utf8').catch(() => '[]');
  signalAll(JSON.parse(text) as number[], 'SIGCONT');
  await rm(journal, { force: true });
}

/**
 * A container has a mount namespace of its own; the kubelet and this driver live in the host's and see every volume, so
 * they are distinguished by that and never stopped.
 */
async function containerProcessesSeeing(folder: string): Promise<number[]> {
  const hostNamespaces = new Set([await mountNamespace('self'), await mountNamespace('1')]);
  const pids: number[] = [];
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const namespace = await mountNamespace(pid);
    if (namespace === '' || hostNamespaces.has(namespace)) continue;
    const mounts = await readMounts(pid);
    if (mounts.some((mount) => showsPartOf(mount, folder))) pids.push(Number(pid));
  }
  return pids;
}

async function mountNamespace(pid: string): Promise<string> {
  return readlink(`/proc/${pid}/ns/mnt`).catch(() => '');
}

function signalAll(pids: readonly number[], signal: 'SIGSTOP' | 'SIGCONT'): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended since it was listed: nothing left to stop or continue.
    }
  }
}
