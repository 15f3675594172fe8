import { pause } from './pause.ts';

/** Looks, while anybody listens, whether a server still answers. */
export interface LivenessProbe {
  /** Begins; the result ends it. */
  begin(): () => void;
}

/** Often enough for a silence to be reported within ten seconds; one question for all who listen to a server. */
const PERIOD_MS = 2_000;

/**
 * Opens a liveness probe. On a watch, or while a command runs in a pod, nothing comes as long as nothing happens, and nothing comes
 * from a server that has stopped: only a question of its own distinguishes the two. It ignores what `ask` throws.
 */
export function createLivenessProbe(
  ask: (signal: AbortSignal) => Promise<unknown>,
  periodMs = PERIOD_MS
): LivenessProbe {
  let listeners = 0;
  let ended = new AbortController();
  const beat = async (signal: AbortSignal): Promise<void> => {
    for (;;) {
      await pause(periodMs, signal);
      await ask(signal).catch(() => undefined);
    }
  };
  return {
    begin() {
      listeners += 1;
      if (listeners === 1) {
        ended = new AbortController();
        beat(ended.signal).catch(() => undefined);
      }
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        listeners -= 1;
        if (listeners === 0) ended.abort();
      };
    },
  };
}
