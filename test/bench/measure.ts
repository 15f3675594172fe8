import type { TaskResult } from './contestant.ts';

/** Times `work` and what it takes of this process; `work` says how many objects it was about. */
export async function measure(
  work: () => Promise<{ readonly objects: number; readonly bytes?: number }>
): Promise<TaskResult> {
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  const done = await work();
  const ms = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  return { ...done, ms, cpuSeconds: (user + system) / 1e6 };
}
