import { expect, it } from 'vitest';
import { formatInstant } from '../run/instant.ts';
import { covers, isLocked, lockText, strongerLock } from './point-lock.ts';

const governance = { mode: 'governance', untilMs: 2_000 } as const;
const compliance = { mode: 'compliance', untilMs: 1_000 } as const;

it('is in force until its end, by the clock it is asked with', () => {
  expect([1_999, 2_000].map((nowMs) => isLocked(governance, nowMs))).toEqual([true, false]);
  expect(isLocked(undefined, 0)).toBe(false);
  expect(lockText({ mode: 'compliance', untilMs: 0 })).toBe('locked until 1970-01-01T00:00:00Z (compliance)');
});

it.each([
  [0, '1970-01-01T00:00:00Z'],
  [1, '1970-01-01T00:00:00.001Z'],
  [-1, '1969-12-31T23:59:59.999Z'],
  [951_782_399_999, '2000-02-28T23:59:59.999Z'],
  [951_782_400_000, '2000-02-29T00:00:00Z'],
  [1_767_225_599_000, '2025-12-31T23:59:59Z'],
  [4_107_542_400_000, '2100-03-01T00:00:00Z'],
])('writes %d as %s', (ms, text) => expect(formatInstant(ms)).toBe(text));

it('never gets weaker or shorter', () => {
  expect(strongerLock(governance, compliance)).toEqual({ mode: 'compliance', untilMs: 2_000 });
  expect(strongerLock(compliance, governance)).toEqual({ mode: 'compliance', untilMs: 2_000 });
  expect(strongerLock(governance, undefined)).toEqual(governance);
});

it.each([
  [undefined, governance, false],
  [governance, governance, true],
  [governance, { ...governance, untilMs: 2_001 }, false],
  [governance, compliance, false],
  [compliance, { ...governance, untilMs: 1_000 }, true],
])('%o covers %o: %s', (lock, wanted, expected) => expect(covers(lock, wanted)).toBe(expected));
