import { setTimeout as sleep } from 'node:timers/promises';
import { status, up } from '../../../lab/index.ts';
import { labName } from './lab.ts';

/** Kills a part at once, as a crash does, leaves it dead for a while and brings it back with the data it had. */
export async function outage(part: string, durationMs: number): Promise<void> {
  process.kill(pidOf(part), 'SIGKILL');
  await sleep(durationMs);
  await up({ name: labName });
}

/** Stops a part without ending it, for a while: it answers nobody and keeps its connections. */
export async function hang(part: string, durationMs: number): Promise<void> {
  const pid = pidOf(part);
  process.kill(pid, 'SIGSTOP');
  try {
    await sleep(durationMs);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

function pidOf(part: string): number {
  const found = status(labName).parts.find((one) => one.part === part && one.alive);
  if (found === undefined) throw new Error(`the lab "${labName}" runs no ${part}`);
  return found.pid;
}
