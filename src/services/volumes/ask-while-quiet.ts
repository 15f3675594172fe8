import type { Location } from '../../ports/location.ts';
import type { MoveProgress } from '../../ports/volume-mover.ts';

/** A mover that moves reports something every second or two. */
const quietMs = 3_000;
const askEveryMs = 2_000;

/** What is asked while nothing moves: a key that is there as long as the run is. */
interface QuietOptions {
  readonly key: string;
  readonly signal: AbortSignal;
}

/**
 * Runs the work of a mover, whose pod does not say what it waits for: while nothing moves, the store is asked from here, so
 * that a store that has stopped is named. Whether the pod reaches it is not known by that.
 */
export async function askWhileQuiet<T>(
  location: Location,
  { key, signal }: QuietOptions,
  work: (moved: (progress: MoveProgress) => void) => Promise<T>
): Promise<T> {
  let last = '';
  // A pod that does not run waits for its cluster.
  let runs = false;
  let movedMs = performance.now();
  let asking = false;
  const timer = setInterval(() => {
    if (!runs || asking || performance.now() - movedMs < quietMs) return;
    asking = true;
    const asked = location.head(key, { signal }).catch(() => undefined);
    void asked.finally(() => (asking = false));
  }, askEveryMs);
  try {
    return await work((progress) => {
      const now = JSON.stringify(progress);
      if (now === last) return;
      [last, movedMs] = [now, performance.now()];
      runs = progress.state !== 'pending';
    });
  } finally {
    clearInterval(timer);
  }
}
