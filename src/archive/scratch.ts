/** Buffers that are used again: large ones left to the garbage collector pile up faster than it comes by. */
export interface Scratch {
  /** A buffer of at least the size, its content undefined. Waits while all are in use. */
  take(bytes: number): Promise<Buffer>;
  /** Gives a buffer back; nobody may look at it any more. */
  give(buffer: Buffer): void;
}

/**
 * At most `count` buffers of `ordinaryBytes` for everybody, made when they are first needed. What is much smaller or
 * larger gets a buffer of its own at once and is not kept.
 */
export function createScratch(ordinaryBytes: number, count: number): Scratch {
  const free: Buffer[] = [];
  const waiting: ((buffer: Buffer) => void)[] = [];
  let made = 0;
  return {
    take(bytes) {
      if (bytes > ordinaryBytes || bytes < ordinaryBytes / 8) return Promise.resolve(Buffer.allocUnsafeSlow(bytes));
      const buffer = free.pop();
      if (buffer !== undefined) return Promise.resolve(buffer);
      if (made === count) return new Promise((resolve) => waiting.push(resolve));
      made += 1;
      return Promise.resolve(Buffer.allocUnsafeSlow(ordinaryBytes));
    },
    give(buffer) {
      if (buffer.byteLength !== ordinaryBytes) return;
      const next = waiting.shift();
      if (next === undefined) free.push(buffer);
      else next(buffer);
    },
  };
}
