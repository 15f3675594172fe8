import { isAlive } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { waitFor } from './wait.ts';

/** Ends one process and waits until it is gone; a process that took over its pid is left alone. */
export async function endProcess(target: ProcessIdentity, graceMs: number): Promise<void> {
  if (graceMs > 0) {
    signal(target, 'SIGTERM');
    try {
      await waitFor(() => !isAlive(target) || undefined, {
        what: `process ${target.pid} to end`,
        deadlineMs: graceMs,
        intervalMs: 20,
      });
      return;
    } catch {
      // It had its chance.
    }
  }
  signal(target, 'SIGKILL');
  await waitFor(() => !isAlive(target) || undefined, {
    what: `process ${target.pid} to end`,
    deadlineMs: 10_000,
    intervalMs: 20,
  });
}

function signal(target: ProcessIdentity, name: NodeJS.Signals): void {
  if (!isAlive(target)) return;
  try {
    process.kill(target.pid, name);
  } catch {
    // It ended between the check and the signal.
  }
}
