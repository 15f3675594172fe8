import type { FaultAction, FaultKind } from './faults/catalogue.ts';
import { faultKinds } from './faults/catalogue.ts';
import { randomFrom, type Random } from './random.ts';
import type { ShapeName, Moment } from './shape.ts';

/** How often each class of effects happens in an undisturbed run, and in an undisturbed undo. */
export interface Inventory {
  readonly forward: Readonly<Record<string, number>>;
  readonly undo: Readonly<Record<string, number>>;
}

export interface Strike {
  readonly fault: string;
  readonly failpoint: string;
  /** Which effect of the class, from 1, counted by each worker. */
  readonly nth: number;
  readonly moment: Moment;
  readonly action: FaultAction;
}

/** Everything a seed decides. */
export interface Trial {
  readonly seed: number;
  readonly shape: ShapeName;
  readonly strikes: readonly Strike[];
}

/** The class of an effect: what it does to which kind of thing, without names that change from run to run. */
export function failpointOf(effect: string): string {
  const [verb = '', subject = ''] = effect.split(/ (.*)/s);
  if (!verb.startsWith('location.')) return `${verb} ${subject.split(' ', 1)[0] ?? ''}`;
  const [root = '', second = '', third = ''] = subject.split('/');
  const what = root === 'runs' ? `runs/${third}` : root === 'objects' ? `objects/${second}` : root;
  return `${verb} ${what}`;
}

/** The last effects before an undisturbed run ends: a cancel here undoes everything. */
const lastForward = { failpoint: 'location.create runs/parity', nth: 1, moment: 'before' } as const;
/** Of the fault matrix: definitions and versions that go away in the middle. */
const definitionRow = '10';
const secondStrike = 0.2;
const undoWay = 0.15;

/** Draws the trial of a seed: fault, fixture, failpoint, which of its class, moment, parameters, perhaps a second strike. */
export function drawTrial(seed: number, inventories: Readonly<Record<ShapeName, Inventory>>, only?: string): Trial {
  const random = randomFrom(seed);
  const kinds = faultKinds.filter(({ since = 0 }) => seed >= since);
  const kind = only === undefined ? random.weighted(kinds) : kindNamed(only);
  const shape = random.one(shapesOf(kind, seed));
  const inventory = inventories[shape];
  if (kind.duringUndo === true && random.next() < undoWay) {
    const cancel: Strike = { fault: 'cancelled', ...lastForward, action: { do: 'cancel' } };
    return { seed, shape, strikes: [cancel, strikeAt(random, kind, inventory.undo)] };
  }
  const first = strikeAt(random, kind, inventory.forward);
  if (kind.exclusive === true || random.next() >= secondStrike) return { seed, shape, strikes: [first] };
  const others = kinds.filter((other) => other.exclusive !== true && fits(other, shape));
  const second = random.weighted(others);
  // Two of them on one definition bring the source to a third state, which a run copies faithfully: nothing to compare with.
  if (kind.row === definitionRow && second.row === definitionRow) return { seed, shape, strikes: [first] };
  return { seed, shape, strikes: [first, strikeAt(random, second, inventory.forward)] };
}

/** The first seed that may draw a restore: earlier ones keep their meaning. */
const restoresSince = 30_000;

function shapesOf({ shapes, onSource }: FaultKind, seed: number): readonly ShapeName[] {
  const of = shapes ?? (['fresh', 'fresh', 'existing'] as const);
  const restores = seed >= restoresSince && onSource !== true && of.includes('fresh');
  return restores ? [...of, 'restored', 'restored'] : of;
}

function fits({ shapes, onSource }: FaultKind, shape: ShapeName): boolean {
  if (shape !== 'restored') return (shapes ?? [shape]).includes(shape);
  return onSource !== true && (shapes ?? ['fresh']).includes('fresh');
}

function strikeAt(random: Random, kind: FaultKind, counts: Readonly<Record<string, number>>): Strike {
  const failpoints = Object.keys(counts)
    .filter((failpoint) => (kind.at === undefined ? !failpoint.startsWith('activity.') : kind.at.test(failpoint)))
    .sort();
  const failpoint = random.one(failpoints);
  return {
    fault: kind.name,
    failpoint,
    nth: random.between(1, counts[failpoint] ?? 1),
    moment: random.one(kind.moments ?? (['before', 'after'] as const)),
    action: kind.draw(random),
  };
}

export function kindNamed(name: string): FaultKind {
  const kind = faultKinds.find((one) => one.name === name);
  if (kind === undefined)
    throw new Error(`no fault ${name}; there are: ${faultKinds.map((one) => one.name).join(', ')}`);
  return kind;
}

/** A trial in one line. */
export function describeTrial({ shape, strikes }: Trial): string {
  const said = strikes.map(
    ({ fault, failpoint, nth, moment, action }) => `${fault} ${moment} ${failpoint} #${nth}${parametersOf(action)}`
  );
  return `${shape}: ${said.join(', then ')}`;
}

function parametersOf({ do: _, ...parameters }: FaultAction): string {
  const text = Object.entries(parameters).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return text.length === 0 ? '' : ` (${text.join(' ')})`;
}
