import type { ChildProcess } from 'node:child_process';

const own = new Set<number>();

/** Ends a process of ours with us, however we end; a stopped worker would not notice by itself. */
export function endWithUs(child: Pick<ChildProcess, 'pid'>, ended: Promise<unknown>): void {
  const { pid } = child;
  if (pid === undefined) return;
  own.add(pid);
  void ended.then(() => own.delete(pid));
}

process.on('exit', () => {
  for (const pid of own) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));
