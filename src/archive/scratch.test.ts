import { describe, expect, it } from 'vitest';
import { createScratch } from './scratch.ts';

describe('scratch', () => {
  it('gives out no more buffers than it may, and the next to whoever waits longest', async () => {
    const scratch = createScratch(1_000, 2);
    const [first, second] = [await scratch.take(1_000), await scratch.take(500)];
    const given: string[] = [];
    const third = scratch.take(900).then((buffer) => (given.push('third'), buffer));
    const fourth = scratch.take(900).then((buffer) => (given.push('fourth'), buffer));
    await Promise.resolve();
    expect(given).toEqual([]);
    scratch.give(second);
    expect(await third).toBe(second);
    expect(given).toEqual(['third']);
    scratch.give(first);
    expect(await fourth).toBe(first);
  });

  it('makes nobody wait for a small buffer or for one above all bounds', async () => {
    const scratch = createScratch(1_000, 1);
    await scratch.take(1_000);
    expect((await scratch.take(100)).byteLength).toBe(100);
    const large = await scratch.take(5_000);
    expect(large.byteLength).toBe(5_000);
    scratch.give(large);
  });
});
