import { describe, expect, it } from 'vitest';
import { commit, readAll, sample, samples } from '../../test/contract/location-capture.ts';
import { createMemoryLocation, type MemoryStore } from '../../test/support/memory-location.ts';
import { newHolder, sealedLocation } from '../../test/support/sealed-location.ts';
import type { Location } from '../ports/location.ts';
import { copiedKey } from './copied-point.ts';
import { copyRecoveryPoint, type CopyCounts } from './copy-point.ts';
import { manifestKey } from './layout.ts';
import { markPoint } from './mark-point.ts';
import { readPoint } from './recovery-point.ts';
import { storeJson } from './run-objects.ts';
import { createSweepFence } from './sweep-fence.ts';
import { sweepLocation } from './sweep.ts';
import { sha256Of } from './stored.ts';
import { verifyRecoveryPoint } from './verify.ts';

const options = { run: 'copy-1', nowMs: Date.UTC(2026, 11, 1) };
const copy = (from: Location, to: Location, id: string): Promise<CopyCounts> =>
  copyRecoveryPoint({ from, to }, id, options);

async function problems(location: Location, id: string): Promise<readonly string[]> {
  return (await verifyRecoveryPoint(location, id)).problems.map(({ code }) => code);
}

/** Two points that share most of their content, the second with what its run has attached. */
async function world(from: Location): Promise<void> {
  await commit(from, 'shop-a', [samples(40)]);
  const excluded = [await storeJson({ location: from, path: 'runs/shop-b/excluded' }, ['why'])];
  await commit(from, 'shop-b', [samples(40), [sample('more', '{}', { kind: 'Other' })]], { excluded });
}

/** An origin with a key, and its copy as somebody without the key makes it. */
async function sealed() {
  const [ann, bo] = [await newHolder(), await newHolder()];
  const stores: readonly [MemoryStore, MemoryStore] = [new Map(), new Map()];
  const recipients = [ann, bo];
  const open = (store: MemoryStore, as?: typeof ann, signer?: string): Location =>
    sealedLocation(store, { recipients, ...(as && { as }), ...(signer && { signer }) }).location;
  await world(open(stores[0], ann));
  return { stores, ann, bo, open };
}

describe('a copy of a recovery point', () => {
  it('holds all of it, and a second one sends only what is new', async () => {
    const [from, to] = [createMemoryLocation('from'), createMemoryLocation('to')];
    await world(from);
    const first = await copy(from, to, 'shop-a');
    expect(first.copiedObjects).toBe(first.objects);
    expect(await copy(from, to, 'shop-a')).toMatchObject({ copiedObjects: 0, copiedBytes: 0, objects: first.objects });
    const next = await copy(from, to, 'shop-b');
    expect(next.copiedBytes).toBeLessThan(first.copiedBytes / 2);
    expect([await problems(to, 'shop-a'), await problems(to, 'shop-b')]).toEqual([[], []]);
    expect(await readAll(to, 'shop-b')).toEqual(await readAll(from, 'shop-b'));
  });

  it('is made without the key, and opens with the identities of its origin alone', async () => {
    const { stores, bo, open } = await sealed();
    await copy(open(stores[0]), open(stores[1]), 'shop-b');
    const { signer } = (await readPoint(open(stores[1]), 'shop-b')).manifest;
    expect(await problems(open(stores[1], bo, signer), 'shop-b')).toEqual([]);
    expect(await readAll(open(stores[1], bo, signer), 'shop-b')).toHaveLength(41);
    await expect(readAll(open(stores[1], await newHolder(), signer), 'shop-b')).rejects.toThrow('KEY_NOT_RECIPIENT');
  });

  it('follows the point before it where that is, and says so where it was left behind', async () => {
    const { stores, ann, open } = await sealed();
    const to = open(stores[1], ann);
    await copy(open(stores[0]), open(stores[1]), 'shop-b');
    expect(await problems(to, 'shop-b')).toEqual([]);
    stores[1].delete(copiedKey('shop-b'));
    expect(await problems(to, 'shop-b')).toEqual(['POINT_ROLLED_BACK']);
    await copy(open(stores[0]), open(stores[1]), 'shop-a');
    expect(await problems(to, 'shop-b')).toEqual([]);
  });

  it('is not made of a point whose own Location was rolled back', async () => {
    const { stores, open } = await sealed();
    stores[0].delete(manifestKey('shop-a'));
    await expect(copy(open(stores[0]), open(stores[1]), 'shop-b')).rejects.toThrow('POINT_ROLLED_BACK');
    expect(stores[1].size).toBe(0);
  });

  it('is refused by a Location with another key, and by one that is encrypted where the other is not', async () => {
    const { stores, ann, open } = await sealed();
    const other: MemoryStore = new Map();
    await commit(open(other, ann), 'own', [samples(2)]);
    const before = other.size;
    await expect(copy(open(stores[0]), open(other), 'shop-a')).rejects.toThrow('COPY_KEY_DIFFERS');
    expect(other.size).toBe(before);
    const clear = createMemoryLocation('clear');
    await expect(copy(open(stores[0]), clear, 'shop-a')).rejects.toThrow('COPY_KEY_DIFFERS');
    await commit(clear, 'own', [samples(2)]);
    await expect(copy(clear, open(new Map()), 'own')).rejects.toThrow('COPY_KEY_DIFFERS');
  });

  it('heals whatever is damaged or missing, in either direction, and never a point that is another one', async () => {
    const { stores, ann, open } = await sealed();
    await copy(open(stores[0]), open(stores[1]), 'shop-b');
    const [origin] = stores;
    const keys = [...origin.keys()].filter((key) => key.startsWith('objects/'));
    for (const [at, key] of [...keys, manifestKey('shop-b')].entries()) {
      const bytes = origin.get(key) ?? new Uint8Array();
      if (at % 3 === 0) origin.delete(key);
      else
        origin.set(
          key,
          at % 3 === 1 ? bytes.subarray(1) : bytes.map((byte, place) => (place === 40 ? byte ^ 1 : byte))
        );
    }
    const healed = await copy(open(stores[1]), open(origin), 'shop-b');
    expect(healed.healed).toBeGreaterThan(0);
    expect(await problems(open(origin, ann), 'shop-b')).toEqual([]);
    expect(origin.has(copiedKey('shop-b'))).toBe(true);

    const [from, to] = [createMemoryLocation('from'), createMemoryLocation('to')];
    await commit(from, 'same', [samples(1)]);
    await commit(to, 'same', [samples(2)]);
    await expect(copy(from, to, 'same')).rejects.toThrow('STORED_OBJECT_EXISTS');
  });

  it('does not pass on what is damaged at its origin', async () => {
    const stores: readonly [MemoryStore, MemoryStore] = [new Map(), new Map()];
    const [from, to] = [createMemoryLocation('from', stores[0]), createMemoryLocation('to', stores[1])];
    await world(from);
    const key = [...stores[0].keys()].find((one) => one.startsWith('objects/segments/')) ?? '';
    stores[0].set(key, new Uint8Array(stores[0].get(key)?.byteLength ?? 0));
    await expect(copy(from, to, 'shop-a')).rejects.toThrow('STORED_OBJECT_CORRUPT');
    expect([stores[1].has(key), stores[1].has(manifestKey('shop-a'))]).toEqual([false, false]);
  });

  it('replaces nothing that a point of somebody else names without its hash', async () => {
    const [from, to] = [createMemoryLocation('from'), createMemoryLocation('to')];
    await commit(to, 'own', [samples(1)]);
    const { manifest } = await readPoint(to, 'own');
    const bytes = Buffer.from('{}');
    await from.create(manifestKey('own'), bytes);
    const excluded = [{ key: manifestKey('own'), sha256: sha256Of(bytes), sizeBytes: bytes.byteLength }];
    await commit(from, 'foreign', [samples(1)], { excluded });
    await expect(copy(from, to, 'foreign')).rejects.toThrow('STORED_OBJECT_CORRUPT');
    expect((await readPoint(to, 'own')).manifest).toEqual(manifest);
  });

  it('can be deleted by itself, with everything that belongs to it alone', async () => {
    const { stores, ann, open } = await sealed();
    for (const id of ['shop-a', 'shop-b']) await copy(open(stores[0]), open(stores[1]), id);
    const to = open(stores[1], ann);
    const sweep = () => sweepLocation(to, { run: 'prune-1', graceMs: 0, fence: createSweepFence() });
    await markPoint(to, 'shop-b', { run: 'prune-1' });
    expect(await sweep()).toMatchObject({ points: ['shop-b'], keptRuns: [], isDone: true });
    expect([...stores[1].keys()].filter((key) => key.includes('shop-b'))).toEqual(['points/shop-b/deleted.json']);
    expect(await problems(to, 'shop-a')).toEqual([]);
    await markPoint(to, 'shop-a', { run: 'prune-1' });
    await sweep();
    expect([...stores[1].keys()].filter((key) => key.startsWith('objects/'))).toEqual([]);
  });
});
