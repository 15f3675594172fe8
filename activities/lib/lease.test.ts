import { expect, it } from 'vitest';
import { isLandfallError } from '../../src/core/errors.ts';
import { openLease, type Lease } from './lease.ts';

function clocks() {
  const now = { monotonicMs: 1_000, wallMs: 5_000_000 };
  return { now, read: { monotonicMs: () => now.monotonicMs, wallMs: () => now.wallMs } };
}

const timeoutMs = 20_000;

/** The code with which an effect is refused; '' when it may happen. */
function refusal(lease: Lease): string {
  try {
    lease.check();
    return '';
  } catch (error) {
    return isLandfallError(error) ? error.code : String(error);
  }
}

it.each([
  ['a process that goes on', [2_000, 2_000, 19_000], false],
  ['one that was stopped beyond the timeout (SIGSTOP)', [2_000, 20_001], true],
  ['one that was stopped for long and goes on since', [60_000, 10, 10], true],
])('%s', (_, steps, isLost) => {
  const { now, read } = clocks();
  const lease = openLease(timeoutMs, read);
  for (const ms of steps) {
    now.monotonicMs += ms;
    now.wallMs += ms;
    lease.renew();
  }
  expect(refusal(lease)).toBe(isLost ? 'WORKER_LOST' : '');
});

it('looks at the clock itself: a check may come before any timer does', () => {
  const { now, read } = clocks();
  const lease = openLease(timeoutMs, read);
  now.monotonicMs += 30_000;
  now.wallMs += 30_000;
  expect(() => lease.check()).toThrow(/stood still/);
});

it('counts the sleep of a machine, which its monotonic clock does not', () => {
  const { now, read } = clocks();
  const lease = openLease(timeoutMs, read);
  now.wallMs += 3_600_000;
  expect(() => lease.check()).toThrow(/stood still/);
});

it('a clock that is set back changes nothing', () => {
  const { now, read } = clocks();
  const lease = openLease(timeoutMs, read);
  now.wallMs -= 3_600_000;
  expect(() => lease.check()).not.toThrow();
});
