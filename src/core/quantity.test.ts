import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { equalQuantities, largerQuantity, parseQuantity, quantityMilliValue, quantityValue } from './quantity.ts';

describe('quantities', () => {
  it.each<[string, string, boolean | undefined]>([
    ['1024Mi', '1Gi', true],
    ['0.5', '500m', true],
    ['1e3', '1k', true],
    ['1E', '1000P', true],
    ['9223372036854775807', '9223372036854775806', false],
    ['1Gi', '1G', false],
    ['+1.50', '1500m', true],
    ['', '1', undefined],
    ['1x', '1', undefined],
    ['.', '0', undefined],
  ])('%s and %s: %s', (a, b, expected) => expect(equalQuantities(a, b)).toBe(expected));
});

describe('quantityValue', () => {
  it.each([
    ['10Gi', 10 * 2 ** 30],
    ['5e9', 5e9],
    ['1.5G', 1.5e9],
    ['500m', 1],
    ['-500m', 0],
    ['0', 0],
    ['.5Ki', 512],
    ['1E', 1e18],
    ['1E1', 10],
    ['1Ei', 2 ** 60],
    ['1e-3', 1],
    ['', undefined],
    ['Gi', undefined],
    ['1e', undefined],
    ['1KI', undefined],
    ['1 Gi', undefined],
  ])('%s is %s', (text, value) => expect(quantityValue(text)).toBe(value));

  it('is exact where a double is not, and capped where the server caps', () => {
    expect(parseQuantity('0.1')).toBe(100_000_000n);
    expect(parseQuantity('9007199254740993')).toBe(9_007_199_254_740_993_000_000_000n);
    expect(parseQuantity('1e30')).toBe(((1n << 63n) - 1n) * 1_000_000_000n);
    expect(parseQuantity('1e-20')).toBe(1n);
  });

  it('orders as numbers do', () => {
    const amounts = fc.tuple(fc.integer({ min: 0, max: 9_999 }), fc.constantFrom('', 'k', 'M', 'Ki', 'Mi', 'm'));
    const factors: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6, Ki: 1024, Mi: 2 ** 20, m: 1e-3 };
    fc.assert(
      fc.property(amounts, ([count, suffix]) => {
        expect(quantityMilliValue(`${count}${suffix}`)).toBe(Math.round(count * (factors[suffix] ?? 0) * 1_000));
      })
    );
  });
});

it('the larger quantity is given as it was written', () => {
  expect(largerQuantity('1Gi', '2147483648')).toBe('2147483648');
  expect(largerQuantity('1Gi', undefined)).toBe('1Gi');
  expect(largerQuantity('1Gi', '1024Mi')).toBe('1Gi');
});
