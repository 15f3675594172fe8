/**
 * How many requests a cluster gets at once by how long it takes to answer: the rule of TCP Vegas (Brakmo and Peterson
 * 1995). What an answer takes longer than the quickest of its kind it has waited in a queue, and more requests only make
 * that queue longer, for everybody who asks this server. A distant server is slow without a queue, and gets as many as
 * `max`.
 */
export interface QueueLimit {
  /** Requests at once. */
  limit(): number;
  /** Counts an answer. Of one `kind` are requests that cost the server the same; `inFlight` are those under way, itself among them. */
  observe(answer: {
    readonly kind: string;
    readonly durationMs: number;
    readonly nowMs: number;
    readonly inFlight: number;
  }): void;
}

/** Requests in the queue of the server: below the first there is room for one more, above the second it is one too many. */
const QUEUED_FEW = 3;
const QUEUED_MANY = 6;
const LIMIT_FIRST = 12;
const LIMIT_MIN = 4;
/** A kind's quickest answer is forgotten after one to two of these: servers change, and so does what admission does. */
const EPOCH_MS = 30_000;

interface Quickest {
  sinceMs: number;
  nowMs: number;
  beforeMs: number;
}

export function createQueueLimit(max: number): QueueLimit {
  const quickest = new Map<string, Quickest>();
  let limit = Math.min(max, LIMIT_FIRST);
  let round = emptyRound();

  function baseOf(kind: string, durationMs: number, nowMs: number): number {
    const known = quickest.get(kind) ?? { sinceMs: nowMs, nowMs: durationMs, beforeMs: durationMs };
    if (nowMs - known.sinceMs > EPOCH_MS) {
      known.sinceMs = nowMs;
      known.beforeMs = known.nowMs;
      known.nowMs = durationMs;
    }
    known.nowMs = Math.min(known.nowMs, durationMs);
    quickest.set(kind, known);
    return Math.min(known.nowMs, known.beforeMs);
  }

  return {
    limit: () => limit,
    observe({ kind, durationMs, nowMs, inFlight }) {
      round.answers += 1;
      round.waiting += 1 - baseOf(kind, durationMs, nowMs) / Math.max(durationMs, Number.MIN_VALUE);
      round.wasFull ||= inFlight >= limit;
      if (round.answers < limit) return;
      const queued = (limit * round.waiting) / round.answers;
      if (queued > QUEUED_MANY) limit = Math.max(Math.min(max, LIMIT_MIN), limit - 1);
      else if (queued < QUEUED_FEW && round.wasFull) limit = Math.min(max, limit + 1);
      round = emptyRound();
    },
  };
}

/** As many answers as there are requests at once: about one trip to the server and back. */
function emptyRound(): { answers: number; waiting: number; wasFull: boolean } {
  return { answers: 0, waiting: 0, wasFull: false };
}
