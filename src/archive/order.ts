/**
 * Compares two strings as their UTF-8 bytes compare, which is the order of keys in stores and of entries in an index.
 * JavaScript's own order differs where one has surrogates and the other characters above them.
 */
export function compareUtf8(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at += 1) {
    const a = left.charCodeAt(at);
    const b = right.charCodeAt(at);
    if (a !== b) return weight(a) - weight(b);
  }
  return left.length - right.length;
}

/** Moves surrogates (U+10000 and above) behind the rest of the Basic Multilingual Plane. */
function weight(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/**
 * 32 bits of a key, evenly spread: FNV-1a over its UTF-8 bytes, then the finalizer of MurmurHash3. Part of the format
 * (docs/formats.md): another hash would cut segments elsewhere and store everything again.
 */
export function keyHash(key: string): number {
  const bytes = Buffer.from(key);
  let hash = 0x811c9dc5;
  for (let at = 0; at < bytes.length; at += 1) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

export interface CutSizes {
  /** No cut below it. */
  readonly min: number;
  /** The size aimed at. */
  readonly target: number;
  /** A cut before anything that would exceed it. */
  readonly max: number;
}

/** Whether a cut comes before and after an item. */
export interface Cut {
  readonly before: boolean;
  readonly after: boolean;
}

/**
 * Cuts a sorted sequence where its keys say so: a key ends a piece with a probability that grows with the item's size,
 * decided by the key's hash. A changed, new or removed item moves the cuts next to it and no others.
 */
export function createCutter(sizes: CutSizes): (key: string, size: number) => Cut {
  let current = 0;
  return (key, size) => {
    const before = current > 0 && current + size > sizes.max;
    current = before ? size : current + size;
    const chance = size / (sizes.target - sizes.min);
    const after = current >= sizes.min && keyHash(key) < chance * 2 ** 32;
    if (after) current = 0;
    return { before, after };
  };
}

/** Cuts of segments, in raw bytes. Part of the format. */
export const segmentCuts: CutSizes = { min: 1 << 20, target: 4 << 20, max: 8 << 20 };

/** Cuts of an index, in entries. Part of the format. */
export const indexCuts: CutSizes = { min: 4_096, target: 16_384, max: 65_536 };
