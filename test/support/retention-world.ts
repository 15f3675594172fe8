import { setImmediate } from 'node:timers/promises';
import { mergeIndexes, type MergedIndex } from '../../src/archive/index-file.ts';
import { markPoint } from '../../src/archive/mark-point.ts';
import { listPointFacts } from '../../src/archive/point-facts.ts';
import { commitRecoveryPoint } from '../../src/archive/recovery-point.ts';
import { createSweepFence } from '../../src/archive/sweep-fence.ts';
import { sweepLocation } from '../../src/archive/sweep.ts';
import { refuseDuringSweep, releasePoint, usePoint } from '../../src/archive/use-point.ts';
import { verifyRecoveryPoint } from '../../src/archive/verify.ts';
import type { StoredRef } from '../../src/core/stored-ref.ts';
import { isLandfallError } from '../../src/core/errors.ts';
import { whyNotDeleted } from '../../src/core/retention/choose-points.ts';
import { createMemoryLocation, type MemoryStore } from './memory-location.ts';
import { surround } from '../../src/locations/operation.ts';
import type { Location } from '../../src/ports/location.ts';
import { capture, content, readAll, sample, type Sample } from '../contract/location-capture.ts';

/** An attempt that ends in the middle of a request, before or after its effect, and informs nobody. */
class Crash extends Error {}

/** Lists of objects, one segment each: points share some of them. */
const lists = ['a', 'b', 'c', 'd'].map((kind): Sample[] =>
  [1, 2].map((at) => sample(`${kind}-${at}`, `{"${kind}":${at}}`, { kind: `Kind${kind}` }))
);

const hourMs = 3_600_000;

/** What the world does, by a seed. */
export interface WorldOptions {
  readonly seed: number;
  readonly episodes: number;
}

/** What happened, so that a test can see that the model meets what it is about. */
export interface WorldCounts {
  committed: number;
  read: number;
  refused: number;
  marked: number;
  swept: number;
  crashed: number;
  waited: number;
  held: number;
}

/**
 * Writers, readers, deleters and sweepers on one Location, run by the code they run by in earnest. Every request, every
 * single key of a list, is a step; the seed says whose comes next and who dies. Between episodes hours pass, and runs
 * that were left in the middle go on. After each episode every point that is not marked has to be whole.
 */
export async function runWorld({ seed, episodes }: WorldOptions): Promise<WorldCounts> {
  const random = generator(seed);
  const world = createWorld(random);
  for (let episode = 0; episode < episodes; episode += 1) {
    await world.episode();
    await world.check();
    world.pass([60_000, 2 * hourMs, 100 * hourMs][Math.floor(random() * 3)] ?? 0);
  }
  await world.empty();
  return world.counts;
}

type Activity = () => Promise<unknown>;

/** A run: activities one after the other, of which an episode does some. */
interface Run {
  readonly id: string;
  readonly point: string;
  readonly activities: Activity[];
  readonly location: Location;
  isDead: boolean;
}

function createWorld(random: () => number) {
  const store: MemoryStore = new Map();
  const counts = { committed: 0, read: 0, refused: 0, marked: 0, swept: 0, crashed: 0, waited: 0, held: 0 };
  let clockMs = Date.UTC(2026, 0);
  const tick = (): number => (clockMs += 1);
  const memory = createMemoryLocation('m', store, tick);
  const runs: Run[] = [];
  const waiting: (() => void)[] = [];
  let number = 0;

  const turn = (): Promise<void> => new Promise((resolve) => waiting.push(resolve));

  /** An activity that takes long: others do much meanwhile. */
  const dawdle = async (): Promise<void> => {
    for (let turns = Math.floor(random() * 100); turns > 0; turns -= 1) await turn();
  };

  /** A connection of one process, which dies at the request of that number. */
  const connect = (diesAt = Infinity): Location => {
    let requests = 0;
    return surround(memory, async (_operation, _key, call) => {
      await turn();
      requests += 1;
      if (requests > diesAt || (requests === diesAt && random() < 0.5)) throw new Crash();
      const result = await call();
      if (requests >= diesAt) throw new Crash();
      return result;
    });
  };

  const begin = async (location: Location, use: { readonly point: string; readonly run: string }): Promise<void> => {
    await usePoint(location, use, { nowMs: clockMs });
    await refuseDuringSweep(location, use, { nowMs: clockMs });
  };

  const writer = (): Run => {
    const id = `run-${(number += 1)}`;
    const location = connect(random() < 0.1 ? 1 + Math.floor(random() * 40) : Infinity);
    const use = { point: id, run: id };
    const mine = lists.filter(() => random() < 0.5);
    const partials: StoredRef[] = [];
    let merged: MergedIndex | undefined;
    const steps: readonly Activity[] = [
      async () => {
        for (const objects of mine) partials.push((await capture(location, objects)).index ?? fail());
      },
      async () => {
        merged = await mergeIndexes(location, partials);
      },
      async () => {
        const { parts, contents, ...found } = merged ?? fail();
        const refers = { indexes: parts, ...(contents && { contents }) };
        await commitRecoveryPoint(location, { ...content(id), counts: { ...found, excluded: 0 }, ...refers });
        counts.committed += 1;
      },
    ];
    const kept = steps.map((step) => async () => {
      await usePoint(location, use, { nowMs: clockMs });
      if (random() < 0.3) await dawdle();
      await step();
    });
    const activities = [() => begin(location, use), ...kept, () => releasePoint(location, use)];
    return { id, point: id, activities, location, isDead: false };
  };

  const reader = (point: string): Run => {
    const run = `reader-${(number += 1)}`;
    const location = connect(random() < 0.2 ? 1 + Math.floor(random() * 20) : Infinity);
    const use = { point, run };
    const read: Activity = async () => {
      await usePoint(location, use, { nowMs: clockMs });
      await dawdle();
      await readAll(location, point);
      counts.read += 1;
    };
    return { id: run, point, activities: [read, read, () => releasePoint(location, use)], location, isDead: false };
  };

  const advance = async (run: Run): Promise<void> => {
    const parksAt = Math.floor(random() * 6);
    for (let done = 0; done < parksAt || parksAt === 5; done += 1) {
      const [activity] = run.activities;
      if (activity === undefined) return;
      try {
        await activity();
        run.activities.shift();
      } catch (error) {
        if (isLandfallError(error, 'LOCATION_SWEEPING')) {
          counts.waited += 1;
          return;
        }
        run.isDead = true;
        if (error instanceof Crash) counts.crashed += 1;
        else if (isLandfallError(error, 'RECOVERY_POINT_DELETED')) counts.refused += 1;
        else throw error;
        return;
      }
    }
  };

  const deleter = async (): Promise<void> => {
    const location = connect();
    const points = await listPointFacts(location);
    const point = points[Math.floor(random() * points.length)];
    if (point === undefined) return;
    // Who looked before a run began marks all the same: that is the race. A run that is left to sleep is spared.
    const isRude = random() < 0.5 && point.committedAtMs !== undefined;
    if (!isRude && (whyNotDeleted(point, clockMs) !== undefined || isAsleep(point.id))) return;
    if (await markPoint(location, point.id, { run: 'deleter', nowMs: clockMs })) counts.marked += 1;
  };

  const sweeper = async (): Promise<void> => {
    const location = connect(random() < 0.1 ? 1 + Math.floor(random() * 60) : Infinity);
    const clocks = { monotonicMs: () => clockMs, wallMs: () => clockMs };
    try {
      const graceMs = random() < 0.5 ? 0 : hourMs;
      // Of few runs: an attempt of one goes on beside what a dead or slow one of the same run has left.
      const run = random() < 0.5 ? 'sweeper-1' : 'sweeper-2';
      const fence = createSweepFence(clocks);
      const { points, holds } = await sweepLocation(location, { run, graceMs, fence });
      counts.swept += points.length;
      counts.held += holds.length > 0 ? 1 : 0;
    } catch (error) {
      if (error instanceof Crash) counts.crashed += 1;
      else if (!isLandfallError(error, 'LOCATION_SWEEPING')) throw error;
    }
  };

  const isAsleep = (id: string): boolean =>
    runs.some((run) => run.id === id && !run.isDead && run.activities.length > 0) && random() < 0.9;

  const drive = async (actors: readonly Promise<void>[]): Promise<void> => {
    let isOver = false;
    const all = Promise.all(actors).finally(() => (isOver = true));
    all.catch(() => undefined);
    while (!isOver) {
      await setImmediate();
      const [next] = waiting.splice(Math.floor(random() * waiting.length), 1);
      next?.();
    }
    await all;
  };

  const committed = (): string[] =>
    [...store.keys()].flatMap((key) => /^points\/(.+)\/manifest\.json$/.exec(key)?.[1] ?? []);

  return {
    counts,
    pass: (ms: number) => void (clockMs += ms),
    async episode(): Promise<void> {
      const isQuiet = random() < 0.3;
      const writers = isQuiet ? 0 : Math.floor(random() * 3);
      for (let at = 0; at < writers; at += 1) runs.push(writer());
      for (const point of committed()) if (random() < 0.3) runs.push(reader(point));
      const going = (isQuiet ? [] : runs).filter(({ isDead, activities }) => !isDead && activities.length > 0);
      const others = Array.from({ length: 4 }, () => (random() < 0.5 ? deleter() : sweeper()));
      await drive([...going.map(advance), ...others]);
    },
    /** Every point that is not marked is whole. */
    async check(): Promise<void> {
      for (const point of committed()) {
        if (store.has(`points/${point}/deleted.json`)) continue;
        const { problems } = await verifyRecoveryPoint(memory, point);
        if (problems.length > 0) throw new Error(`${point} has lost something: ${JSON.stringify(problems)}`);
      }
    },
    /** Nothing stays when nothing is needed: all runs are silent, every point is marked. */
    async empty(): Promise<void> {
      clockMs += 200 * hourMs;
      for (const { id } of await listPointFacts(memory))
        await markPoint(memory, id, { run: 'deleter', nowMs: clockMs });
      clockMs += 2 * hourMs;
      const clocks = { monotonicMs: () => clockMs, wallMs: () => clockMs };
      await sweepLocation(memory, { run: 'sweeper-3', graceMs: hourMs, fence: createSweepFence(clocks) });
      const remaining = [...store.keys()].filter((key) => !/^points\/[^/]+\/deleted\.json$/.test(key));
      if (remaining.length > 0) throw new Error(`left when nothing is needed: ${remaining.join(', ')}`);
    },
  };
}

function fail(): never {
  throw new Error('an activity came before the one it needs');
}

/** mulberry32: small, and the same everywhere. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
