import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ambiguousId, idsWrittenAs, isWrittenAs, nameOfRunId, runIdOf, shortIds } from './run-id.ts';

const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,60}[a-z0-9])?$/);
const random = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((bits) => bits.toString(16).padStart(16, '0'));

describe('run ids', () => {
  it('keep 64 bits apart', () => {
    const ids = ['0000000000000000', '0000000000000001', '8000000000000000', 'fffffffffffffffe', 'ffffffffffffffff'];
    expect(new Set(ids.map((bits) => runIdOf('shop', bits))).size).toBe(ids.length);
  });

  it.each([
    ['shop', 'shop'],
    ['n'.repeat(58), 'n'.repeat(49)],
    [`${'n'.repeat(48)}-more`, 'n'.repeat(48)],
  ])('are label values: %s', (given, kept) => {
    const id = runIdOf(given, 'ffffffffffffffff');
    expect(id).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])$/);
    expect(nameOfRunId(id)).toBe(kept);
  });

  it('are labels for every name and every random part', () => {
    fc.assert(
      fc.property(name, random, (given, bits) => {
        const id = runIdOf(given, bits);
        expect(id.length).toBeLessThanOrEqual(63);
        expect(id).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])$/);
      })
    );
  });
});

describe('short ids', () => {
  it('have four characters of the random part, and more where these are shared', () => {
    const ids = ['shop-7f3kaaaaaaaaa', 'shop-7f3kaabaaaaaa', 'shop-9zzzzzzzzzzzz', 'shop-eu-7f3kaaaaaaaaa', 'wave'];
    expect([...shortIds(ids).values()].sort()).toEqual(
      ['shop-7f3kaaa', 'shop-7f3kaab', 'shop-9zzz', 'shop-eu-7f3k', 'wave'].sort()
    );
  });

  it('stand for exactly the id they are the short form of, among those they were made for', () => {
    const ids = fc.array(fc.tuple(fc.constantFrom('shop', 'shop-eu', 'shop-7f3k', 'a'), random), { maxLength: 30 });
    fc.assert(
      fc.property(ids, (pairs) => {
        const all = [...new Set(pairs.map(([given, bits]) => runIdOf(given, bits)))];
        for (const [id, short] of shortIds(all)) expect(all.filter((one) => isWrittenAs(one, short))).toEqual([id]);
      })
    );
  });

  it.each([
    ['shop-7f3kaaaaaaaaa', true],
    ['shop-7f3k', true],
    ['shop-7f3', false],
    ['shop', false],
    ['shop-7f3kb', false],
    ['hop-7f3k', false],
  ])('%s may be written for shop-7f3kaaaaaaaaa: %s', (text, may) =>
    expect(isWrittenAs('shop-7f3kaaaaaaaaa', text)).toBe(may)
  );

  it('that stand for several are refused with their names, and a whole one never is', () => {
    const ids = ['shop-7f3kaaaaaaaaa', 'shop-7f3kbaaaaaaaa', 'shop-9zzzaaaaaaaaa', 'shop-7f3k'];
    const several = ids.slice(0, 3);
    expect(idsWrittenAs('shop-7f3k', several)).toEqual(several.slice(0, 2));
    expect(idsWrittenAs('shop-7f3ka', several)).toEqual(['shop-7f3kaaaaaaaaa']);
    expect(idsWrittenAs('shop-7f3k', ids)).toEqual(['shop-7f3k']);
    expect(idsWrittenAs('shop', ids)).toEqual([]);
    const { code, what } = ambiguousId('shop-7f3k', several.slice(0, 2), 'runs');
    expect([code, what]).toEqual(['ID_AMBIGUOUS', 'shop-7f3k stands for 2 runs: shop-7f3ka, shop-7f3kb']);
    const many = 'a b c d e f g h j k'.split(' ').map((letter) => `shop-7f3k${letter.repeat(9)}`);
    expect(ambiguousId('shop-7f3k', many, 'runs').what).toMatch(/10 runs: shop-7f3ka, .*, shop-7f3kh, …$/);
  });

  it('has the name they begin with', () => {
    expect(nameOfRunId('shop-7f3k')).toBe('shop');
    expect(nameOfRunId('shop-eu-7f3kaaaaaaaaa')).toBe('shop-eu');
    expect(nameOfRunId('shop')).toBe('shop');
  });
});
