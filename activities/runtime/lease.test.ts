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
  ['a process that goes on', [2_000, 2_000, 14_000], false],
  ['one whose last heartbeats the server may have missed when it stopped', [2_000, 15_001], true],
  ['one that was stopped beyond the timeout (SIGSTOP)', [2_000, 20_001], true],
  ['one that was stopped for long and goes on since', [60_000, 10, 10], true],
])('%s', (_, steps, isLost) => {
  const { now, read } = clocks();
  const lease = openLease(timeoutMs, { clocks: read });
  for (const ms of steps) {
    now.monotonicMs += ms;
    now.wallMs += ms;
    lease.renew();
  }
  expect(refusal(lease)).toBe(isLost ? 'WORKER_LOST' : '');
});

it('looks at the clock itself: a check may come before any timer does', () => {
  const { now, read } = clocks();
  const lease = openLease(timeoutMs, { clocks: read });
  now.monotonicMs += 30_000;
  now.wallMs += 30_000;
  expect(() => lease.check()).toThrow(/was suspended/);
});

it('counts the sleep of a machine, which its monotonic clock does not', () => {
  const { now, read } = clocks();
  const lease = openLease(timeoutMs, { clocks: read });
  now.wallMs += 3_600_000;
  expect(() => lease.check()).toThrow(/was suspended/);
});

it('a clock that is set back changes nothing', () => {
  const { now, read } = clocks();
  const lease = openLease(timeoutMs, { clocks: read });
  now.wallMs -= 3_600_000;
  expect(() => lease.check()).not.toThrow();
});

it.each([
  ['a worker that Temporal answers', 2_000, ''],
  ['one that is cut off for a while', 14_000, ''],
  ['one whose heartbeats may be missed by now', 15_001, 'WORKER_LOST'],
])('%s', (_, silentMs, code) => {
  const { now, read } = clocks();
  const startMs = now.monotonicMs;
  const lease = openLease(timeoutMs, { clocks: read, contactMs: () => startMs });
  for (let ms = 0; ms < silentMs; ms += 1_000) lease.renew();
  now.monotonicMs += silentMs;
  now.wallMs += silentMs;
  expect(refusal(lease)).toBe(code);
});

it('an attempt that was lost stays so when the server answers again', () => {
  const { now, read } = clocks();
  let contactMs = now.monotonicMs;
  const lease = openLease(timeoutMs, { clocks: read, contactMs: () => contactMs });
  for (let at = 0; at < 10; at += 1) {
    now.monotonicMs += 2_000;
    now.wallMs += 2_000;
    lease.renew();
  }
  contactMs = now.monotonicMs;
  expect(() => lease.check()).toThrow(/no response from Temporal for 16 s/);
});
