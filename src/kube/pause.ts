import { setTimeout as sleep } from 'node:timers/promises';

/** Waits; throws the signal's own reason when it is aborted, so that callers see why they were stopped. */
export async function pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(delayMs, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
