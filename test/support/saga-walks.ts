import fc from 'fast-check';
import { SagaWorld, type Journey, type Machine, type Option, type Trouble } from './saga-world.ts';

/** Random numbers below `limit` from a seed: a walk of fast-check's own choices would cost more than the walk. */
function dice(seed: number): (limit: number) => number {
  let state = seed | 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

/** Per thousand events: how often something fails, somebody cancels, something comes that answers nothing. */
interface Weather {
  readonly fails: number;
  readonly cancels: number;
  readonly strays: number;
}

const fair: Weather = { fails: 0, cancels: 0, strays: 0 };

function choose(options: readonly Option[], weather: Weather, roll: (limit: number) => number): Option {
  const drawn = roll(1000);
  const { fails, cancels, strays } = weather;
  const rank = drawn < cancels ? 2 : drawn < cancels + fails ? 1 : drawn < cancels + fails + strays ? 3 : 0;
  const wanted = options.filter((option) => option.rank === rank);
  const from = wanted.length > 0 ? wanted : options;
  return from[roll(from.length)] as Option;
}

/** One walk from the first state to the end; throws as soon as a promise is broken. */
function walk(journey: Journey, weather: Weather, seed: number, walked: Machine): SagaWorld {
  const roll = dice(seed);
  const trouble: Trouble = { failures: roll(8), cancels: roll(3), strays: roll(6) };
  const world = new SagaWorld(walked, journey, trouble);
  // The trouble begins anywhere, else most walks would end at their beginning.
  const quiet = roll(Math.ceil(world.eventsMax * 0.4));
  for (let options = world.options(); options.length > 0; options = world.options()) {
    world.happen(choose(options, world.events < quiet ? fair : weather, roll));
  }
  return world;
}

const applyGroups = fc.tuple(fc.nat({ max: 5 }), fc.nat({ max: 5 })).map(([count, claims]) =>
  Array.from({ length: count }, (_, index) => ({
    name: `apply group ${index}`,
    objects: index,
    claims: index === claims % count,
    settle: index > 0 && index === count - 1,
  }))
);
const claims = fc
  .nat({ max: 6 })
  .map((count) =>
    Array.from({ length: count }, (_, index) => ({ namespace: 'a', name: `${index}`, targetNamespace: 'b' }))
  );
const journeys: fc.Arbitrary<Journey> = fc.record({
  facts: fc.record({
    dryRun: fc.boolean(),
    volumes: fc.constant(true),
    hooks: fc.record({ pre: fc.boolean(), post: fc.boolean() }),
    onFailure: fc.constantFrom('rollback', 'keep'),
    parallel: fc.integer({ min: 1, max: 4 }),
    landfallNamespace: fc.constant('landfall-system'),
    held: fc.boolean(),
  }),
  plan: fc.record({ claims, applyGroups }),
});
const weathers: fc.Arbitrary<Weather> = fc.constantFrom(
  fair,
  { fails: 100, cancels: 5, strays: 5 },
  { fails: 5, cancels: 100, strays: 20 },
  { fails: 300, cancels: 10, strays: 50 },
  { fails: 500, cancels: 20, strays: 0 }
);

const walksPerRun = 60;

/** How many times as far as usual. */
export const patience = Number(process.env['LANDFALL_WALKS'] ?? 1);

export function reportWalks(what: string, { steps, walks }: { readonly steps: number; readonly walks: number }): void {
  console.log(`${steps} steps in ${walks} ${what}`);
}

/** Walks many runs many times; answers how many steps that were and how they ended. */
export function explore(runs: number, walked: Machine) {
  let steps = 0;
  let walks = 0;
  const outcomes = new Set<string>();
  fc.assert(
    fc.property(journeys, weathers, fc.noShrink(fc.integer()), (journey, weather, first) => {
      for (let index = 0; index < walksPerRun; index += 1) {
        const { events, ended } = walk(journey, weather, Math.imul(first + index, 0x9e3779b1), walked);
        steps += events;
        walks += 1;
        outcomes.add(`${ended?.outcome} ${ended?.exitCode}`);
      }
    }),
    { numRuns: runs }
  );
  return { steps, walks, outcomes: [...outcomes].sort() };
}

/** What breaks on walks that are the same every time, until the promise that is looked for is among it. */
export function brokenPromises(walked: Machine, searchedFor?: RegExp): string[] {
  const broken = new Set<string>();
  const drawn = fc.sample(fc.tuple(journeys, weathers, fc.integer()), { numRuns: 400, seed: 1 });
  for (const [journey, weather, first] of drawn) {
    for (let index = 0; index < walksPerRun; index += 1) {
      try {
        walk(journey, weather, Math.imul(first + index, 0x9e3779b1), walked);
      } catch (error) {
        const [promise = ''] = (error as Error).message.split('\n');
        broken.add(promise);
        if (searchedFor?.test(promise)) return [promise];
      }
    }
  }
  return [...broken].sort();
}

/** Walks every way there is through one run with at most so much trouble. */
export function exhaust(journey: Journey, trouble: Trouble, walked: Machine): { steps: number; walks: number } {
  let path: number[] = [];
  let steps = 0;
  let walks = 0;
  do {
    const world = new SagaWorld(walked, journey, { ...trouble });
    const widths: number[] = [];
    for (let options = world.options(); options.length > 0; options = world.options()) {
      const at = path[widths.length] ?? 0;
      path[widths.length] = at;
      widths.push(options.length);
      world.happen(options[at] as Option);
    }
    steps += world.events;
    walks += 1;
    while (path.length > 0 && (path.at(-1) ?? 0) + 1 >= (widths[path.length - 1] ?? 0)) path.pop();
    const last = path.length - 1;
    path = path.map((at, index) => (index === last ? at + 1 : at));
  } while (path.length > 0);
  return { steps, walks };
}
