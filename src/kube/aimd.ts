/**
 * Additive increase, multiplicative decrease: how many requests a cluster gets at once. Pure; `limiter.ts` acts on it.
 * The rule is TCP's (RFC 5681): halve on a sign of overload, then feel upwards one at a time.
 */
export interface Aimd {
  /** Requests at once; the whole part counts. */
  readonly limit: number;
  readonly limitMax: number;
  /** When the limit was last cut. */
  readonly cutAtMs: number;
  /** Nothing new is sent before this time. */
  readonly pausedUntilMs: number;
}

/** Successful requests it takes, at each level, to add one: 1 to 48 takes about 4,500 requests, seconds at full speed. */
const ROUNDS_PER_STEP = 4;
/** A server that asks for more than this while only one request is out is asked again anyway. */
const PAUSE_MAX_MS = 5_000;

/** Starts at the full width: a cluster that cannot bear it says so with 429. */
export function initialAimd(limitMax: number): Aimd {
  return { limit: limitMax, limitMax, cutAtMs: Number.NEGATIVE_INFINITY, pausedUntilMs: Number.NEGATIVE_INFINITY };
}

/** After a request that was not throttled. */
export function afterSuccess(state: Aimd): Aimd {
  if (state.limit >= state.limitMax) return state;
  return { ...state, limit: Math.min(state.limitMax, state.limit + 1 / (ROUNDS_PER_STEP * Math.floor(state.limit))) };
}

export interface ThrottleSign {
  /** When the throttled request was sent. */
  readonly sentAtMs: number;
  readonly nowMs: number;
  readonly retryAfterMs: number;
}

/**
 * After a 429. A request sent before the last cut says nothing about the limit that holds now, so a burst of 48
 * refusals halves once. When even one at a time is too many, everything waits as long as the server asks.
 */
export function afterThrottle(state: Aimd, sign: ThrottleSign): Aimd {
  if (sign.sentAtMs <= state.cutAtMs) return state;
  const alone = Math.floor(state.limit) <= 1;
  return {
    ...state,
    limit: Math.max(1, state.limit / 2),
    cutAtMs: sign.nowMs,
    pausedUntilMs: alone ? sign.nowMs + Math.min(sign.retryAfterMs, PAUSE_MAX_MS) : state.pausedUntilMs,
  };
}
