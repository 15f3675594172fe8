import { describe, expect, it } from 'vitest';
import { emptyClaims, holdsData } from './claim-moves.ts';

describe('claims that are created empty since no volumes move', () => {
  it.each<[readonly string[], string, RegExp]>([
    [['shop/a'], 'shop/a', /^1 claim is created empty: volumes.mode is none/],
    [['shop/a', 'shop/b', 'shop/c'], 'shop/a, shop/b, shop/c', /^3 claims are created empty/],
    [['shop/a', 'shop/b', 'shop/c', 'shop/d'], 'shop/a, shop/b, shop/c and 1 more', /^4 claims are created empty/],
  ])('%j are counted, the first of them by name', (names, subject, message) => {
    const found = emptyClaims(names);
    expect(found).toMatchObject([{ code: 'CLAIMS_EMPTY', severity: 'info', subject }]);
    expect(found[0]?.message).toMatch(message);
  });

  it('are not spoken of where there are none', () => {
    expect(emptyClaims([])).toEqual([]);
  });

  it.each([
    [{ status: { phase: 'Bound' } }, true],
    [{ status: { phase: 'Pending' } }, false],
    [{ status: { phase: 'Lost' } }, false],
    [{}, false],
  ])('%j holds data: %s', (claim, expected) => {
    expect(holdsData(JSON.stringify(claim))).toBe(expected);
  });
});
