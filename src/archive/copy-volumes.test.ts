import { describe, expect, it } from 'vitest';
import { createMemoryLocation, type MemoryStore } from '../../test/support/memory-location.ts';
import type { Location } from '../ports/location.ts';
import { copyVolumes } from './copy-volumes.ts';

const format = (uniqueID: string): Uint8Array => Buffer.from(JSON.stringify({ tool: 'kopia', uniqueID }));

/** A repository as kopia names its blobs; what is in them is its own. */
function repository(uniqueID = 'abc='): MemoryStore {
  const names = ['p0a', 'p0b', 'q0c', 'n01', 'xn0_02', 'kopia.blobcfg', '_log_1', 'kopia.maintenance', 's03'];
  const blobs = names.map((name) => [`volumes/${name}`, new Uint8Array(Buffer.from(`${uniqueID} ${name}`))] as const);
  return new Map([...blobs, ['volumes/kopia.repository', new Uint8Array(format(uniqueID))]]);
}

async function copy(from: Location, to: Location, reread = false): Promise<string[]> {
  const became: string[] = [];
  await copyVolumes({ from, to }, { reread, onBlob: (_, one) => void became.push(one) });
  return became;
}

describe('a copy of the volume repository', () => {
  it('sends packs, then indexes, then what opens it, and nothing of it twice', async () => {
    const [source, target]: [MemoryStore, MemoryStore] = [repository(), new Map()];
    const order: string[] = [];
    const inner = createMemoryLocation('to', target);
    const to: Location = {
      ...inner,
      create: (key, bytes, options) => (order.push(key), inner.create(key, bytes, options)),
    };
    const from = createMemoryLocation('from', source);
    await copy(from, to);
    expect(order.at(-1)).toMatch(/^volumes-copied\//u);
    order.pop();
    const ranks = order.map((key) => (/volumes\/[pq]/u.test(key) ? 0 : /volumes\/[nx]/u.test(key) ? 1 : 2));
    expect(ranks).toEqual(ranks.toSorted((left, right) => left - right));
    expect(order.at(-1)).toBe('volumes/kopia.repository');
    expect(order).not.toContain('volumes/_log_1');
    order.length = 0;
    expect(new Set(await copy(from, to))).toEqual(new Set(['present']));
    source.set('volumes/p0d', new Uint8Array(3));
    source.set('volumes/xn1_03', new Uint8Array(2));
    await copy(from, to);
    expect(order.slice(0, 2)).toEqual(['volumes/p0d', 'volumes/xn1_03']);
    expect(order.length).toBe(3);
  });

  it('goes on after it was stopped, and replaces what was cut off', async () => {
    const [source, target]: [MemoryStore, MemoryStore] = [repository(), new Map()];
    const from = createMemoryLocation('from', source);
    let left = 3;
    const inner = createMemoryLocation('to', target);
    const dying: Location = {
      ...inner,
      create: (key, bytes, options) =>
        (left -= 1) < 0 ? Promise.reject(new Error('killed')) : inner.create(key, bytes, options),
    };
    await expect(copy(from, dying)).rejects.toThrow('killed');
    expect(target.has('volumes/kopia.repository')).toBe(false);
    target.set('volumes/p0a', new Uint8Array(1));
    expect(await copy(from, inner)).toContain('healed');
    expect(target.get('volumes/p0a')).toEqual(source.get('volumes/p0a'));
  });

  it('knows what was damaged in place by what copies have written down, on either side, and passes none of it on', async () => {
    const [source, target, third]: [MemoryStore, MemoryStore, MemoryStore] = [repository(), new Map(), new Map()];
    const [from, to] = [createMemoryLocation('from', source), createMemoryLocation('to', target)];
    await copy(from, to);
    const whole = source.get('volumes/p0a') ?? new Uint8Array();
    const damaged = whole.map((byte, at) => (at === 0 ? byte ^ 1 : byte));
    target.set('volumes/p0a', damaged);
    expect(new Set(await copy(from, to))).toEqual(new Set(['present']));
    expect(await copy(from, to, true)).toContain('healed');
    expect(target.get('volumes/p0a')).toEqual(whole);
    // The origin has no list of its own: its copy knows what it should be.
    source.set('volumes/p0a', damaged);
    expect(await copy(to, from, true)).toContain('healed');
    expect(source.get('volumes/p0a')).toEqual(whole);
    target.set('volumes/p0a', damaged);
    await expect(copy(to, createMemoryLocation('third', third))).rejects.toThrow('STORED_OBJECT_CORRUPT');
    expect(third.has('volumes/p0a')).toBe(false);
  });

  it('is refused where another repository is, whole or begun', async () => {
    const from = createMemoryLocation('from', repository());
    const other = repository('other=');
    await expect(copy(from, createMemoryLocation('to', other))).rejects.toThrow('COPY_REPOSITORY_DIFFERS');
    const begun: MemoryStore = new Map([['volumes/p0f', new Uint8Array(1)]]);
    await expect(copy(from, createMemoryLocation('to', begun))).rejects.toThrow('COPY_REPOSITORY_DIFFERS');
  });
});
