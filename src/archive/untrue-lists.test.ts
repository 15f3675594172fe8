import { describe, expect, it } from 'vitest';
import { commit, sample } from '../../test/contract/location-capture.ts';
import { createMemoryLocation, type MemoryStore } from '../../test/support/memory-location.ts';
import type { ListedObject, ListOptions, Location } from '../ports/location.ts';
import { segmentKey } from './layout.ts';
import { markPoint } from './mark-point.ts';
import { listPointFacts } from './point-facts.ts';
import { openRecoveryPoint } from './recovery-point.ts';
import { createSweepFence } from './sweep-fence.ts';
import { sweepLocation } from './sweep.ts';
import { refuseDuringSweep, usePoint } from './use-point.ts';

const hour = 3_600_000;
const ids = ['a', 'b', 'c', 'd', 'e'];

interface World {
  readonly store: MemoryStore;
  readonly memory: Location;
  /** The clock of the store; that of the machine is right. */
  readonly clock: { storeMs: number; machineMs: number };
}

/** Five points with content of their own, of which `a` is marked since two hours; each has objects of its run. */
async function world(): Promise<World> {
  const clock = { storeMs: 1_000 * hour, machineMs: 1_000 * hour };
  const store: MemoryStore = new Map();
  const memory = createMemoryLocation('m', store, () => clock.storeMs);
  for (const id of ids) {
    await commit(memory, id, [[sample(`only-${id}`, `{"of":"${id}"}`)], [sample('same', '{}', { kind: 'Same' })]]);
    await memory.create(`runs/${id}/plan/${'0'.repeat(64)}.json`, Buffer.from('{}'));
  }
  await markPoint(memory, 'a', { run: 'prune-1', nowMs: clock.machineMs });
  clock.storeMs += 2 * hour;
  clock.machineMs += 2 * hour;
  return { store, memory, clock };
}

type Lie = (keys: readonly ListedObject[], prefix: string, options: ListOptions) => readonly ListedObject[];

function lying({ memory }: World, lie: Lie): Location {
  return {
    ...memory,
    async *list(prefix, options = {}) {
      const keys = await Array.fromAsync(memory.list(prefix, options));
      yield* lie(keys, prefix, options);
    },
  };
}

async function sweep(location: Location, { clock }: World, graceMs = hour): ReturnType<typeof sweepLocation> {
  const fence = createSweepFence({ monotonicMs: () => clock.machineMs, wallMs: () => clock.machineMs });
  return sweepLocation(location, { run: 'prune-1', graceMs, fence });
}

function keysOf({ store }: World): string[] {
  return [...store.keys()].filter((key) => !key.startsWith('sweeps/')).toSorted();
}

const pointKey = (id: string): RegExp => new RegExp(`^points/${id}/`, 'u');

const lies: readonly (readonly [string, Lie])[] = [
  ['ends after three keys', (keys) => keys.slice(0, 3)],
  ['ends before the last key', (keys) => keys.slice(0, Math.max(1, keys.length - 1))],
  ['omits the first key', (keys) => keys.slice(Math.min(keys.length - 1, 1))],
  ['skips the key at the border of its pages', (keys, _, { pageSize }) => keys.filter((__, at) => at !== pageSize)],
  [
    'gives large pages only up to some key',
    (keys, _, { pageSize }) => (pageSize === undefined ? keys.slice(0, 2) : keys),
  ],
  ['never shows one point', (keys) => keys.filter(({ key }) => !pointKey('c').test(key))],
  ['shows nothing of points', (keys, prefix) => (prefix === 'points/' ? [] : keys)],
  ['does not show what was written last', (keys) => keys.filter(({ key }) => !/^points\/[-~]/u.test(key))],
  ['lacks content that a point refers to', (keys) => keys.filter(({ key }) => !key.startsWith('objects/segments/'))],
];

describe('a sweep by lists that are not whole', () => {
  it.each(lies)('removes nothing when the store %s', async (_name, lie) => {
    const at = await world();
    const before = keysOf(at);
    for (const graceMs of [0, hour]) {
      await expect(sweep(lying(at, lie), at, graceMs)).rejects.toMatchObject({ code: 'LOCATION_LIST_INCOMPLETE' });
      expect(keysOf(at)).toEqual(before);
    }
    expect([...at.store.keys()].filter((key) => key.startsWith('sweeps/'))).toEqual([]);
  });

  it('goes on with lists that are whole, and takes only what the marked point alone refers to', async () => {
    const at = await world();
    const swept = await sweep(at.memory, at);
    expect(swept).toMatchObject({ points: ['a'], holds: [], isDone: true });
    expect(swept.problem).toBeUndefined();
    expect((await listPointFacts(at.memory)).filter(({ committedAtMs }) => committedAtMs).map(({ id }) => id)).toEqual(
      ids.slice(1)
    );
  });

  it('removes no content when some of a point that stays is gone', async () => {
    const at = await world();
    for await (const { segment } of (await openRecoveryPoint(at.memory, 'b')).readIndex()) {
      at.store.delete(segmentKey(segment));
    }
    const before = keysOf(at).filter((key) => key.startsWith('objects/'));
    const swept = await sweep(at.memory, at);
    expect(swept.problem?.code).toBe('STORED_OBJECT_MISSING');
    expect(keysOf(at).filter((key) => key.startsWith('objects/'))).toEqual(before);
  });
});

describe('a list of points', () => {
  it.each(lies.slice(0, 7))('is refused when the store %s', async (_name, lie) => {
    await expect(listPointFacts(lying(await world(), lie))).rejects.toMatchObject({ code: 'LOCATION_LIST_INCOMPLETE' });
  });

  it('takes what comes and goes while it is made for what it is', async () => {
    const at = await world();
    let lists = 0;
    const busy = lying(at, (keys) => keys);
    const location: Location = {
      ...busy,
      async *list(prefix, options) {
        lists += 1;
        if (prefix === 'points/' && lists % 2 === 0) await usePoint(at.memory, { point: 'b', run: `reader-${lists}` });
        if (prefix === 'points/' && lists % 3 === 0) await at.memory.delete(`points/b/uses/reader-${lists - 1}.json`);
        yield* busy.list(prefix, options);
      },
    };
    expect((await listPointFacts(location)).map(({ id }) => id)).toEqual(ids);
  });
});

describe('a sweep by clocks that are wrong', () => {
  it('takes nothing for old because the clock of the store jumps ahead', async () => {
    const at = await world();
    await at.memory.delete('points/a/deleted.json');
    await sweep(at.memory, at);
    await usePoint(at.memory, { point: 'b', run: 'reader' }, { nowMs: at.clock.machineMs });
    for (const id of ['a', 'b']) await markPoint(at.memory, id, { run: 'prune-1', nowMs: at.clock.machineMs });
    at.clock.storeMs += 1_000 * hour;
    const before = keysOf(at);
    const swept = await sweep(at.memory, at);
    expect(swept).toMatchObject({ points: [], clockAheadMs: 1_000 * hour });
    expect(keysOf(at)).toEqual(before);
  });

  it('takes a mark for as old as whoever set it says, where the store says it is older', async () => {
    const at = await world();
    at.clock.storeMs -= 900 * hour;
    await markPoint(at.memory, 'b', { run: 'prune-1', nowMs: at.clock.machineMs });
    at.clock.storeMs += 900 * hour;
    const { points, waiting } = await sweep(at.memory, at);
    expect([points, waiting.map(({ point }) => point)]).toEqual([['a'], ['b']]);
  });

  it('takes a mark for set in the second that both clocks show, though its writer counts finer than the store', async () => {
    const at = await world();
    await markPoint(at.memory, 'b', { run: 'prune-1', nowMs: at.clock.machineMs + 700 });
    expect((await sweep(at.memory, at, 0)).points).toEqual(['a', 'b']);
  });

  it('takes a use for live that was renewed while the clock of the store stood behind', async () => {
    const at = await world();
    await at.memory.delete('points/a/deleted.json');
    at.clock.storeMs -= 900 * hour;
    await usePoint(at.memory, { point: 'a', run: 'reader' }, { nowMs: at.clock.machineMs });
    at.clock.storeMs += 900 * hour;
    await markPoint(at.memory, 'a', { run: 'prune-1', nowMs: at.clock.machineMs - 2 * hour });
    const { points, waiting } = await sweep(at.memory, at, 0);
    expect([points, waiting]).toMatchObject([[], [{ point: 'a', runs: ['reader'] }]]);
  });

  it('waits for a lock that only a clock ahead calls dead', async () => {
    const at = await world();
    await at.memory.create('sweeps/other.json', Buffer.from('{}'));
    at.clock.storeMs += 1_000 * hour;
    await expect(sweep(at.memory, at)).rejects.toMatchObject({ code: 'LOCATION_SWEEPING' });
    const use = { point: 'new', run: 'new' };
    await usePoint(at.memory, use, { nowMs: at.clock.machineMs });
    await expect(refuseDuringSweep(at.memory, use, { nowMs: at.clock.machineMs })).rejects.toMatchObject({
      code: 'LOCATION_SWEEPING',
    });
  });
});
