import { zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  capture,
  collect,
  commit,
  content,
  readAll,
  sample,
  samples,
  type Sample,
} from '../../test/contract/location-capture.ts';
import { isLandfallError } from '../core/errors.ts';
import { objectKey } from '../core/resource.ts';
import { createMemoryLocation, type MemoryStore } from '../../test/support/memory-location.ts';
import type { Location } from '../ports/location.ts';
import { mergeIndexes } from './index-file.ts';
import { compareUtf8 } from './order.ts';
import { openRecoveryPoint } from './recovery-point.ts';
import { createSegmentWriter } from './segment-writer.ts';
import { verifyRecoveryPoint } from './verify.ts';

function memory(): { store: MemoryStore; location: Location } {
  const store: MemoryStore = new Map();
  return { store, location: createMemoryLocation('m', store) };
}

const keyOf = ({ object }: Sample): string => objectKey(object.ref);
const segmentsOf = (store: MemoryStore): string[] =>
  [...store.keys()].filter((key) => key.startsWith('objects/segments/'));

/** Any objects: names beyond ASCII, empty, binary and multi-line bytes, several kinds, in any order. */
const anySamples: fc.Arbitrary<Sample[]> = fc.uniqueArray(
  fc
    .record({
      name: fc.oneof(fc.string({ minLength: 1, unit: 'grapheme' }), fc.constantFrom('a', 'a-b', 'ab', '￿', '😀')),
      namespace: fc.constantFrom('', 'a', 'a-b', 'shop'),
      kind: fc.constantFrom('ConfigMap', 'Secret'),
      bytes: fc.uint8Array({ maxLength: 200 }),
    })
    .map(({ name, bytes, ...place }) => sample(name, bytes, place)),
  { selector: keyOf, maxLength: 30 }
);

describe('round trip', () => {
  it('gives back any objects byte for byte, sorted, however they were split over writers', async () => {
    await fc.assert(
      fc.asyncProperty(anySamples, fc.integer({ min: 1, max: 4 }), async (objects, writers) => {
        const { location } = memory();
        const lists = Array.from({ length: writers }, (_, at) =>
          objects.filter((_sample, index) => index % writers === at)
        );
        await commit(location, 'point', lists);
        const sorted = objects.toSorted((a, b) => Buffer.compare(Buffer.from(keyOf(a)), Buffer.from(keyOf(b))));
        const read = await readAll(location, 'point');
        expect(read.map(({ entry }) => objectKey(entry))).toEqual(sorted.map(keyOf));
        expect(read.map(({ bytes }) => Buffer.from(bytes).toString('hex'))).toEqual(
          sorted.map(({ bytes }) => Buffer.from(bytes).toString('hex'))
        );
        expect(await verifyRecoveryPoint(location, 'point')).toMatchObject({ problems: [], objects: objects.length });
      }),
      { numRuns: 60 }
    );
  });

  it('gives objects in the order asked for, with any repeats', async () => {
    const { location } = memory();
    await commit(location, 'point', [samples(6_000)]);
    const point = await openRecoveryPoint(location, 'point');
    const entries = await collect(point.readIndex());
    const shuffled = entries
      .map((_, at) => entries[(at * 4_001) % entries.length])
      .filter((entry) => entry !== undefined);
    let at = 0;
    for await (const { entry, bytes } of point.readObjects([...shuffled, ...shuffled.slice(0, 10)])) {
      const expected = shuffled[at % shuffled.length];
      expect(entry).toBe(expected);
      expect(bytes.byteLength).toBe(expected?.length);
      at += 1;
    }
    expect(at).toBe(6_010);
  });

  it('is, behind its lengths, plain zstd: a line of JSON, then the objects, a line each', async () => {
    const { store, location } = memory();
    await capture(location, [sample('b', '{"b":9007199254740993}'), sample('a', '{"a":1.0}')]);
    const [segment] = segmentsOf(store);
    // Two skippable frames of 16 bytes; the zstd tool skips them by itself, Node's decoder does not.
    const frame = Buffer.from(store.get(segment ?? '') ?? []).subarray(32);
    const lines = zstdDecompressSync(frame).toString('utf8').split('\n');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ objects: [{ name: 'a', length: 9 }, { name: 'b' }] });
    expect(lines.slice(1)).toEqual(['{"a":1.0}', '{"b":9007199254740993}', '']);
  });

  it('writes an empty recovery point', async () => {
    const { location } = memory();
    await commit(location, 'empty', []);
    expect(await readAll(location, 'empty')).toEqual([]);
    expect(await verifyRecoveryPoint(location, 'empty')).toMatchObject({ problems: [], objects: 0 });
  });
});

describe('determinism and reuse', () => {
  const many = samples(12_000);

  it('makes the same bytes of the same objects, also when they come a little out of order', async () => {
    const one = memory();
    const two = memory();
    await commit(one.location, 'point', [many]);
    const jumbled = many.map((_, at) => many[at ^ 0b1011]).filter((found) => found !== undefined);
    const remaining = many.filter((found) => !jumbled.includes(found));
    await commit(two.location, 'point', [[...jumbled, ...remaining]]);
    const partials = (store: MemoryStore): string[] =>
      [...store.keys()].filter((key) => !key.startsWith('objects/indexes/'));
    expect(partials(two.store).toSorted()).toEqual(partials(one.store).toSorted());
    expect(segmentsOf(one.store).length).toBeGreaterThan(3);
  });

  it('stores nothing new when the same is captured twice', async () => {
    const { store, location } = memory();
    await capture(location, many);
    const before = new Map(store);
    const { stats } = await capture(location, many);
    expect(stats).toMatchObject({ objects: 12_000, storedBytes: 0, newSegments: 0 });
    expect(stats.reusedSegments).toBe(segmentsOf(store).length);
    expect(store).toEqual(before);
  });

  it.each([
    [
      'one object changed',
      (list: Sample[]) => list.with(5_000, sample('config-005000', 'changed', { namespace: 'team-2' })),
    ],
    ['one object more', (list: Sample[]) => [...list, sample('config-005000x', 'new', { namespace: 'team-2' })]],
    ['one object less', (list: Sample[]) => list.toSpliced(5_000, 1)],
  ])('stores few segments anew: %s', async (_what, change) => {
    const { store, location } = memory();
    const sorted = many.toSorted((a, b) => compareUtf8(keyOf(a), keyOf(b)));
    await capture(location, sorted);
    const all = segmentsOf(store).length;
    const { stats } = await capture(
      location,
      change(sorted).toSorted((a, b) => compareUtf8(keyOf(a), keyOf(b)))
    );
    expect(stats.newSegments).toBeGreaterThanOrEqual(1);
    expect(stats.newSegments).toBeLessThanOrEqual(2);
    expect(stats.reusedSegments).toBeGreaterThanOrEqual(all - 2);
  });

  it('keeps segments between their bounds', async () => {
    const { location } = memory();
    const { index } = await capture(
      location,
      [...samples(3_000, 1_000), ...samples(40, 1_400_000, 'large')].map(rename)
    );
    const { segments, rawBytes } = await mergeIndexes(location, index === undefined ? [] : [index]);
    expect(rawBytes / segments).toBeGreaterThan(1 << 20);
    expect(rawBytes / segments).toBeLessThan(8 << 20);
  });

  const rename = (found: Sample, at: number): Sample => ({
    ...found,
    object: { ...found.object, ref: { ...found.object.ref, name: `${found.object.ref.name}-${at}` } },
  });

  it('merges partial indexes in any order into the same parts', async () => {
    const { location } = memory();
    const lists = [many.slice(0, 3_000), many.slice(3_000, 3_100), many.slice(3_100)];
    const partials = (await Promise.all(lists.map((list) => capture(location, list)))).flatMap(
      ({ index }) => index ?? []
    );
    const merged = await mergeIndexes(location, partials);
    expect(await mergeIndexes(location, partials.toReversed())).toEqual(merged);
    expect(merged.objects).toBe(12_000);
  });

  it('takes an object captured twice once, and refuses two contents of one object', async () => {
    const { location } = memory();
    const one = await capture(location, [sample('a', 'x'), sample('b', 'y')]);
    const two = await capture(location, [sample('b', 'y')]);
    const other = await capture(location, [sample('b', 'z')]);
    const refs = [one, two, other].flatMap(({ index }) => index ?? []);
    expect((await mergeIndexes(location, refs.slice(0, 2))).objects).toBe(2);
    await expect(mergeIndexes(location, refs)).rejects.toThrow('ConfigMap shop/b was captured twice');
  });
});

describe('limits and failures of the writer', () => {
  it('refuses an object that no segment can hold, and goes on', async () => {
    const { location } = memory();
    const writer = createSegmentWriter(location);
    await expect(writer.add(sample('big', '').object, Buffer.alloc(33 << 20))).rejects.toMatchObject({
      code: 'OBJECT_TOO_LARGE',
    });
    await writer.add(sample('small', '').object, Buffer.from('x'));
    expect((await writer.finish()).stats.objects).toBe(1);
  });

  it('takes objects larger than a segment is meant to be', async () => {
    const { location } = memory();
    const large = [sample('a', Buffer.alloc(20 << 20, 'a')), sample('b', 'x'), sample('c', Buffer.alloc(9 << 20, 'c'))];
    await commit(location, 'large', [large]);
    const read = await readAll(location, 'large');
    expect(read.map(({ bytes }) => bytes.byteLength)).toEqual([20 << 20, 1, 9 << 20]);
  });

  it('throws the failure of a segment, and does not end when it was abandoned', async () => {
    const { location } = memory();
    const full = { ...location, create: () => Promise.reject(new Error('no space')) };
    await expect(capture(full, samples(12_000))).rejects.toThrow('no space');
    const abandoned = createSegmentWriter(full);
    for (const { object, bytes } of samples(5_500)) await abandoned.add(object, bytes).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 50));
  });

  it('does not refer to a stored segment of the wrong size', async () => {
    const { store, location } = memory();
    await capture(location, [sample('a', 'x')]);
    const [key = ''] = segmentsOf(store);
    store.set(key, (store.get(key) ?? Buffer.alloc(0)).slice(1));
    await expect(capture(location, [sample('a', 'x')])).rejects.toMatchObject({ code: 'STORED_OBJECT_CORRUPT' });
  });

  it('does not commit what is not there', async () => {
    const { location, store } = memory();
    const ref = { key: 'objects/indexes/absent', sha256: '0'.repeat(64), sizeBytes: 1 };
    const error = await commit(location, 'point', [], { excluded: [ref] }).catch((caught: unknown) => caught);
    expect(isLandfallError(error, 'STORED_OBJECT_MISSING')).toBe(true);
    expect([...store.keys()].some((key) => key.startsWith('points/'))).toBe(false);
    expect(content('x').indexes).toEqual([]);
  });
});
