/** A token bucket that hands out reservations: each request learns how long to wait. Pure; time comes from outside. */
export interface TokenBucket {
  readonly ratePerSecond: number;
  /** When the bucket was or will be exactly empty of debts: in the future while requests wait. */
  readonly freeAtMs: number;
}

/** Share of a second that may be spent at once after a pause; smooths without punishing short gaps. */
const BURST_MS = 250;

/** An idle bucket. */
export function initialBucket(ratePerSecond: number): TokenBucket {
  return { ratePerSecond, freeAtMs: Number.NEGATIVE_INFINITY };
}

/** Reserves one token; `delayMs` is how long its owner has to wait before using it. */
export function takeToken(bucket: TokenBucket, nowMs: number): { bucket: TokenBucket; delayMs: number } {
  const earliest = Math.max(bucket.freeAtMs, nowMs - BURST_MS);
  return {
    bucket: { ...bucket, freeAtMs: earliest + 1000 / bucket.ratePerSecond },
    delayMs: Math.max(0, earliest - nowMs),
  };
}
