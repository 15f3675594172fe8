import { describe, expect, it } from 'vitest';
import { defaultRetryPolicy as policy, nextAttempt, type RetryQuestion } from './retry-policy.ts';

const question: RetryQuestion = { kind: 'transient', failures: 1, elapsedMs: 0, retryAfterMs: undefined, random: 0.5 };

describe('nextAttempt', () => {
  it.each([
    ['first repeat', { failures: 1 }, 125],
    ['doubles', { failures: 3 }, 500],
    ['full jitter reaches zero', { failures: 3, random: 0 }, 0],
    ['server asks for a pause', { retryAfterMs: 2_000 }, 2_125],
    ['throttled: what the server asks and up to as much again', { kind: 'throttled', retryAfterMs: 1_000 }, 1_500],
    ['throttled without Retry-After', { kind: 'throttled', failures: 2 }, 250],
    ['a quota not counted yet', { kind: 'quotaUnknown', failures: 20 }, 2_000],
    ['refused by a server that has just come back', { kind: 'justBack', failures: 9 }, 1_000],
    ['a CRD not served yet', { kind: 'notServedYet', failures: 9 }, 250],
  ] as const)('%s', (_, changes, delayMs) => {
    expect(nextAttempt(policy, { ...question, ...changes })?.delayMs).toBe(delayMs);
  });

  it.each([
    ['never', { kind: 'never' }],
    ['out of attempts', { failures: policy.attemptsMax }],
    ['out of attempts while throttled', { kind: 'throttled', failures: policy.throttledAttemptsMax }],
    ['out of time', { elapsedMs: policy.deadlineMs }],
    ['a pause beyond the deadline', { kind: 'throttled', retryAfterMs: policy.deadlineMs }],
    ['a quota that stays unknown', { kind: 'quotaUnknown', elapsedMs: policy.quotaWaitMs }],
    ['a refusal that stays after an outage', { kind: 'justBack', elapsedMs: policy.justBackWaitMs }],
    ['a kind that stays unserved', { kind: 'notServedYet', elapsedMs: policy.notServedWaitMs }],
  ] as const)('is final: %s', (_, changes) => {
    expect(nextAttempt(policy, { ...question, ...changes })).toBeUndefined();
  });
});
