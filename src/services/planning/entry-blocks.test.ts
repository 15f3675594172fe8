import { expect, it } from 'vitest';
import { createEntryBlocks } from './entry-blocks.ts';

it('gives every value back, packed or not, in any order', () => {
  const blocks = createEntryBlocks<{ readonly at: number; readonly text: string }>();
  const count = 12_345;
  for (let at = 0; at < count; at += 1) blocks.set(`k${at}`, { at, text: `väl ${at}` });
  expect(blocks.size).toBe(count);
  for (let step = 0; step < 250; step += 1) {
    const at = (step * 7_919) % count;
    expect(blocks.get(`k${at}`)).toEqual({ at, text: `väl ${at}` });
  }
  expect(blocks.get('k12345')).toBeUndefined();
  expect(blocks.has('k0')).toBe(true);
});

it('a key set again has the later value and counts once', () => {
  const blocks = createEntryBlocks<number>();
  for (let at = 0; at < 3_000; at += 1) blocks.set(`k${at % 1_500}`, at);
  expect(blocks.size).toBe(1_500);
  expect([blocks.get('k0'), blocks.get('k1499')]).toEqual([1_500, 2_999]);
});
