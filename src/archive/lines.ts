import { blocksOf, containerStart, corruptContainer, decodeBlockSync, encodeBlockSync } from './container.ts';

/** Raw bytes after which a block is closed: small enough to be held and decoded on the spot. */
const blockTarget = 256 * 1024;
const newline = 0x0a;

/** Collects JSON lines as a container; holds them compressed. */
export interface LinesEncoder {
  add(value: unknown): void;
  readonly count: number;
  /** The whole container. */
  finish(): Uint8Array;
}

export function createLinesEncoder(): LinesEncoder {
  const parts: Uint8Array[] = [containerStart('LFJL')];
  let lines: string[] = [];
  let pending = 0;
  let count = 0;
  const flush = (): void => {
    if (lines.length === 0) return;
    parts.push(...encodeBlockSync(Buffer.from(lines.join(''))));
    lines = [];
    pending = 0;
  };
  return {
    add(value) {
      const line = `${JSON.stringify(value)}\n`;
      lines.push(line);
      pending += line.length;
      count += 1;
      if (pending >= blockTarget) flush();
    },
    get count() {
      return count;
    },
    finish() {
      flush();
      return Buffer.concat(parts);
    },
  };
}

/** The values of a container of JSON lines, one block in memory at a time. The bytes have been verified before. */
export function* decodeLines(key: string, bytes: Uint8Array): Generator<unknown> {
  for (const block of blocksOf(key, 'LFJL', bytes)) {
    const decoded = decodeBlockSync(key, block);
    const raw = Buffer.from(decoded.buffer, decoded.byteOffset, decoded.byteLength);
    if (raw.length === 0 || raw.at(-1) !== newline) throw corruptContainer(key, 'a block does not end with a line');
    for (let start = 0; start < raw.length;) {
      const end = raw.indexOf(newline, start);
      yield parseLine(key, raw.toString('utf8', start, end));
      start = end + 1;
    }
  }
}

function parseLine(key: string, line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw corruptContainer(key, 'a line is not JSON');
  }
}
