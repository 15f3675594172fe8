import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { workerFlags } from '../../../src/engine/worker-process.ts';
import { processorTime, stealPercent } from '../host.ts';
import { duration, megabytes, type Part, type PartOptions, type PartReport } from '../part.ts';
import type { PlanCost } from '../plan-main.ts';
import { counted, judge } from '../result.ts';
import { estimate, growthExponent, median } from '../statistics.ts';

const full = [3_125, 12_500, 50_000];
const quickSizes = [1_000, 4_000];
/** Processes of the largest size: the interval is over them. */
const runsMax = 5;
const limitMs = 3_000;
const limitMb = 500;

/** Planning without a cluster: translation, own rules, order, plan and its hash. */
export const plan: Part = {
  name: 'plan',
  title: 'Planning (pure): 50,000 objects from VKS to EKS with own rules',
  expectedMinutes: 1,
  inQuick: true,
  run,
};

async function run({ quick, scale, say }: PartOptions): Promise<PartReport> {
  const sizes = quick ? quickSizes : full.map((count) => Math.round(count * scale));
  const before = processorTime();
  const points: PlanCost[] = [];
  for (const count of sizes) {
    const runs = quick ? 1 : count === sizes.at(-1) ? runsMax : 3;
    for (let at = 0; at < runs; at += 1) {
      const cost = await planned(count);
      points.push(cost);
      say(`${count} objects: ${duration(cost.ms)}, ${megabytes(cost.peakRssBytes).toFixed(0)} MB`);
    }
  }
  const steal = stealPercent(before);
  const largest = points.filter((one) => one.planned === Math.max(...points.map(({ planned: count }) => count)));
  const asked = growthExponent(points.map((one) => ({ x: one.planned, y: one.asked })));
  const time = growthExponent(points.map((one) => ({ x: one.planned, y: one.ms })));
  const memory = Math.max(...largest.map((one) => megabytes(one.peakRssBytes)));
  const results = [
    judge({
      what: 'rules asked: growth exponent over objects',
      direction: 'at most',
      target: 1.02,
      measured: counted(asked),
      stealPercent: steal,
    }),
    judge({
      what: 'planning: growth exponent of time over objects',
      direction: 'at most',
      target: 1.15,
      measured: counted(time),
      stealPercent: steal,
    }),
    judge({
      what: `planning 50,000 objects, of ${limitMs / 1000} s`,
      direction: 'at most',
      target: 1,
      measured: estimate(largest.map(({ ms }) => ms / limitMs)),
      stealPercent: steal,
    }),
    judge({
      what: `peak memory of planning 50,000 objects, of ${limitMb} MB`,
      direction: 'at most',
      target: 1,
      measured: counted(memory / limitMb),
      stealPercent: steal,
    }),
  ];
  return {
    // The cut for CI judges what is counted, and that holds at every size.
    results: quick ? results.slice(0, 1) : results,
    tables: [
      {
        caption: 'Planning by number of objects (medians)',
        head: ['objects', 'time', 'times decoding and encoding them', 'rules asked per object', 'peak memory'],
        rows: [...new Set(points.map((one) => one.planned))].map((count) =>
          row(points.filter((one) => one.planned === count))
        ),
      },
    ],
    plots: [],
    notes: [
      'Half of the objects are configuration, half the manifests of VKS the rules are tried with. Each run is a process of its own; memory is the whole process, objects among it.',
    ],
  };
}

function row(points: readonly PlanCost[]): readonly string[] {
  const of = (value: (one: PlanCost) => number): number => median(points.map(value));
  const count = of((one) => one.planned);
  return [
    count.toLocaleString('en'),
    duration(of(({ ms }) => ms)),
    of(({ ms, floorMs }) => ms / floorMs).toFixed(1),
    (of(({ asked }) => asked) / count).toFixed(2),
    `${megabytes(of(({ peakRssBytes }) => peakRssBytes)).toFixed(0)} MB`,
  ];
}

async function planned(count: number): Promise<PlanCost> {
  const program = fileURLToPath(new URL('../plan-main.ts', import.meta.url));
  const child = fork(program, [String(count)], {
    execArgv: [...workerFlags],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const [cost] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`planning ended with ${String(code)}`))),
  ])) as [PlanCost];
  return cost;
}
