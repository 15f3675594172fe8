import { readFileSync } from 'node:fs';

/** Names one process for good: a pid alone may be reused, with its start time and the boot it cannot. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks after boot, field 22 of `/proc/PID/stat`. */
  readonly startTicks: number;
  readonly bootId: string;
}

/** Returns the identity of a running process, or `undefined` when it does not run (a zombie does not). */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The command name may hold spaces and parentheses: the fields start after the last ')'.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    return { pid, startTicks: Number(fields[19]), bootId: bootId() };
  } catch {
    return undefined;
  }
}

/** Tells whether exactly this process still runs. */
export function isAlive(process: ProcessIdentity): boolean {
  const now = identifyProcess(process.pid);
  return now !== undefined && now.startTicks === process.startTicks && now.bootId === process.bootId;
}

let cachedBootId: string | undefined;

function bootId(): string {
  cachedBootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  return cachedBootId;
}
