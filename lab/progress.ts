/** Receives what a person should see while a lab goes up or down. */
export interface Progress {
  /** Says something that is no part by itself. */
  note(message: string): void;
  /** Runs one part and prints one line when it is ready: how long it took, and how long it was expected to take. */
  part(name: string, expectedSeconds: number, work: () => Promise<string>): Promise<void>;
}

/** Prints to a stream, one line per part. */
export function lineProgress(write: (line: string) => void): Progress {
  return {
    note: (message) => write(`  ${message}`),
    part: async (name, expectedSeconds, work) => {
      const started = performance.now();
      try {
        const detail = await work();
        const seconds = ((performance.now() - started) / 1000).toFixed(1);
        write(`  ${name.padEnd(32)} ${detail} in ${seconds} s (expected ${expectedSeconds} s)`);
      } catch (error) {
        write(`  ${name.padEnd(32)} FAILED after ${((performance.now() - started) / 1000).toFixed(1)} s`);
        throw error;
      }
    },
  };
}

/** Says nothing, for tests. */
export const silentProgress: Progress = {
  note: () => undefined,
  part: async (_name, _expectedSeconds, work) => void (await work()),
};
