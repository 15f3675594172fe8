import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ListOptions } from '../../src/locations/operation.ts';
import type { Location } from '../../src/ports/location.ts';

/** What every provider and every stack of decorators promises its callers (`src/ports/location.ts`). */
export function locationContract(name: string, open: () => Promise<Location>): void {
  describe(`location contract: ${name}`, () => {
    let location: Location;
    beforeAll(async () => {
      location = await open();
    }, 180_000);
    afterAll(async () => {
      await location.close();
    });
    const use = (): Location => location;
    describeContent(use);
    describeCreate(use);
    describeListing(use);
    describeRefusals(use);
  });
}

function describeContent(use: () => Location): void {
  it('gives back what was written, byte for byte, whatever its size', async () => {
    for (const size of [0, 1, 4_096, 5_000_000]) {
      const bytes = randomBytes(size);
      expect(await use().create(`content/size-${size}`, bytes)).toBe('created');
      expect(Buffer.compare(await use().read(`content/size-${size}`), bytes)).toBe(0);
      expect(await use().head(`content/size-${size}`)).toEqual({ sizeBytes: size });
    }
  });

  it('writes the view it was given, not the buffer behind it', async () => {
    const page = Buffer.from('before|object|after');
    await use().create('content/view', page.subarray(7, 13));
    expect(Buffer.from(await use().read('content/view')).toString()).toBe('object');
  });

  it('keeps keys with unusual characters apart', async () => {
    const keys = ['odd/a b', 'odd/a+b', 'odd/a%20b', 'odd/ä', 'odd/A', 'odd/a', 'odd/a:b=c@d', 'odd/~x'];
    for (const key of keys) expect(await use().create(key, Buffer.from(key))).toBe('created');
    for (const key of keys) expect(Buffer.from(await use().read(key)).toString()).toBe(key);
  });

  it('says a key is missing when read, and answers undefined when looked up', async () => {
    await expect(use().read('content/absent')).rejects.toMatchObject({ code: 'STORED_OBJECT_MISSING' });
    expect(await use().head('content/absent')).toBeUndefined();
  });

  it('overwrites with put', async () => {
    await use().put('content/progress', Buffer.from('one'));
    await use().put('content/progress', Buffer.from('three'));
    expect(Buffer.from(await use().read('content/progress')).toString()).toBe('three');
  });

  it('deletes, also what is not there', async () => {
    await use().create('content/gone', Buffer.from('x'));
    await use().delete('content/gone');
    await use().delete('content/gone');
    expect(await use().head('content/gone')).toBeUndefined();
    expect(await use().create('content/gone', Buffer.from('y'))).toBe('created');
  });
}

function describeCreate(use: () => Location): void {
  it('answers exists for a taken key and changes nothing', async () => {
    expect(await use().create('create/once', Buffer.from('first'))).toBe('created');
    expect(await use().create('create/once', Buffer.from('second'))).toBe('exists');
    expect(await use().create('create/once', Buffer.from('first'))).toBe('exists');
    expect(Buffer.from(await use().read('create/once')).toString()).toBe('first');
  });

  it('lets exactly one of many creates at once win, with its whole content', async () => {
    const contents = Array.from({ length: 10 }, (_, at) => Buffer.alloc(100_000, at));
    const outcomes = await Promise.all(contents.map((bytes) => use().create('create/race', bytes)));
    expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1);
    const winner = contents[outcomes.indexOf('created')];
    expect(Buffer.compare(await use().read('create/race'), winner ?? Buffer.alloc(0))).toBe(0);
  });
}

function describeListing(use: () => Location): void {
  it('lists by prefix in UTF-8 byte order', async () => {
    const keys = ['list/a', 'list/a-b/x', 'list/a/x', 'list/a/y/z', 'list/a0', 'list/b', 'list/é', 'list/B'];
    const unambiguous = keys.filter((key) => key !== 'list/a');
    for (const key of unambiguous) await use().create(key, Buffer.from(key));
    const sorted = [...unambiguous].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(await listed(use(), 'list/')).toEqual(sorted);
    expect(await listed(use(), 'list/a')).toEqual(sorted.filter((key) => key.startsWith('list/a')));
    expect(await listed(use(), 'list/a/')).toEqual(['list/a/x', 'list/a/y/z']);
    expect(await listed(use(), 'list/none')).toEqual([]);
  });

  it('lists more keys than one page holds, with their sizes', async () => {
    const numbers = Array.from({ length: 1_050 }, (_, at) => at);
    const write = async (at: number): Promise<void> => {
      await use().create(`many/${String(at).padStart(5, '0')}`, Buffer.alloc(at % 7));
    };
    for (let at = 0; at < numbers.length; at += 50) await Promise.all(numbers.slice(at, at + 50).map(write));
    const found: { key: string; sizeBytes: number }[] = [];
    for await (const { key, sizeBytes } of use().list('many/')) found.push({ key, sizeBytes });
    expect(found).toEqual(numbers.map((at) => ({ key: `many/${String(at).padStart(5, '0')}`, sizeBytes: at % 7 })));
  }, 120_000);

  it('goes on after a key where it is asked to, or gives everything again', async () => {
    const options: ListOptions = { after: 'list/a-b/x' };
    const keys: string[] = [];
    for await (const { key } of use().list('list/', options)) keys.push(key);
    expect(keys.slice(keys.indexOf('list/a-b/x') + 1)).toEqual([
      'list/a/x',
      'list/a/y/z',
      'list/a0',
      'list/b',
      'list/é',
    ]);
  });

  it('reports when a key was written, by one clock, also when it is written over', async () => {
    const written = async (key: string): Promise<number> => {
      for await (const { modifiedAtMs } of use().list(key)) return modifiedAtMs;
      throw new Error(`${key} is not listed`);
    };
    await use().create('time/first', Buffer.from('1'));
    const first = await written('time/first');
    expect(first).toBeGreaterThan(Date.UTC(2020, 0));
    await sleep(1_100);
    await use().create('time/second', Buffer.from('2'));
    expect(await written('time/second')).toBeGreaterThan(first);
    await use().put('time/first', Buffer.from('3'));
    expect(await written('time/first')).toBeGreaterThanOrEqual(await written('time/second'));
  });

  it('may be left in the middle of a list and used inside of it', async () => {
    for await (const { key } of use().list('many/')) {
      expect(await use().head(key)).toBeDefined();
      break;
    }
    expect(await listed(use(), 'create/once')).toEqual(['create/once']);
  });
}

function describeRefusals(use: () => Location): void {
  it('refuses keys that leave the location', async () => {
    const evil = [
      '',
      '/x',
      '../x',
      'a/../../x',
      'a/..',
      './x',
      'a//b',
      'a/',
      'a\0b',
      'a\\b',
      '.landfall-tmp/x',
      'x'.repeat(1_000),
    ];
    for (const key of evil) {
      await expect(use().create(key, Buffer.from('x'))).rejects.toMatchObject({ code: 'INTERNAL' });
      await expect(use().read(key)).rejects.toMatchObject({ code: 'INTERNAL' });
      await expect(use().head(key)).rejects.toMatchObject({ code: 'INTERNAL' });
      await expect(use().delete(key)).rejects.toMatchObject({ code: 'INTERNAL' });
    }
    await expect(listed(use(), '../')).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  it('stops with the reason of an aborted signal and writes nothing', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(use().create('aborted/x', Buffer.from('x'), { signal })).rejects.toThrow('enough');
    await expect(use().read('create/once', { signal })).rejects.toThrow('enough');
    expect(await use().head('aborted/x')).toBeUndefined();
  });
}

async function listed(location: Location, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of location.list(prefix)) keys.push(key);
  return keys;
}
