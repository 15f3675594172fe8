import { describe, expect, it } from 'vitest';
import { parseDuration } from './duration.ts';
import { closest } from './suggest.ts';

describe('parseDuration', () => {
  it.each([
    ['30s', 30_000],
    ['10m', 600_000],
    ['1h30m', 5_400_000],
    ['250ms', 250],
    ['2d', 172_800_000],
    ['', undefined],
    ['30', undefined],
    ['5 minutes', undefined],
    ['30m1h', undefined],
    ['-1s', undefined],
  ])('%s is %s', (text, ms) => expect(parseDuration(text)).toBe(ms));
});

describe('closest', () => {
  it('finds the word that was intended, and none when it is too far', () => {
    expect(closest('namespcaes', ['namespaces', 'kinds'])).toBe('namespaces');
    expect(closest('Kinds', ['namespaces', 'kinds'])).toBe('kinds');
    expect(closest('nmae', ['mode', 'name'])).toBe('name');
    expect(closest('password', ['namespaces', 'kinds'])).toBeUndefined();
  });
});
