import { availableParallelism } from 'node:os';
import { namespaceNames } from '../fixture.ts';
import { processorTime, stealPercent } from '../host.ts';
import { startLandfall, type MigrationCost } from '../landfall.ts';
import { megabytes, type Part, type PartOptions, type PartReport, type Table } from '../part.ts';
import { openPlace } from '../place.ts';
import { counted, judge, type BenchResult } from '../result.ts';
import { estimate, median } from '../statistics.ts';
import { interval, seconds } from '../tables.ts';
import { installVelero, type VeleroCost } from '../velero.ts';

const namespaceCount = 10;
const target = 15;
/** Velero and Landfall in turn: V L L V for each way of running Velero. */
const order = ['velero', 'landfall', 'landfall', 'velero'] as const;

const ways = [
  { name: 'as it comes', flags: [] },
  {
    name: 'tuned',
    flags: ['--client-qps=2000', '--client-burst=4000', `--item-block-worker-count=${availableParallelism()}`],
  },
] as const;

/** A whole migration of objects against a backup and a restore of the same objects. */
export const velero: Part = {
  name: 'velero',
  title: 'Whole migration of objects against Velero 1.18.3',
  expectedMinutes: 18,
  inQuick: false,
  run,
};

async function run({ scale, say }: PartOptions): Promise<PartReport> {
  const objects = 10_000 * scale;
  const place = await openPlace();
  try {
    const peer = await installVelero(place, say);
    const namespaces = namespaceNames('app', namespaceCount);
    say(`planting ${objects} objects`);
    for (const [seed, name] of namespaces.entries()) {
      await place.plant('source', name, objects / namespaceCount, seed);
    }
    const landfall = await startLandfall(place, 'bench-velero');
    const mapped = (prefix: string) => Object.fromEntries(namespaces.map((name) => [name, `${prefix}-${name}`]));
    const ours: MigrationCost[] = [];
    const results: BenchResult[] = [];
    const rows: string[][] = [];
    const warm = await landfall.migrate({ name: 'warm', namespaces, mapping: mapped('warm') });
    say(`Landfall (warm-up): ${seconds(warm.ms / 1000)} s`);
    for (const { name, flags } of ways) {
      const before = processorTime();
      const theirs: VeleroCost[] = [];
      const mine: MigrationCost[] = [];
      for (const who of order) {
        const run = `${name.replaceAll(' ', '-')}-${theirs.length + mine.length}`;
        if (who === 'landfall') {
          const cost = await landfall.migrate({ name: `l-${run}`, namespaces, mapping: mapped(`l-${run}`) });
          mine.push(cost);
          say(`Landfall: ${seconds(cost.ms / 1000)} s`);
        } else {
          const cost = await peer.move({ name: `v-${run}`, mapping: mapped(`v-${run}`), flags });
          theirs.push(cost);
          say(`Velero ${name}: backup ${seconds(cost.backupMs / 1000)} s, restore ${seconds(cost.restoreMs / 1000)} s`);
        }
      }
      const ratios = theirs.map(({ backupMs, restoreMs }, at) => (backupMs + restoreMs) / (mine[at]?.ms ?? Number.NaN));
      const control = estimate([(mine[0]?.ms ?? 0) / (mine[1]?.ms ?? 1), total(theirs[0]) / total(theirs[1])]);
      const steal = stealPercent(before);
      results.push(
        judge({
          what: `migration of ${objects} objects: Velero ${name} (backup + restore) / Landfall, wall time`,
          direction: 'at least',
          target,
          measured: estimate(ratios),
          control,
          stealPercent: steal,
        })
      );
      rows.push(veleroRow(`Velero ${name}`, theirs, objects), [
        `A/A control, ${name}`,
        interval(control),
        '',
        '',
        '',
        '',
        '',
      ]);
      ours.push(...mine);
    }
    rows.push(landfallRow(ours));
    await landfall.end();
    const worker = Math.max(...ours.map(({ workerPeakRssBytes }) => workerPeakRssBytes));
    results.push(
      judge({
        what: `migration of ${objects} objects: API calls on the target an object`,
        direction: 'at most',
        target: 1.15,
        measured: counted(median(ours.map(({ targetCalls, objects: moved }) => targetCalls / moved))),
        stealPercent: 0,
      }),
      judge({
        what: `migration of ${objects} objects: peak RSS of the worker in MB`,
        direction: 'at most',
        target: 400,
        measured: counted(megabytes(worker)),
        stealPercent: 0,
      })
    );
    return {
      results,
      tables: [table(objects, rows), phaseTable(ours)],
      plots: [],
      notes: [
        'Velero: from the creation of the Backup to its end, and of the Restore to its end; the wait until the second cluster sees the backup is not counted. Landfall: from the start of the run to its result, verification of every object included, which Velero has not.',
        'One server of Velero runs at a time, so that the other does not take its processors.',
      ],
    };
  } finally {
    await place.end();
  }
}

function total(cost: VeleroCost | undefined): number {
  return (cost?.backupMs ?? 0) + (cost?.restoreMs ?? 0);
}

function table(objects: number, rows: readonly string[][]): Table {
  return {
    caption: `${objects} objects in ${namespaceCount} namespaces, from cluster to cluster (medians)`,
    head: ['', 'backup s', 'restore s', 'sum s', 'CPU s of its own', 'peak RSS MB', 'calls on the target an object'],
    rows,
  };
}

function veleroRow(name: string, costs: readonly VeleroCost[], objects: number): string[] {
  const middle = (of: (cost: VeleroCost) => number): number => median(costs.map(of));
  return [
    name,
    seconds(middle(({ backupMs }) => backupMs / 1000)),
    seconds(middle(({ restoreMs }) => restoreMs / 1000)),
    seconds(middle((cost) => total(cost) / 1000)),
    seconds(middle(({ cpu }) => Object.values(cpu).reduce((sum, value) => sum + value, 0))),
    megabytes(Math.max(...costs.map(({ peakRssBytes }) => peakRssBytes))).toFixed(0),
    middle(({ targetCalls }) => targetCalls / objects).toFixed(2),
  ];
}

function landfallRow(costs: readonly MigrationCost[]): string[] {
  const middle = (of: (cost: MigrationCost) => number): number => median(costs.map(of));
  return [
    'Landfall',
    '',
    '',
    seconds(middle(({ ms }) => ms / 1000)),
    seconds(middle(({ cpu }) => cpu['worker'] ?? 0)),
    megabytes(Math.max(...costs.map(({ workerPeakRssBytes }) => workerPeakRssBytes))).toFixed(0),
    middle(({ targetCalls, objects: moved }) => targetCalls / moved).toFixed(2),
  ];
}

function phaseTable(costs: readonly MigrationCost[]): Table {
  const names = costs[0]?.phases.map(({ name }) => name) ?? [];
  return {
    caption: 'Landfall by phase (medians)',
    head: names.map((name) => `${name} s`),
    rows: [
      names.map((name) =>
        seconds(median(costs.map(({ phases }) => (phases.find((phase) => phase.name === name)?.ms ?? 0) / 1000)))
      ),
    ],
  };
}
