import { discard, runTrial, type Ended } from './run-trial.ts';
import { plantSource } from './fixture.ts';
import { makePoint } from './make-point.ts';
import { readLane, type Lane } from './lane.ts';
import { expectedOf, judge, type Expected } from './oracle/judge.ts';
import { failpointOf, type Inventory, type Strike } from './trial.ts';
import type { ShapeName } from './shape.ts';
import { shapeNames } from './shape.ts';

/** What every trial is drawn from and compared with. */
export interface Undisturbed {
  readonly inventories: Readonly<Record<ShapeName, Inventory>>;
  readonly expected: Readonly<Record<ShapeName, Expected>>;
}

/** Plants the application of a lane, backs it up, and remembers the source as it is then. */
export async function prepareLane(lane: Lane): Promise<void> {
  await plantSource(lane);
  lane.point = await makePoint(lane);
  lane.before = await readLane(lane, 'source');
}

/** A cancel when everything is applied and nothing verified: everything there is to undo is undone. */
const cancelAtEnd: Strike = {
  ...{ fault: 'cancelled', failpoint: 'location.create runs/parity', nth: 1, moment: 'before' },
  action: { do: 'cancel' },
};

/** Runs each fixture undisturbed, and once with a cancel at the end: which effects there are, and how it should end. */
export async function recordUndisturbed(lanes: readonly Lane[], say: (line: string) => void): Promise<Undisturbed> {
  const inventories: Partial<Record<ShapeName, Inventory>> = {};
  const expected: Partial<Record<ShapeName, Expected>> = {};
  const queue = [...shapeNames];
  const record = async (lane: Lane): Promise<void> => {
    for (let shape = queue.shift(); shape !== undefined; shape = queue.shift()) {
      const recorded = await recordShape(lane, shape, say);
      inventories[shape] = recorded.inventory;
      expected[shape] = recorded.expected;
    }
  };
  await Promise.all(lanes.map(record));
  return { inventories, expected } as Undisturbed;
}

async function recordShape(
  lane: Lane,
  shape: ShapeName,
  say: (line: string) => void
): Promise<{ readonly inventory: Inventory; readonly expected: Expected }> {
  const at = shapeNames.indexOf(shape);
  const forward = { seed: 900_000 + at, shape, strikes: [] };
  const ended = await runTrial(lane, forward);
  const expected = await expectedOf(lane, ended);
  const verdict = await judge(lane, forward, ended, expected);
  if (verdict.outcome !== 'equal') throw new Error(`undisturbed ${shape}: ${verdict.problems.join('\n')}`);
  discard(lane, forward, ended);
  const back = { seed: 910_000 + at, shape, strikes: [cancelAtEnd] };
  const turned = await runTrial(lane, back);
  const judged = await judge(lane, back, turned, undefined);
  if (judged.outcome !== 'rolled-back') throw new Error(`undisturbed undo of ${shape}: ${judged.problems.join('\n')}`);
  discard(lane, back, turned);
  const counts = count(ended);
  const seconds = [ended, turned].map(({ durationMs }) => `${(durationMs / 1_000).toFixed(1)} s`);
  say(
    `undisturbed ${shape}: ${expected.target.size} objects, ${Object.keys(counts).length} kinds of failpoint, ` +
      `${ended.effects.length} effects, ${seconds[0]}; and back: ${seconds[1]}`
  );
  return { inventory: { forward: counts, undo: difference(count(turned), counts) }, expected };
}

function count({ effects }: Ended): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const effect of effects) counts[failpointOf(effect)] = (counts[failpointOf(effect)] ?? 0) + 1;
  return counts;
}

/** Classes of effects that only a run that rolls back has. */
function difference(all: Record<string, number>, without: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(all).filter(([failpoint]) => without[failpoint] === undefined));
}
