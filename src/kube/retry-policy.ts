/**
 * When a failed request is sent again, and after how long. Pure: attempts, time and randomness come from outside.
 *
 * | kind          | example                                     | again                                             |
 * |---------------|---------------------------------------------|---------------------------------------------------|
 * | never         | 403, 422                                    | no                                                |
 * | transient     | 5xx, reset, truncated body, refused         | attemptsMax, exponential with full jitter         |
 * | throttled     | 429                                         | throttledAttemptsMax, Retry-After plus jitter     |
 * | quotaUnknown  | 403 "status unknown for quota" (facts 13)   | until quotaWaitMs                                 |
 * | notServedYet  | plain 404 right after its CRD (facts 14)    | until notServedWaitMs                             |
 * | justBack      | 403 of RBAC right after an outage           | until justBackWaitMs                              |
 */
export type RetryKind = 'never' | 'transient' | 'throttled' | 'quotaUnknown' | 'notServedYet' | 'justBack';

export interface RetryPolicy {
  readonly attemptsMax: number;
  /** Throttling is no failure of the request, so it is borne longer. */
  readonly throttledAttemptsMax: number;
  readonly baseDelayMs: number;
  readonly delayMaxMs: number;
  /** From the first attempt to the start of the last; longer outages are the caller's to bridge. */
  readonly deadlineMs: number;
  readonly quotaWaitMs: number;
  readonly notServedWaitMs: number;
  /** An API server answers before it has read its roles, and refuses everybody until then. */
  readonly justBackWaitMs: number;
}

export const defaultRetryPolicy: RetryPolicy = {
  attemptsMax: 6,
  throttledAttemptsMax: 60,
  baseDelayMs: 250,
  delayMaxMs: 10_000,
  deadlineMs: 180_000,
  quotaWaitMs: 90_000,
  notServedWaitMs: 6_000,
  justBackWaitMs: 30_000,
};

/** Of a first contact: three attempts, the last of which begins within 6 s. Throttling is borne as ever. */
export const briefPolicy = { attemptsMax: 3, baseDelayMs: 500, deadlineMs: 6_000 } as const;

export interface RetryQuestion {
  readonly kind: RetryKind;
  /** Failures of this kind so far in this request, this one included. */
  readonly failures: number;
  readonly elapsedMs: number;
  readonly retryAfterMs: number | undefined;
  /** In [0, 1). */
  readonly random: number;
}

export interface RetryAnswer {
  readonly delayMs: number;
  readonly attemptsMax: number;
}

/** The pause before the next attempt, or undefined when this failure is final. */
export function nextAttempt(policy: RetryPolicy, question: RetryQuestion): RetryAnswer | undefined {
  const plan = planOf(policy, question);
  if (plan === undefined || question.failures >= plan.attemptsMax) return undefined;
  const delayMs = Math.round(plan.delayMs);
  return question.elapsedMs + delayMs > plan.deadlineMs ? undefined : { delayMs, attemptsMax: plan.attemptsMax };
}

/** How long the attempts that are left take at most, when each takes as long as the last one did. */
export function attemptsRemainingMs(
  policy: RetryPolicy,
  question: RetryQuestion & { readonly attemptMs: number }
): number {
  const plan = planOf(policy, { ...question, random: 1 });
  if (plan === undefined) return 0;
  let sumMs = 0;
  for (let failures = question.failures; failures < plan.attemptsMax; failures += 1) {
    const { delayMs = 0 } = planOf(policy, { ...question, failures, random: 1 }) ?? {};
    sumMs += delayMs + question.attemptMs;
    const remainingMs = plan.deadlineMs - question.elapsedMs;
    if (sumMs > remainingMs) return Math.max(0, remainingMs) + question.attemptMs;
  }
  return sumMs;
}

function planOf(policy: RetryPolicy, question: RetryQuestion): (RetryAnswer & { deadlineMs: number }) | undefined {
  const { deadlineMs, baseDelayMs } = policy;
  const asked = question.retryAfterMs;
  switch (question.kind) {
    case 'never':
      return undefined;
    case 'transient':
      return { delayMs: (asked ?? 0) + backoff(policy, question), attemptsMax: policy.attemptsMax, deadlineMs };
    case 'throttled':
      return {
        // Jitter on top: requests refused together must not come back together.
        delayMs:
          asked === undefined ? backoff(policy, question) : asked + question.random * Math.max(asked, baseDelayMs),
        attemptsMax: policy.throttledAttemptsMax,
        deadlineMs,
      };
    case 'quotaUnknown':
      return polling(policy.quotaWaitMs, 8 * baseDelayMs, question.random);
    case 'notServedYet':
      return polling(policy.notServedWaitMs, baseDelayMs, question.random);
    case 'justBack':
      return polling(policy.justBackWaitMs, 4 * baseDelayMs, question.random);
  }
}

/** Full jitter: anywhere between nothing and the exponential bound. */
function backoff(policy: RetryPolicy, { failures, random }: RetryQuestion): number {
  return random * Math.min(policy.delayMaxMs, policy.baseDelayMs * 2 ** (failures - 1));
}

function polling(deadlineMs: number, everyMs: number, random: number): RetryAnswer & { deadlineMs: number } {
  return { delayMs: everyMs * (0.75 + random / 2), attemptsMax: Math.ceil(deadlineMs / everyMs) + 1, deadlineMs };
}
