import { describe, expect, it } from 'vitest';
import type { DecodedSegment } from './segment.ts';
import { createKeptSegments } from './segment-cache.ts';

const mebibyte = 1024 * 1024;

function segmentOf(rawBytes: number): DecodedSegment {
  return { rawBytes, objects: [], take: () => new Uint8Array() };
}

describe('kept segments', () => {
  it('are as many bytes for all caches together, the ones used last', () => {
    const kept = createKeptSegments();
    const [one, other] = [{}, {}];
    kept.put(one, 'a', segmentOf(6 * mebibyte));
    const b = segmentOf(6 * mebibyte);
    kept.put(other, 'b', b);
    kept.put(one, 'c', segmentOf(6 * mebibyte));
    expect(kept.get(one, 'a')).toBeUndefined();
    expect(kept.get(other, 'b')).toBe(b);
    kept.put(other, 'b', b);
    kept.put(one, 'd', segmentOf(6 * mebibyte));
    expect(kept.get(one, 'c')).toBeUndefined();
    expect(kept.get(other, 'b')).toBe(b);
  });

  it('are not taken for those of another location', () => {
    const kept = createKeptSegments();
    const one = {};
    kept.put(one, 'a', segmentOf(1));
    expect(kept.get({}, 'a')).toBeUndefined();
  });
});
