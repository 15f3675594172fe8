import { afterSuccess, afterThrottle, initialAimd } from './aimd.ts';
import { pause } from './pause.ts';
import { createQueueLimit } from './queue-limit.ts';
import { initialBucket, takeToken } from './token-bucket.ts';

export interface LimiterOptions {
  readonly connections: number;
  readonly maxRequestsPerSecond: number | undefined;
}

/** How a request ended. */
export interface Ended {
  /** With a 429. */
  readonly throttled?: { readonly retryAfterMs: number } | undefined;
  /** With an answer: what kind of request it was, when how long it took shows how busy the server is. */
  readonly kind?: string | undefined;
  /** False: no answer came. That says nothing of what the server bears, so nothing is widened. */
  readonly answered?: boolean;
}

/** A place among the requests under way; to be given back exactly once. */
interface Place {
  readonly sentAtMs: number;
  leave(ended?: Ended): void;
}

/** Lets requests to one cluster pass, first come first served: as many at once and a second as it bears. */
export interface Limiter {
  enter(signal: AbortSignal | undefined): Promise<Place>;
  /** Requests the cluster currently gets at once. */
  width(): number;
}

/** Opens a limiter; `aimd.ts` and `queue-limit.ts` say how wide it is, `token-bucket.ts` how fast. */
export function createLimiter(options: LimiterOptions): Limiter {
  const line = new WaitingLine();
  let aimd = initialAimd(options.connections);
  const queue = createQueueLimit(options.connections);
  let bucket = options.maxRequestsPerSecond === undefined ? undefined : initialBucket(options.maxRequestsPerSecond);
  let inFlight = 0;
  let wakeUp: NodeJS.Timeout | undefined;

  function admitWaiting(): void {
    const pausedMs = aimd.pausedUntilMs - performance.now();
    if (pausedMs > 0) {
      wakeUp ??= setTimeout(() => {
        wakeUp = undefined;
        admitWaiting();
      }, pausedMs);
      return;
    }
    while (inFlight < width() && line.admitFirst()) inFlight += 1;
  }

  function width(): number {
    return Math.min(Math.floor(aimd.limit), queue.limit());
  }

  function freePlace(): void {
    inFlight -= 1;
    admitWaiting();
  }

  async function takeTurn(signal: AbortSignal | undefined): Promise<void> {
    if (bucket === undefined) return;
    const taken = takeToken(bucket, performance.now());
    bucket = taken.bucket;
    if (taken.delayMs > 0) await pause(taken.delayMs, signal);
  }

  return {
    enter: async (signal) => {
      signal?.throwIfAborted();
      const admitted = line.join(signal);
      admitWaiting();
      await admitted;
      try {
        await takeTurn(signal);
      } catch (error) {
        freePlace();
        throw error;
      }
      const sentAtMs = performance.now();
      return {
        sentAtMs,
        leave: ({ throttled, kind, answered = true } = {}) => {
          const nowMs = performance.now();
          if (throttled !== undefined) {
            aimd = afterThrottle(aimd, { sentAtMs, nowMs, retryAfterMs: throttled.retryAfterMs });
          } else if (answered) {
            aimd = afterSuccess(aimd);
            if (kind !== undefined) queue.observe({ kind, durationMs: nowMs - sentAtMs, nowMs, inFlight });
          }
          freePlace();
        },
      };
    },
    width,
  };
}

interface Waiter {
  readonly admit: () => void;
  waiting: boolean;
}

/** Who waits, in order. Those who leave stay in the line and are passed over, so that leaving costs nothing. */
class WaitingLine {
  #waiters: Waiter[] = [];
  #head = 0;

  /** Resolves when admitted; throws the signal's reason. */
  join(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        waiter.waiting = false;
        reject(signal?.reason as Error);
      };
      const waiter: Waiter = {
        waiting: true,
        admit: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiters.push(waiter);
    });
  }

  /** Lets the first one in; false when nobody waits. */
  admitFirst(): boolean {
    for (;;) {
      const waiter = this.#waiters[this.#head];
      if (waiter === undefined) {
        this.#waiters = [];
        this.#head = 0;
        return false;
      }
      this.#head += 1;
      if (this.#head > 1_000 && this.#head * 2 > this.#waiters.length) {
        this.#waiters = this.#waiters.slice(this.#head);
        this.#head = 0;
      }
      if (!waiter.waiting) continue;
      waiter.waiting = false;
      waiter.admit();
      return true;
    }
  }
}
