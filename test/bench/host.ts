import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem } from 'node:os';

/** Ticks a second of the times in /proc; 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** What the processors this process may use have done since the machine started, in ticks. */
export interface ProcessorTime {
  readonly total: number;
  readonly steal: number;
}

/** Reads /proc/stat for the processors of this process alone: a benchmark may be pinned to some of them. */
export function processorTime(): ProcessorTime {
  const allowed = allowedProcessors();
  let total = 0;
  let steal = 0;
  for (const line of readFileSync('/proc/stat', 'utf8').split('\n')) {
    const [, number, remaining = ''] = /^cpu(\d+) (.*)$/.exec(line) ?? [];
    if (number === undefined || !allowed.has(Number(number))) continue;
    // user nice system idle iowait irq softirq steal; guest times are part of user.
    const ticks = remaining.split(' ').slice(0, 8).map(Number);
    total += ticks.reduce((sum, value) => sum + value, 0);
    steal += ticks[7] ?? 0;
  }
  return { total, steal };
}

/** Share of the time since `before` that the host kept for itself, in percent. */
export function stealPercent(before: ProcessorTime, after: ProcessorTime = processorTime()): number {
  const total = after.total - before.total;
  return total <= 0 ? 0 : (100 * (after.steal - before.steal)) / total;
}

function allowedProcessors(): ReadonlySet<number> {
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  const ranges = list.split(',').map((range) => range.split('-').map(Number));
  return new Set(
    ranges.flatMap(([first = 0, last = first]) => Array.from({ length: last - first + 1 }, (_, at) => first + at))
  );
}

/** Seconds of processor time a process has used, all its threads together; children are not in it. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name of the program is in brackets and may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** The most memory a process has had at once since it started or since `resetPeakRss`, in bytes (VmHWM). */
export function peakRssBytes(pid: number): number {
  const kilobytes = /^VmHWM:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
  return Number(kilobytes) * 1024;
}

/** Starts the peak of a process again (proc(5), clear_refs). */
export function resetPeakRss(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** The machine as a reader of the numbers needs to know it. */
export function describeMachine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const governor = readGovernor();
  return [
    `${availableParallelism()} processors (${model})`,
    `${(totalmem() / 1024 ** 3).toFixed(0)} GiB`,
    `Linux ${release()}`,
    `Node ${process.versions.node}`,
    ...(governor === undefined ? [] : [`governor ${governor}`]),
  ].join(', ');
}

function readGovernor(): string | undefined {
  try {
    return readFileSync('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor', 'utf8').trim();
  } catch {
    return undefined;
  }
}
