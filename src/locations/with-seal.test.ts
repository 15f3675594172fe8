import { describe, expect, it } from 'vitest';
import { newHolder, sealedLocation } from '../../test/support/sealed-location.ts';
import type { MemoryStore } from '../../test/support/memory-location.ts';
import { surround } from './operation.ts';

const uuid = '01234567-89ab-cdef-0123-456789abcdef';
const digest = 'a'.repeat(64);
const clear = Buffer.from('{"kind":"Secret"}');
const point = (part: string): Buffer => Buffer.from(`{\n  "sha256": "…",\n  "${part}": "…"\n}\n`);

describe('a Location whose content is sealed', () => {
  it.each([
    [`objects/segments/aa/${digest}`, clear],
    [`objects/indexes/${digest}`, clear],
    ['runs/shop-1/platforms.json', clear],
    [`runs/shop-1/prior/${digest}`, clear],
    ['points/shop-1/manifest.json', clear],
    ['points/shop-1/manifest.json', point('detail')],
    ['points/shop-1/manifest.json', Buffer.concat([point('sealed'), point('detail')])],
    ['points/shop-1/other.json', clear],
    ['point-runs/prune-1/report/x.json', clear],
    ['assessments/shop/1.json', clear],
    ['keysnot/x', clear],
  ])('does not let %s leave in clear', async (key, bytes) => {
    const store: MemoryStore = new Map();
    const ada = await newHolder();
    const { location } = sealedLocation(store, { recipients: [ada], as: ada });
    await expect(location.create(key, bytes)).rejects.toMatchObject({ code: 'INTERNAL', detail: { ref: key } });
    await expect(location.put(key, bytes)).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(store.size).toBe(0);
  });

  it.each([
    ['points/shop-1/manifest.json', point('sealed')],
    ['points/shop-1/deleted.json', clear],
    ['points/shop-1/uses/shop-1.json', clear],
    ['points/shop-1/copied.json', clear],
    ['volumes/p0123', clear],
    [`volumes-copied/${digest}`, clear],
    [`points/~${uuid}`, Buffer.alloc(0)],
    [`objects/contents/${digest}`, clear],
    [`sweeps/${uuid}.json`, clear],
    ['keys/repository.json', clear],
    [`probe/shop-1-${uuid}`, clear],
  ])('takes %s, which is public', async (key, bytes) => {
    const store: MemoryStore = new Map();
    const { location } = sealedLocation(store, { recipients: [await newHolder()] });
    await location.create(key, bytes);
    await location.put(key, bytes);
    expect(store.size).toBe(1);
  });

  it('takes what is sealed under every key', async () => {
    const ada = await newHolder();
    const { location, seal } = sealedLocation(new Map(), { recipients: [ada], as: ada });
    const sealed = (await seal.forWriting()).seal('runs/a/plan', clear);
    expect(await location.create('runs/a/plan/x', sealed)).toBe('created');
  });

  it('takes the records of a process that has no key, and so no secret', async () => {
    const { location } = sealedLocation(new Map(), { recipients: [await newHolder()] });
    expect(await location.create('point-runs/verify-1/report/x.json', clear)).toBe('created');
    await expect(location.create('runs/verify-1/report/x.json', clear)).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  it('keeps its seal, and the refusal, below another decorator', async () => {
    const { location, seal } = sealedLocation(new Map(), { recipients: [await newHolder()] });
    const around = surround(location, (_operation, _key, call) => call());
    expect(around.seal).toBe(seal);
    await expect(around.create('runs/a/b', clear)).rejects.toMatchObject({ code: 'INTERNAL' });
  });
});
