import { createLinesEncoder, decodeLines } from '../../archive/lines.ts';
import type { LinesEncoder } from '../../archive/lines.ts';

/** Values that are packed together: few enough to unpack one for a single value. */
const blockValues = 1_000;
/** Unpacked blocks that are kept for the next questions, which come nearly in the order of the values. */
const unpackedMax = 4;

/**
 * A map that keeps its values packed: the entries of a plan of 200,000 objects would take 300 MB as objects, and take 25
 * so. Values are plain data; reading them in about the order they were set in is fast.
 */
export interface EntryBlocks<T> {
  set(key: string, value: T): void;
  has(key: string): boolean;
  get(key: string): T | undefined;
  readonly size: number;
}

export function createEntryBlocks<T>(): EntryBlocks<T> {
  /** Number of the value that counts: a key that is set twice has the later one. */
  const numbers = new Map<string, number>();
  const blocks: Uint8Array[] = [];
  const unpacked = new Map<number, readonly T[]>();
  let open: T[] = [];
  let encoder: LinesEncoder = createLinesEncoder();
  let count = 0;

  function blockOf(number: number): readonly T[] {
    const at = Math.floor(number / blockValues);
    const packed = blocks[at];
    if (packed === undefined) return open;
    const known = unpacked.get(at);
    if (known !== undefined) return known;
    const values = [...decodeLines(`entries ${at}`, packed)] as T[];
    unpacked.set(at, values);
    for (const oldest of unpacked.keys()) {
      if (unpacked.size <= unpackedMax) break;
      unpacked.delete(oldest);
    }
    return values;
  }

  return {
    set(key, value) {
      numbers.set(key, count);
      count += 1;
      open.push(value);
      encoder.add(value);
      if (open.length < blockValues) return;
      blocks.push(encoder.finish());
      encoder = createLinesEncoder();
      open = [];
    },
    has: (key) => numbers.has(key),
    get(key) {
      const number = numbers.get(key);
      return number === undefined ? undefined : blockOf(number)[number % blockValues];
    },
    get size() {
      return numbers.size;
    },
  };
}
