import { readFileSync } from 'node:fs';
import { zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { capture, sample } from '../../test/contract/location-capture.ts';
import { createMemoryLocation, type MemoryStore } from '../../test/support/memory-location.ts';
import { compareUtf8, createCutter, keyHash } from './order.ts';
import { sha256Of } from './stored.ts';

const page = readFileSync(new URL('../../docs/formats.md', import.meta.url), 'utf8');

/** What is stored today has to be readable for ever: these values may never change within format 1. */
describe('format 1', () => {
  it('hashes keys as docs/formats.md says', () => {
    const rows = [...page.matchAll(/^\| (\(empty\)|`[^`]*\/[^`]*`) +\| `([0-9a-f]{8})` +\|$/gmu)];
    expect(rows).toHaveLength(4);
    for (const [, key = '', hash] of rows) {
      const plain = key === '(empty)' ? '' : key.slice(1, -1);
      expect(keyHash(plain).toString(16).padStart(8, '0')).toBe(hash);
    }
  });

  it('lays out a segment and its index as docs/formats.md says', async () => {
    const store: MemoryStore = new Map();
    const { index } = await capture(createMemoryLocation('m', store), [sample('web', '{"a":1}')]);
    const key = [...store.keys()].find((name) => name.startsWith('objects/segments/')) ?? '';
    const stored = store.get(key) ?? new Uint8Array();
    const segment = Buffer.from(stored);
    const sha256 = sha256Of(stored);
    expect(key).toBe(`objects/segments/${sha256.slice(0, 2)}/${sha256}`);
    expect(segment.subarray(0, 24).toString('hex')).toBe('5c2a4d18080000004c46534701000000' + '5d2a4d1808000000');
    const raw = zstdDecompressSync(segment.subarray(32));
    expect([segment.readUInt32LE(24), segment.readUInt32LE(28)]).toEqual([segment.length - 32, raw.length]);
    const fields =
      '"group":"","version":"v1","kind":"ConfigMap","plural":"configmaps","namespaced":true,"namespace":"shop",' +
      '"name":"web","uid":"uid-web","sha256":"015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862","length":7';
    const header = `{"objects":[{${fields}}]}\n`;
    expect(raw.toString()).toBe(`${header}{"a":1}\n`);
    const lines = Buffer.from(store.get(index?.key ?? '') ?? []);
    expect(lines.subarray(0, 16).toString('hex')).toBe('5c2a4d18080000004c464a4c01000000');
    const place = `"offset":${header.length},"segment":"${sha256}","segmentBytes":${segment.length}`;
    expect(zstdDecompressSync(lines.subarray(32)).toString()).toBe(`{${fields},${place}}\n`);
  });
});

describe('order', () => {
  it('is that of UTF-8 bytes for any two strings', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', '-', '/', 'ä', '\ud7ff', '\ue000', '\uffff', '😀', '𐀀'),
      maxLength: 5,
    });
    fc.assert(
      fc.property(text, text, (left, right) => {
        expect(Math.sign(compareUtf8(left, right))).toBe(Buffer.compare(Buffer.from(left), Buffer.from(right)));
      }),
      { numRuns: 2_000 }
    );
  });
});

describe('cuts', () => {
  const sizes = { min: 100, target: 400, max: 800 };
  const item = fc.record({ key: fc.string({ maxLength: 8 }), size: fc.integer({ min: 0, max: 300 }) });

  it('keep pieces between their bounds, and fall at the same places after a change', () => {
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 200 }), (items) => {
        const cut = createCutter(sizes);
        let size = 0;
        for (const { key, size: next } of items) {
          const { before, after } = cut(key, next);
          size = before ? next : size + next;
          expect(size).toBeLessThanOrEqual(sizes.max);
          expect(after && size < sizes.min).toBe(false);
          if (after) size = 0;
        }
      })
    );
    const keys = Array.from({ length: 2_000 }, (_, at) => `key-${at}`);
    const ends = (list: readonly string[]): string[] => {
      const cut = createCutter(sizes);
      return list.filter((key) => cut(key, 10).after);
    };
    const whole = ends(keys);
    const changed = ends(keys.toSpliced(500, 1));
    expect(whole.length).toBeGreaterThan(30);
    expect(whole.filter((key) => !changed.includes(key)).length).toBeLessThanOrEqual(3);
  });
});
