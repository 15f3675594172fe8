import { describe, expect, it } from 'vitest';
import { faultKinds } from './faults/catalogue.ts';
import { drawTrial, kindNamed, failpointOf, type Inventory } from './trial.ts';
import { shapeNames, type ShapeName } from './shape.ts';

const inventory: Inventory = {
  forward: {
    'location.create probe': 1,
    'location.create runs/kinds': 1,
    'location.create runs/plan': 1,
    'location.create runs/parity': 1,
    'location.create objects/segments': 20,
    'target.create ConfigMap': 17,
    'target.patch Namespace': 1,
    'activity.applyBatch ': 9,
  },
  undo: { 'target.delete ConfigMap': 17, 'activity.undoBatch ': 9 },
};
const inventories = Object.fromEntries(shapeNames.map((name) => [name, inventory])) as Record<ShapeName, Inventory>;
const draw = (seed: number, only?: string) => drawTrial(seed, inventories, only);
const seeds = Array.from({ length: 2_000 }, (_, seed) => seed);

describe('a seed', () => {
  it('draws the same trial every time, and neighbours draw others', () => {
    expect(seeds.map((seed) => draw(seed))).toEqual(seeds.map((seed) => draw(seed)));
    const texts = seeds.map((seed) => JSON.stringify({ ...draw(seed), seed: 0 }));
    expect(new Set(texts).size).toBeGreaterThan(1_500);
  });

  it('strikes effects that happen, at places the fault is for', () => {
    for (const { shape, strikes } of seeds.map((seed) => draw(seed))) {
      for (const [index, { fault, failpoint, nth, moment }] of strikes.entries()) {
        const kind = kindNamed(fault);
        const happens = inventory.forward[failpoint] ?? (index === 1 ? inventory.undo[failpoint] : undefined) ?? 0;
        expect(nth).toBeLessThanOrEqual(happens);
        expect(kind.shapes ?? [shape]).toContain(shape);
        expect(kind.moments ?? [moment]).toContain(moment);
      }
    }
  });

  it('is about a restore only from 30,000 on, and then strikes nothing that a restore does not ask', () => {
    expect(seeds.map((seed) => draw(seed)).filter(({ shape }) => shape === 'restored')).toEqual([]);
    const later = Array.from({ length: 2_000 }, (_, at) => draw(30_000 + at));
    const restores = later.filter(({ shape }) => shape === 'restored');
    expect(restores.length).toBeGreaterThan(400);
    const kinds = restores.flatMap(({ strikes }) => strikes.map(({ fault }) => kindNamed(fault)));
    expect(kinds.filter(({ onSource, expect: wanted }) => onSource === true || wanted === 'incomplete')).toEqual([]);
  });

  it('comes to every kind of fault', () => {
    const met = new Set(seeds.flatMap((seed) => draw(seed).strikes.map(({ fault }) => fault)));
    expect([...met].sort()).toEqual(faultKinds.map(({ name }) => name).sort());
  });

  it('keeps its meaning when kinds of faults are added', () => {
    const first = seeds.slice(0, 500).map((seed) => draw(seed));
    expect(first.flatMap(({ strikes }) => strikes.filter(({ fault }) => kindNamed(fault).since !== undefined))).toEqual(
      []
    );
    const late = faultKinds.findIndex(({ since }) => since !== undefined);
    expect(faultKinds.slice(late).every(({ since = 0 }) => since >= 500)).toBe(true);
  });

  it('may be given its fault', () => {
    expect(draw(3, 'store-gone').strikes[0]?.fault).toMatch(/^(store-gone|cancelled)$/);
    expect(() => draw(3, 'nothing')).toThrow(/there are: worker-killed/);
  });
});

it.each([
  ['target.create ConfigMap shop/web', 'target.create ConfigMap'],
  ['target.create Namespace shop', 'target.create Namespace'],
  ['location.create objects/segments/ab/abcd', 'location.create objects/segments'],
  ['location.create runs/shop-7f3k/plan/abcd.json', 'location.create runs/plan'],
  ['location.create points/shop-7f3k/manifest.json', 'location.create points'],
  ['location.delete probe/6a9c', 'location.delete probe'],
  ['activity.applyBatch ', 'activity.applyBatch '],
])('%s is of the class %s', (effect, failpoint) => {
  expect(failpointOf(effect)).toBe(failpoint);
});
