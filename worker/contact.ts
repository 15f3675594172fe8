import { setTimeout as sleep } from 'node:timers/promises';

/** Often enough that a worker which is cut off knows well before its heartbeats are missed. */
const askEveryMs = 2_000;

/**
 * Asks the Temporal server again and again until the signal aborts, and reports when it was last asked and answered, by
 * the monotonic clock. The SDK does not report whether a heartbeat has arrived: this does, near enough, since both go the
 * same way.
 */
export function keepContact(ask: () => Promise<unknown>, signal: AbortSignal): () => number {
  let answeredMs = performance.now();
  const go = async (): Promise<void> => {
    while (!signal.aborted) {
      const askedMs = performance.now();
      await ask().then(
        () => (answeredMs = askedMs),
        () => undefined
      );
      await sleep(askEveryMs, undefined, { signal }).catch(() => undefined);
    }
  };
  void go();
  return () => answeredMs;
}
