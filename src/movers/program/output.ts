import { writeSync } from 'node:fs';
import type { MoverLine } from '../../core/volumes/mover-protocol.ts';

/** How much of a volume is done. */
interface Moved {
  readonly doneBytes: number;
  readonly totalBytes: number;
  readonly files?: { readonly done: number; readonly total: number };
}

/** Where the program's lines go; tests give their own. */
export interface Output {
  /** Prints a line at once. */
  line(line: MoverLine): void;
  /** Prints a progress line unless one was printed less than a second ago. */
  progress(state: 'copying' | 'hashing', moved: Moved): void;
}

const progressIntervalMs = 1000;

/** Makes the output that writes JSON lines to stdout. */
export function stdoutOutput(write: (text: string) => void = writeStdout): Output {
  let lastMs = 0;
  function line(value: MoverLine): void {
    write(`${JSON.stringify(value)}\n`);
  }
  return {
    line,
    progress(state, { doneBytes, totalBytes, files }) {
      const nowMs = performance.now();
      if (nowMs - lastMs < progressIntervalMs && doneBytes < totalBytes) return;
      lastMs = nowMs;
      line({ type: 'progress', state, doneBytes, totalBytes, ...(files === undefined ? {} : { files }) });
    },
  };
}

/** Synchronous, so that nothing is lost when the program exits; a full pipe answers EAGAIN until it is read. */
function writeStdout(text: string): void {
  let remaining = Buffer.from(text);
  while (remaining.length > 0) {
    try {
      remaining = remaining.subarray(writeSync(1, remaining));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}
