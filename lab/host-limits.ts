import { readFileSync, writeFileSync } from 'node:fs';
import type { Progress } from './progress.ts';

const inotifyInstances = '/proc/sys/fs/inotify/max_user_instances';
/** One whole lab takes about forty; the usual limit of 128 a user ends the third with "too many open files". */
const inotifyInstancesMin = 1024;

/** Raises the one limit of the host that several labs run into, and says so; without root the limit stays. */
export function ensureHostLimits(progress: Progress): void {
  const current = Number(readFileSync(inotifyInstances, 'utf8'));
  if (current >= inotifyInstancesMin || process.getuid?.() !== 0) return;
  progress.note(`raising ${inotifyInstances} from ${current} to ${inotifyInstancesMin}`);
  writeFileSync(inotifyInstances, String(inotifyInstancesMin));
}
