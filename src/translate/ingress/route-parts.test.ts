import { describe, expect, it } from 'vitest';
import { partName, splitRules } from './route-parts.ts';
import type { Tree } from '../../core/json/tree.ts';

const rule = (value: string, more: Tree = {}): Tree => ({
  matches: [{ path: { type: 'PathPrefix', value }, ...more }],
});
const rules = (count: number): readonly Tree[] => Array.from({ length: count }, (_, index) => rule(`/${index}`));

describe('rules in parts', () => {
  it.each([
    [0, []],
    [1, [1]],
    [16, [16]],
    [17, [16, 1]],
    [40, [16, 16, 8]],
  ])('%d rules fit into parts of 16', (count, sizes) => {
    const parts = splitRules(rules(count));
    expect(parts.map(({ length }) => length)).toEqual(sizes);
    expect(parts.flat()).toEqual(rules(count));
  });

  it('hold at most 128 matches', () => {
    const wide = (value: string): Tree => ({
      matches: Array.from({ length: 60 }, (_, index) => ({ path: { type: 'Exact', value: `${value}${index}` } })),
    });
    expect(splitRules([wide('/a'), wide('/b'), wide('/c')]).map(({ length }) => length)).toEqual([2, 1]);
  });

  it('keep rules that tie together and in order, since among them the order decides', () => {
    const tie = (name: string): Tree => rule('/tie', { headers: [{ name, value: '1' }] });
    const parts = splitRules([...rules(15), tie('x'), tie('y')]);
    expect(parts.map(({ length }) => length)).toEqual([15, 2]);
    expect(parts[1]).toEqual([tie('x'), tie('y')]);
  });

  it('have names that are valid, sort after the first, and are the same every time', () => {
    expect(partName('shop', 0, 'web')).toBe('shop');
    expect(partName('shop', 1, 'web')).toMatch(/^shop-part-02-[0-9a-z]{7}$/);
    expect(partName('shop', 1, 'web')).toBe(partName('shop', 1, 'web'));
    expect(partName('shop', 1, 'web')).not.toBe(partName('shop', 1, 'other'));
    const long = partName(`${'a'.repeat(237)}.${'b'.repeat(15)}`, 9, 'web');
    expect(long.length).toBeLessThanOrEqual(253);
    expect(long).toMatch(/^[a-z0-9]+(?:[-.][a-z0-9]+)*$/);
  });
});
