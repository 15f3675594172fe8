import { randomFrom, type Random } from '../random.ts';
import type { Strike } from '../trial.ts';
import { describeOperation, type Operation } from './operation.ts';

export interface Step {
  readonly operation: Operation;
  readonly strikes: readonly Strike[];
}

/** Everything the seed of a history decides. */
export interface History {
  readonly seed: number;
  readonly steps: readonly Step[];
}

/** The first seed of a history, and the first that is none any more. */
const [first, end] = [40_000, 900_000];

export function isHistory(seed: number): boolean {
  return seed >= first && seed < end;
}

/** Where each operation has an effect: the failpoints of its runs, and how many of the class there are at least. */
const failpoints: Readonly<Record<Exclude<Operation['do'], 'damage'>, readonly (readonly [string, number])[]>> = {
  backup: [
    ['location.put points', 2],
    ['location.create runs/kinds', 1],
    ['location.create objects/segments', 4],
    ['location.create objects/indexes', 1],
    ['location.create points', 1],
    ['location.delete points', 1],
  ],
  restore: [
    ['location.put points', 2],
    ['location.create runs/plan', 1],
    ['target.create Namespace', 1],
    ['target.create ConfigMap', 6],
    ['location.create runs/parity', 1],
    ['location.delete points', 1],
  ],
  delete: [
    ['location.create points', 1],
    ['location.create sweeps', 1],
    ['location.delete points', 1],
    ['location.delete objects', 2],
    ['location.delete sweeps', 1],
  ],
  prune: [
    ['location.create points', 1],
    ['location.create sweeps', 1],
    ['location.delete points', 1],
    ['location.delete objects', 2],
  ],
  sweep: [
    ['location.create sweeps', 1],
    ['location.delete objects', 2],
    ['location.delete sweeps', 1],
  ],
  verify: [['location.create point-runs', 3]],
};

const middleSteps = { low: 4, high: 6 } as const;
const struckShare = 0.6;
const damagedShare = 0.3;

/** Draws a history: a backup, a few operations on what there is by then, and now and then a damage that must come to light. */
export function drawHistory(seed: number): History {
  const random = randomFrom(seed);
  const steps: Step[] = [];
  let points = 0;
  const add = (operation: Operation, isStruck: boolean): void => {
    steps.push({ operation, strikes: isStruck ? [strikeFor(random, operation, points)] : [] });
    if (operation.do === 'backup') points += 1;
  };
  add({ do: 'backup' }, false);
  const count = random.between(middleSteps.low, middleSteps.high);
  for (let at = 0; at < count; at += 1) add(drawOperation(random, points), random.next() < struckShare);
  if (random.next() < damagedShare) {
    const point = random.between(0, points - 1);
    add({ do: 'damage', point, how: random.one(['truncated', 'flipped', 'removed'] as const) }, false);
    add({ do: 'verify' }, false);
    add({ do: 'restore', point }, false);
  }
  return { seed, steps };
}

function drawOperation(random: Random, points: number): Operation {
  const { verb } = random.weighted([
    { verb: 'backup', weight: 4 },
    { verb: 'restore', weight: 4 },
    { verb: 'delete', weight: 3 },
    { verb: 'prune', weight: 1 },
    { verb: 'sweep', weight: 1 },
    { verb: 'verify', weight: 1 },
  ] as const);
  if (verb === 'prune') return { do: verb, keepLast: random.between(1, 2) };
  if (verb === 'restore' || verb === 'delete') return { do: verb, point: random.between(0, points - 1) };
  return { do: verb };
}

function strikeFor(random: Random, operation: Operation, points: number): Strike {
  if (operation.do === 'damage') throw new Error('nothing runs that could be struck');
  const [failpoint, most] = random.one(failpoints[operation.do]);
  const at = { failpoint, nth: random.between(1, most), moment: random.one(['before', 'after'] as const) };
  const { kind } = random.weighted([
    { kind: 'worker-killed', weight: 4 },
    { kind: 'cancelled', weight: 3 },
    { kind: 'temporal-gone', weight: 1 },
    { kind: 'store-gone', weight: 2 },
    { kind: 'beside', weight: 5 },
  ] as const);
  switch (kind) {
    case 'worker-killed':
      return { fault: kind, ...at, action: { do: 'kill' } };
    case 'cancelled':
      return { fault: kind, ...at, action: { do: 'cancel' } };
    case 'temporal-gone':
      return { fault: kind, ...at, action: { do: 'temporal', goneMs: random.between(2, 8) * 1_000 } };
    case 'store-gone':
      return { fault: kind, ...at, action: { do: 'gone', at: 'store', forMs: random.between(2, 8) * 1_000 } };
    case 'beside':
      return { fault: kind, ...at, action: { do: 'beside', operation: drawOperation(random, Math.max(1, points)) } };
  }
}

/** A history in one line. */
export function describeHistory({ steps }: Pick<History, 'steps'>): string {
  return steps
    .map(({ operation, strikes: [strike] }) => {
      if (strike === undefined) return describeOperation(operation);
      const { fault, failpoint, nth, moment, action } = strike;
      const what = action.do === 'beside' ? describeOperation(action.operation) : fault;
      return `${describeOperation(operation)} (${what} ${moment} ${failpoint} #${nth})`;
    })
    .join(', ');
}
