import type { Sample } from './alternate.ts';
import type { Contestant, Task } from './contestant.ts';
import type { MigrationCost } from './landfall.ts';
import type { Table } from './part.ts';
import type { Place } from './place.ts';
import { median } from './statistics.ts';
import { seconds } from './tables.ts';

/** A task with the processor time that it and these processes of the lab took. */
export async function sampled(
  place: Place,
  contestant: Contestant,
  { task, processes }: { readonly task: Task; readonly processes: readonly string[] }
): Promise<{ readonly sample: Sample; readonly objects: number; readonly bytes: number }> {
  const before = processes.map((part) => place.cpuOf(part));
  const { ms, cpuSeconds, objects, bytes = 0 } = await contestant.run(task);
  const cpu = Object.fromEntries(processes.map((part, at) => [part, place.cpuOf(part) - (before[at] ?? 0)]));
  return { sample: { ms, cpu: { client: cpuSeconds, ...cpu } }, objects, bytes };
}

/** A whole run as a sample, with the same processes as its floor. */
export function sampleOf({ ms, cpu }: MigrationCost, processes: readonly string[]): Sample {
  const own = { client: (cpu['worker'] ?? 0) + (cpu['temporal'] ?? 0) };
  return { ms, cpu: { ...own, ...Object.fromEntries(processes.map((name) => [name, cpu[name] ?? 0])) } };
}

/** Where the time of a whole run goes. */
export function phaseTable(caption: string, costs: readonly MigrationCost[]): Table {
  const names = costs[0]?.phases.map(({ name }) => name) ?? [];
  const middle = (name: string): string =>
    seconds(median(costs.map(({ phases }) => (phases.find((phase) => phase.name === name)?.ms ?? 0) / 1_000)));
  return { caption, head: names.map((name) => `${name} s`), rows: [names.map(middle)] };
}
