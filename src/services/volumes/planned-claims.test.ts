import { describe, expect, it } from 'vitest';
import { storeJson } from '../../archive/run-objects.ts';
import { createMemoryLocation } from '../../../test/support/memory-location.ts';
import type { Location } from '../../ports/location.ts';
import { createPlannedClaims } from './planned-claims.ts';

const planOf = (run: string, count: number) => ({
  applyGroups: [],
  claims: [],
  moves: Array.from({ length: count }, (_, index) => ({
    ...{ namespace: 'shop', name: `${run}-${index}`, targetNamespace: 'shop' },
  })),
});

/** A store that can only be read from now on, with how often it was. */
function onlyRead(location: Location) {
  const reads: string[] = [];
  const refuse = () => Promise.reject(new Error('it can only be read'));
  const read: Location['read'] = (key, ...rest) => {
    reads.push(key);
    return location.read(key, ...rest);
  };
  return { location: { ...location, read, create: refuse, delete: refuse } as Location, reads };
}

async function stored(run: string, count: number) {
  const memory = createMemoryLocation('store');
  const plan = await storeJson({ location: memory, path: `runs/${run}/plan` }, planOf(run, count));
  return { ...onlyRead(memory), memory, plan };
}

describe('the claims of a desired state', () => {
  it('are read once a worker, from a Location that can only be read, and give each range', async () => {
    const { location, plan, reads } = await stored('shop-1', 5);
    const claims = createPlannedClaims();
    const names = async (from: number, to: number) =>
      (await claims.range(location, { plan, from, to })).map(({ name }) => name);
    expect(await names(0, 2)).toEqual(['shop-1-0', 'shop-1-1']);
    expect(await names(4, 5)).toEqual(['shop-1-4']);
    expect((await claims.one(location, { plan, index: 2 })).name).toBe('shop-1-2');
    expect(reads).toHaveLength(1);
    // Another worker, or this one after a restart, knows nothing.
    expect((await createPlannedClaims().one(location, { plan, index: 2 })).name).toBe('shop-1-2');
    expect(reads).toHaveLength(2);
  });

  it.each([
    [-1, 2],
    [3, 2],
    [0, 6],
  ])('are never fewer than were asked for: %i to %i', async (from, to) => {
    const { location, plan } = await stored('shop-1', 5);
    await expect(createPlannedClaims().range(location, { plan, from, to })).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  it('are those that were stored: another content is refused, and not kept', async () => {
    const { location, memory, plan } = await stored('shop-1', 5);
    const claims = createPlannedClaims();
    const other = await storeJson({ location: memory, path: 'runs/shop-1/plan' }, planOf('shop-2', 5));
    const swapped = { ...plan, key: other.key };
    await expect(claims.range(location, { plan: swapped, from: 0, to: 5 })).rejects.toMatchObject({
      code: 'STORED_OBJECT_CORRUPT',
    });
    expect(await claims.range(location, { plan, from: 0, to: 5 })).toHaveLength(5);
  });

  it('are forgotten when others need the room, the ones used longest ago first', async () => {
    const [first, second, third] = await Promise.all(['a', 'b', 'c'].map((run) => stored(run, 2_000)));
    const claims = createPlannedClaims();
    for (const one of [first, second, first, third, first, second]) {
      await claims.one(one!.location, { plan: one!.plan, index: 0 });
    }
    expect([first, second, third].map((one) => one!.reads.length)).toEqual([1, 2, 1]);
  });
});
