import { alternate, type Sample } from '../alternate.ts';
import { startContestant } from '../contestant.ts';
import { namespaceNames } from '../fixture.ts';
import { processorTime, stealPercent } from '../host.ts';
import { startLandfall, type AssessCost } from '../landfall.ts';
import { megabytes, type Part, type PartOptions, type PartReport, type Table } from '../part.ts';
import { openPlace } from '../place.ts';
import { counted, judge } from '../result.ts';
import { median } from '../statistics.ts';
import { contestTable, seconds } from '../tables.ts';

const dryRunStep = 'verify/dry-run';

/** A whole assessment, and its server-side dry run against the floor: the same objects posted with `dryRun=All`. */
export const assess: Part = {
  name: 'assess',
  title: 'Assess: everything read, judged and asked about in a dry run',
  expectedMinutes: 6,
  inQuick: true,
  run,
};

async function run({ quick, scale, say }: PartOptions): Promise<PartReport> {
  const namespaceCount = quick ? 4 : 10;
  const objects = quick ? 1_000 : 10_000 * scale;
  const each = objects / namespaceCount;
  const rounds = quick || scale < 1 ? 1 : 3;
  const place = await openPlace('bench-assess');
  const floor = startContestant();
  try {
    const namespaces = namespaceNames('assess', namespaceCount);
    const asked = namespaceNames('floor', namespaceCount);
    say(`planting ${objects} objects`);
    for (const [seed, name] of namespaces.entries()) await place.plant('source', name, each, seed);
    for (const name of asked) await place.plant('target', name, 0, 0);
    const landfall = await startLandfall(place, 'bench-assess');
    const costs: AssessCost[] = [];
    const before = processorTime();
    const assessOnce = async (): Promise<Sample> => {
      const cost = await landfall.assess({ name: `assess-${costs.length}`, namespaces, mapping: {} });
      costs.push(cost);
      say(`Landfall: ${seconds(cost.ms / 1000)} s, of it ${seconds(stepOf(cost, dryRunStep) / 1000)} s dry run`);
      return { ms: stepOf(cost, dryRunStep), cpu: cost.cpu };
    };
    const floorOnce = async (): Promise<Sample> => {
      const kubeconfig = place.kubeconfig('floor', 'target');
      const parts = ['target/kube-apiserver', 'target/etcd'];
      const cpuBefore = parts.map((part) => place.cpuOf(part));
      const done = await floor.run({ type: 'floor.apply', kubeconfig, namespaces: asked, each, dryRun: true });
      const cpu = Object.fromEntries(parts.map((part, at) => [part, place.cpuOf(part) - (cpuBefore[at] ?? 0)]));
      say(`floor: ${seconds(done.ms / 1000)} s`);
      return { ms: done.ms, cpu: { worker: done.cpuSeconds, ...cpu } };
    };
    const contest = await alternate(assessOnce, floorOnce, { rounds });
    const steal = stealPercent(before);
    await landfall.end();
    const warm = costs.slice(2);
    const total = (what: string, direction: 'at most', target: number, value: number) =>
      judge({ what, direction, target, measured: counted(value), stealPercent: steal });
    return {
      results: [
        judge({
          what: `dry run of ${objects} objects: Landfall / floor, wall time`,
          direction: 'at most',
          target: 1.5,
          measured: contest.wall,
          control: contest.control,
          stealPercent: steal,
        }),
        judge({
          what: `assessment of ${objects} objects: seconds of wall time`,
          direction: 'at most',
          target: 60,
          measured: counted(median(warm.map(({ ms }) => ms / 1000))),
          control: contest.control,
          stealPercent: steal,
        }),
        total(
          `assessment of ${objects} objects: API calls on the target an object`,
          'at most',
          1.25,
          median(warm.map(({ targetCalls }) => targetCalls / objects))
        ),
        total(
          `assessment of ${objects} objects: peak RSS of the worker in MB`,
          'at most',
          600,
          megabytes(Math.max(...costs.map(({ workerPeakRssBytes }) => workerPeakRssBytes)))
        ),
      ],
      tables: [contestTable(`Dry run of ${objects} objects`, contest), stepTable(warm)],
      plots: [],
      notes: [
        'Processor time of Landfall is that of the whole assessment, of the floor that of its posts. A CronJob in ten objects has Landfall ask about its pod as well.',
      ],
    };
  } finally {
    floor.end();
    await place.end();
  }
}

function stepOf({ steps }: AssessCost, wanted: string): number {
  return steps.find(({ id }) => id === wanted)?.ms ?? Number.NaN;
}

function stepTable(costs: readonly AssessCost[]): Table {
  const ids = costs[0]?.steps.map(({ id }) => id) ?? [];
  const middle = (of: (cost: AssessCost) => number): string => seconds(median(costs.map(of)) / 1000);
  return {
    caption: 'The whole assessment by step (medians; steps of verify/ run side by side)',
    head: ['whole s', ...ids.map((id) => `${id} s`)],
    rows: [[middle(({ ms }) => ms), ...ids.map((id) => middle((cost) => stepOf(cost, id)))]],
  };
}
