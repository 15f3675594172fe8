import { describe, expect, it } from 'vitest';
import { nameOfRunId, runIdOf, shortRunIdOf } from './run-id.ts';

describe('run ids', () => {
  it('keep 64 bits apart', () => {
    const ids = ['0000000000000000', '0000000000000001', '8000000000000000', 'fffffffffffffffe', 'ffffffffffffffff'];
    expect(new Set(ids.map((random) => runIdOf('shop', random))).size).toBe(ids.length);
  });

  it.each([
    ['shop', 'shop'],
    ['n'.repeat(58), 'n'.repeat(49)],
    [`${'n'.repeat(48)}-more`, 'n'.repeat(48)],
  ])('are label values: %s', (name, kept) => {
    const id = runIdOf(name, 'ffffffffffffffff');
    expect(id).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])$/);
    expect(nameOfRunId(id)).toBe(kept);
  });

  it('know the name of ids of earlier versions', () => {
    expect(nameOfRunId(shortRunIdOf('shop', 'unique'))).toBe('shop');
    expect(nameOfRunId('shop')).toBe('shop');
  });
});
