/** Buffers that are used again: large ones left to the garbage collector pile up faster than it comes by. */
export interface Scratch {
  /** A buffer of at least the size, its content undefined. */
  take(bytes: number): Buffer;
  /** Gives a buffer back; nobody may look at it any more. */
  give(buffer: Buffer): void;
}

/** Keeps as many buffers as were in use at the same time, each as large as the largest segment of ordinary objects. */
export function createScratch(ordinaryBytes: number): Scratch {
  const free: Buffer[] = [];
  return {
    take(bytes) {
      // A small segment does not need a large buffer, and most writers have one small segment.
      if (bytes > ordinaryBytes || (free.length === 0 && bytes < ordinaryBytes / 8)) {
        return Buffer.allocUnsafeSlow(bytes);
      }
      return free.pop() ?? Buffer.allocUnsafeSlow(ordinaryBytes);
    },
    give(buffer) {
      if (buffer.byteLength === ordinaryBytes) free.push(buffer);
    },
  };
}
