import { namespaceNames } from '../fixture.ts';
import { processorTime, resetPeakRss, stealPercent } from '../host.ts';
import { startLandfall, type MigrationCost } from '../landfall.ts';
import { megabytes, type Part, type PartOptions, type PartReport, type Plot, type Table } from '../part.ts';
import { openPlace } from '../place.ts';
import { counted, judge, type BenchResult } from '../result.ts';
import { estimate, growthExponent, median, type Estimate } from '../statistics.ts';
import { seconds } from '../tables.ts';

/** Sizes and how often each is run: small ones are short, and their noise bends the whole line. */
const full = [
  { count: 1_000, runs: 3 },
  { count: 10_000, runs: 2 },
  { count: 50_000, runs: 1 },
  { count: 200_000, runs: 1 },
];
const quickSizes = [
  { count: 1_000, runs: 1 },
  { count: 4_000, runs: 1 },
];

/** Whole migrations of more and more objects: time, memory, history and requests. */
export const scale: Part = {
  name: 'scale',
  title: 'Growth: whole migrations of 1,000 to 200,000 objects',
  expectedMinutes: 14,
  inQuick: true,
  run,
};

interface Point extends MigrationCost {
  readonly count: number;
}

async function run({ quick, scale: factor, say }: PartOptions): Promise<PartReport> {
  const sizes = quick ? quickSizes : full.map(({ count, runs }) => ({ count: count * factor, runs }));
  const namespaces = namespaceNames('scale', quick ? 4 : 10);
  const place = await openPlace();
  try {
    const landfall = await startLandfall(place, 'bench-scale');
    const before = processorTime();
    const points: Point[] = [];
    let planted = 0;
    for (const { count, runs } of sizes) {
      say(`planting up to ${count} objects`);
      const more = (count - planted) / namespaces.length;
      for (const [seed, name] of namespaces.entries()) {
        await place.plant('source', name, more, seed, planted / namespaces.length);
      }
      planted = count;
      for (let run = 0; run < runs; run += 1) {
        const name = `scale-${count}-${run}`;
        const mapping = Object.fromEntries(namespaces.map((namespace) => [namespace, `${name}-${namespace}`]));
        resetPeakRss(landfall.pid);
        const cost = await landfall.migrate({ name, namespaces, mapping });
        points.push({ ...cost, count });
        say(`${count} objects: ${seconds(cost.ms / 1000)} s, ${megabytes(cost.workerPeakRssBytes).toFixed(0)} MB`);
      }
    }
    await landfall.end();
    const steal = stealPercent(before);
    return {
      results: [...growth(points, steal, quick), ...bounds(points, steal)],
      tables: [table(points), phases(points)],
      plots: [timePlot(points), memoryPlot(points)],
      notes: [
        'Each run moves everything from the ten namespaces on the source into fresh ones on the target, which keep what earlier runs made. The worker is one process for all runs.',
      ],
    };
  } finally {
    await place.end();
  }
}

/** The slope of time over objects, with what it would be without any single run. */
function growth(points: readonly Point[], stealPercent_: number, quick: boolean): BenchResult[] {
  if (quick) return [];
  const line = points.map(({ count, ms }) => ({ x: count, y: ms }));
  const without = line.map((_, remaining) => growthExponent(line.filter((_point, at) => at !== remaining)));
  const measured: Estimate = {
    ratio: growthExponent(line),
    low: Math.min(...without),
    high: Math.max(...without),
  };
  const repeated = points.flatMap((point, at) => {
    const earlier = points[at - 1];
    return earlier?.count === point.count ? [earlier.ms / point.ms] : [];
  });
  const sizes = points.map(({ count }) => count);
  return [
    judge({
      what: `growth exponent of the time of a migration, ${Math.min(...sizes)} to ${Math.max(...sizes)} objects`,
      direction: 'at most',
      target: 1.05,
      measured,
      control: estimate(repeated),
      stealPercent: stealPercent_,
    }),
  ];
}

/** What is counted and needs no quiet machine. */
function bounds(points: readonly Point[], stealPercent_: number): BenchResult[] {
  const largest = points.reduce((most, point) => (point.count > most.count ? point : most));
  const result = (what: string, target: number, value: number): BenchResult =>
    judge({ what, direction: 'at most', target, measured: counted(value), stealPercent: stealPercent_ });
  const { count } = largest;
  return [
    ...[...new Set(points.map((point) => point.count))]
      .filter((size) => size >= count / 20)
      .map((size) => {
        const peaks = points.filter((point) => point.count === size).map((point) => point.workerPeakRssBytes);
        return result(`migration of ${size} objects: peak RSS of the worker in MB`, 400, megabytes(Math.max(...peaks)));
      }),
    result(`migration of ${count} objects: events in the history of the run`, 5_000, largest.historyEvents),
    result(`migration of ${count} objects: size of the history of the run in MB`, 5, megabytes(largest.historyBytes)),
    result(
      `migration of ${count} objects: API calls on the target an object`,
      1.15,
      largest.targetCalls / largest.objects
    ),
  ];
}

function table(points: readonly Point[]): Table {
  return {
    caption: 'Whole migrations',
    head: [
      'objects',
      'time s',
      'objects a second',
      'CPU s worker',
      'CPU s target API server',
      'CPU s Temporal',
      'peak RSS MB',
      'calls an object (source, target)',
      'history events',
      'history kB',
    ],
    rows: points.map((point) => [
      String(point.count),
      seconds(point.ms / 1000),
      (point.count / (point.ms / 1000)).toFixed(0),
      seconds(point.cpu['worker'] ?? 0),
      seconds(point.cpu['target/kube-apiserver'] ?? 0),
      seconds(point.cpu['temporal'] ?? 0),
      megabytes(point.workerPeakRssBytes).toFixed(0),
      `${(point.sourceCalls / point.count).toFixed(3)}, ${(point.targetCalls / point.count).toFixed(3)}`,
      String(point.historyEvents),
      (point.historyBytes / 1000).toFixed(0),
    ]),
  };
}

function phases(points: readonly Point[]): Table {
  const names = points[0]?.phases.map(({ name }) => name) ?? [];
  return {
    caption: 'The same by phase',
    head: ['objects', ...names.map((name) => `${name} s`)],
    rows: points.map((point) => [
      String(point.count),
      ...names.map((name) => seconds((point.phases.find((phase) => phase.name === name)?.ms ?? 0) / 1000)),
    ]),
  };
}

function timePlot(points: readonly Point[]): Plot {
  const sizes = [...new Set(points.map(({ count }) => count))];
  const middle = (of: (point: Point) => number): (readonly [number, number])[] =>
    sizes.map((size) => [size, median(points.filter(({ count }) => count === size).map(of))] as const);
  return {
    name: 'growth',
    title: 'Time of a whole migration',
    xLabel: 'objects',
    yLabel: 'seconds',
    logarithmic: true,
    series: [
      { name: 'time', points: middle(({ ms }) => ms / 1000) },
      { name: 'CPU of the worker', points: middle(({ cpu }) => cpu['worker'] ?? 0) },
    ],
  };
}

function memoryPlot(points: readonly Point[]): Plot {
  const sizes = [...new Set(points.map(({ count }) => count))];
  const peak = (size: number): number =>
    Math.max(...points.filter(({ count }) => count === size).map((point) => megabytes(point.workerPeakRssBytes)));
  return {
    name: 'memory',
    title: 'Peak RSS of the worker',
    xLabel: 'objects',
    yLabel: 'MB',
    logarithmic: true,
    series: [
      { name: 'peak RSS', points: sizes.map((size) => [size, peak(size)]) },
      { name: 'target', points: sizes.map((size) => [size, 400]) },
    ],
  };
}
