import { fstatSync, writeSync } from 'node:fs';

/**
 * Gives the writer of log lines for standard output (1) or standard error (2). Where it is a file, a full disk must not
 * end the worker, which would take running work with it: a line that finds no room is dropped, and the first one that does
 * is preceded by how many were. What other parts of the process write there is not allowed to end it either.
 */
export function openLog(fd: 1 | 2): (line: string) => void {
  const stream = fd === 1 ? process.stdout : process.stderr;
  stream.on('error', () => undefined);
  if (!fstatSync(fd).isFile()) return (line) => void stream.write(`${line}\n`);
  return createLineWriter((bytes) => writeSync(fd, bytes));
}

/** Writes whole lines through `write`, which gives the number of bytes it took and throws when there is no room. */
export function createLineWriter(
  write: (bytes: Buffer) => number,
  now: () => string = () => new Date().toISOString()
): (line: string) => void {
  let dropped = 0;
  // The beginning of a line may have found room: the next one must not continue it.
  let broken = false;
  const put = (line: string): boolean => {
    let rest = Buffer.from(`${broken ? '\n' : ''}${line}\n`);
    const whole = rest.length;
    try {
      while (rest.length > 0) rest = rest.subarray(write(rest));
      broken = false;
      return true;
    } catch {
      broken = broken || rest.length < whole;
      return false;
    }
  };
  return (line) => {
    if (dropped > 0) {
      const told = JSON.stringify({
        time: now(),
        level: 'warn',
        message: 'log lines dropped: disk full',
        lines: dropped,
      });
      if (put(told)) dropped = 0;
    }
    if (dropped > 0 || !put(line)) dropped += 1;
  };
}
