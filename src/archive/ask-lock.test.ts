import { expect, it } from 'vitest';
import { isLandfallError } from '../core/errors.ts';
import { checkEnd } from './ask-lock.ts';

const hour = 3_600_000;
const now = Date.parse('2026-11-30T00:00:00Z');

it.each([
  ['an end that is to come', now + hour, now, undefined],
  ['an end that is over for the store, whatever this machine says', now, now - 2 * hour, 'CONFIG_INVALID'],
  ['an end after ten years', now + 11 * 366 * 24 * hour, now, 'CONFIG_INVALID'],
  ['a store whose clock is a year ahead', now + hour, now - 366 * 24 * hour, 'CLOCK_SKEW'],
  ['a machine whose clock is two days ahead', now + hour, now + 48 * hour, 'CLOCK_SKEW'],
])('%s', (_, untilMs, machineMs, code) => {
  let thrown: string | undefined;
  try {
    checkEnd(untilMs, { storeMs: now, machineMs });
  } catch (error) {
    thrown = isLandfallError(error) ? error.code : 'another error';
  }
  expect(thrown).toBe(code);
});
