import { describe, expect, it } from 'vitest';
import { gatewayDuration } from './duration.ts';

describe('gatewayDuration', () => {
  it.each([
    ['30s', '30s'],
    ['1m30s', '90s'],
    ['1.5s', '1s500ms'],
    ['250ms', '250ms'],
    ['10us', '1ms'],
    ['0s', '0s'],
    ['infinity', '0s'],
    ['48h', '48h'],
    ['100000s', '28h'],
    ['', undefined],
    ['soon', undefined],
    [`${'1'.repeat(70)}s`, undefined],
  ])('%s is %s', (written, expected) => {
    expect(gatewayDuration(written)).toBe(expected);
  });
});
