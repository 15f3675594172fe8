import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { collect, commit, content, sample, type Sample } from '../../test/contract/location-capture.ts';
import { isLandfallError } from '../core/errors.ts';
import { objectKey } from '../core/resource.ts';
import type { StoredRef } from '../core/stored-ref.ts';
import { createMemoryLocation, type MemoryStore } from '../../test/support/memory-location.ts';
import type { Location } from '../ports/location.ts';
import { blocksOf, containerStart, decodeBlock, encodeBlockSync } from './container.ts';
import type { IndexEntry } from './entry.ts';
import { segmentKey } from './layout.ts';
import { createLinesEncoder, decodeLines } from './lines.ts';
import { commitRecoveryPoint, openRecoveryPoint } from './recovery-point.ts';
import { loadJson, loadLines, storeJson, storeLines } from './run-objects.ts';
import { decodeSegment } from './segment.ts';
import { sha256Of } from './stored.ts';
import { verifyRecoveryPoint } from './verify.ts';

const kinds = ['ConfigMap', 'Ingress', 'Secret', 'Service'];
const lists: Sample[][] = kinds.map((kind) =>
  Array.from({ length: 6 }, (_, at) => sample(`${kind}-${at}`, `{"kind":"${kind}","at":${at}}`, { kind }))
);
const originals = new Map(
  lists.flat().map(({ object, bytes }) => [objectKey(object.ref), Buffer.from(bytes).toString()])
);

let pristine: MemoryStore;
let excluded: StoredRef;

beforeAll(async () => {
  pristine = new Map();
  const location = createMemoryLocation('m', pristine);
  excluded = await storeLines({ location, path: 'objects/excluded' }, [{ name: 'x', reason: 'node-like' }]);
  await commit(location, 'point', lists, { excluded: [excluded] });
  await commit(location, 'other', lists.slice(0, 2));
});

interface Outcome {
  readonly given: { readonly entry: IndexEntry; readonly text: string }[];
  readonly error: unknown;
}

/** Reads as a restore does and keeps what it was given before the error. */
async function restore(location: Location, ahead = Infinity): Promise<Outcome> {
  const given: { entry: IndexEntry; text: string }[] = [];
  try {
    const point = await openRecoveryPoint(location, 'point');
    const entries = await collect(point.readIndex());
    for (let at = 0; at < entries.length; at += ahead) {
      const window = entries.slice(at, at + ahead);
      for await (const { entry, bytes } of point.readObjects(window)) {
        given.push({ entry, text: Buffer.from(bytes).toString() });
      }
    }
    return { given, error: undefined };
  } catch (error) {
    return { given, error };
  }
}

/** What can happen to the bytes of one stored object. */
const damage = fc.oneof(
  fc.record({ kind: fc.constant('flip' as const), at: fc.nat(), bit: fc.nat({ max: 7 }) }),
  fc.record({ kind: fc.constant('truncate' as const), at: fc.nat() }),
  fc.record({ kind: fc.constant('extend' as const), bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }) }),
  fc.record({ kind: fc.constant('swap' as const), with: fc.nat() }),
  fc.record({ kind: fc.constant('zero' as const) }),
  fc.record({ kind: fc.constant('remove' as const) })
);

function apply(store: MemoryStore, key: string, what: typeof damage extends fc.Arbitrary<infer T> ? T : never): void {
  const bytes = Buffer.from(store.get(key) ?? []);
  const keys = [...store.keys()];
  const other = keys[what.kind === 'swap' ? what.with % keys.length : 0] ?? key;
  const otherBytes = store.get(other) ?? new Uint8Array();
  if (what.kind === 'flip')
    bytes.writeUInt8((bytes[what.at % bytes.length] ?? 0) ^ (1 << what.bit), what.at % bytes.length);
  if (what.kind === 'truncate') store.set(key, bytes.subarray(0, what.at % bytes.length));
  else if (what.kind === 'extend') store.set(key, Buffer.concat([bytes, what.bytes]));
  else if (what.kind === 'zero') store.set(key, Buffer.alloc(bytes.length));
  else if (what.kind === 'remove') store.delete(key);
  else if (what.kind === 'swap') {
    store.set(other, bytes);
    store.set(key, otherBytes);
  } else store.set(key, bytes);
}

describe('damage to any one stored object', () => {
  it('is detected before any object of the segment is given out, and named by verify', async () => {
    const keys = [...pristine.keys()].filter((key) => !key.includes('other') && !key.startsWith('objects/excluded'));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...keys), damage, fc.constantFrom(1, 3, 100), async (key, what, ahead) => {
        const store = new Map(pristine);
        apply(store, key, what);
        const changed = new Set([...pristine.keys()].filter((name) => !same(store.get(name), pristine.get(name))));
        fc.pre(usedBy(changed));
        const location = createMemoryLocation('m', store);
        const { given, error } = await restore(location, ahead);
        expect(isLandfallError(error, 'STORED_OBJECT_CORRUPT', 'STORED_OBJECT_MISSING', 'FORMAT_TOO_NEW')).toBe(true);
        for (const { entry, text } of given) {
          expect(changed).not.toContain(segmentKey(entry.segment));
          expect(text).toBe(originals.get(objectKey(entry)));
        }
        const { problems } = await verifyRecoveryPoint(location, 'point');
        expect(problems.length).toBeGreaterThan(0);
        for (const { ref } of problems) expect(changed).toContain(ref);
      }),
      { numRuns: 1_500 }
    );
  }, 120_000);

  it('is reported for all objects at once', async () => {
    const store = new Map(pristine);
    const segments = [...store.keys()].filter((key) => key.startsWith('objects/segments/')).slice(0, 2);
    const [first = '', second = ''] = segments;
    store.set(first, new Uint8Array(3));
    store.delete(second);
    store.set(excluded.key, new Uint8Array(excluded.sizeBytes));
    const { problems } = await verifyRecoveryPoint(createMemoryLocation('m', store), 'point');
    expect(problems.map(({ code, ref }) => `${code} ${ref}`).toSorted()).toEqual(
      [
        `STORED_OBJECT_CORRUPT ${first}`,
        `STORED_OBJECT_MISSING ${second}`,
        `STORED_OBJECT_CORRUPT ${excluded.key}`,
      ].toSorted()
    );
  });

  /** Objects that only the other recovery point uses do not matter to this one. */
  const usedBy = (changed: ReadonlySet<string>): boolean => [...changed].some((key) => usedKeys().has(key));
  const usedKeys = (): Set<string> => {
    const manifest = JSON.parse(Buffer.from(pristine.get('points/point/manifest.json') ?? []).toString());
    const index = manifest.detail.indexes[0].ref.key as string;
    const entries = [...decodeLines(index, pristine.get(index) ?? new Uint8Array())] as IndexEntry[];
    return new Set(['points/point/manifest.json', index, ...entries.map((entry) => segmentKey(entry.segment))]);
  };
  const same = (left?: Uint8Array, right?: Uint8Array): boolean =>
    left !== undefined && right !== undefined && Buffer.compare(left, right) === 0;
});

describe('forged content with a true hash', () => {
  const segmentOf = (stored: Uint8Array) => decodeSegment(sha256Of(stored), stored);
  const block = (raw: string | Uint8Array, claimed?: number): Buffer => {
    const bytes = Buffer.concat(encodeBlockSync(Buffer.from(raw)));
    if (claimed !== undefined) bytes.writeUInt32LE(claimed, 12);
    return bytes;
  };
  const forge = (...parts: Uint8Array[]): Buffer => Buffer.concat([containerStart('LFSG'), ...parts]);

  it.each([
    ['more than it claims', forge(block(Buffer.alloc(1 << 20), 100))],
    ['less than it claims', forge(block('{"objects":[]}\n', 1 << 20))],
    ['a claim beyond every limit', forge(block('x', 0xffffffff))],
    ['two blocks', forge(block('{"objects":[]}\n'), block('x'))],
    ['no block', forge()],
    ['no header', forge(block('no line'))],
    ['a header that is no JSON', forge(block('{\n'))],
    ['a header without objects', forge(block('{"objects":{}}\n'))],
    ['an entry without a hash', forge(block('{"objects":[{"group":"","version":"v1","length":1}]}\nx\n'))],
    ['a payload that goes on', forge(block('{"objects":[]}\nmore'))],
    ['another type', Buffer.concat([containerStart('LFJL'), block('{"objects":[]}\n')])],
    ['no container', Buffer.from(zstdCompressSync(Buffer.from('x')))],
    [
      'garbage after the lengths',
      forge(Buffer.concat([block('{"objects":[]}\n').subarray(0, 16), Buffer.alloc(22, 7)])),
    ],
  ])('a segment with %s is refused', async (_what, stored) => {
    await expect(segmentOf(stored)).rejects.toMatchObject({ code: 'STORED_OBJECT_CORRUPT' });
  });

  it('a container of a newer format is refused as such', async () => {
    const newer = forge(block('{"objects":[]}\n'));
    newer.writeUInt16LE(2, 12);
    await expect(segmentOf(newer)).rejects.toMatchObject({ code: 'FORMAT_TOO_NEW' });
  });

  it('any bytes are refused with a code, never with a crash', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), async (bytes) => {
        const stored = forge(bytes);
        const error: unknown = await segmentOf(stored).catch((caught: unknown) => caught);
        expect(isLandfallError(error, 'STORED_OBJECT_CORRUPT')).toBe(true);
      }),
      { numRuns: 300 }
    );
    expect(() => [...decodeLines('k', Buffer.from('x'))]).toThrow('STORED_OBJECT_CORRUPT');
    const lines = Buffer.concat([containerStart('LFJL'), block('no end')]);
    expect(() => [...decodeLines('k', lines)]).toThrow('STORED_OBJECT_CORRUPT');
    expect([...blocksOf('k', 'LFJL', lines)]).toHaveLength(1);
    const [one] = blocksOf('k', 'LFJL', lines);
    expect(one && (await decodeBlock('k', one)).byteLength).toBe(6);
  });

  it('an index that names an object as another is refused before it is given out', async () => {
    const store = new Map(pristine);
    const location = createMemoryLocation('m', store);
    const point = await openRecoveryPoint(location, 'point');
    const entries = await collect(point.readIndex());
    const [first, second] = entries;
    if (first === undefined || second === undefined) throw new Error('no entries');
    const forged: IndexEntry[] = [
      { ...first, name: 'somebody-else' },
      { ...first, offset: second.offset },
      { ...first, offset: first.offset + 1 },
      { ...first, sha256: second.sha256 },
      { ...first, uid: 'other' },
      { ...first, kind: 'ClusterRoleBinding' },
    ];
    for (const entry of forged) {
      const read = collect(point.readObjects([second, entry]));
      await expect(read).rejects.toMatchObject({ code: 'STORED_OBJECT_CORRUPT' });
    }
  });

  it('an index out of order, or with other counts than the manifest says, is refused', async () => {
    const location = createMemoryLocation('m', new Map(pristine));
    const { manifest } = await openRecoveryPoint(location, 'point');
    const { contents } = manifest;
    const [part] = manifest.indexes;
    if (part === undefined) throw new Error('no index');
    const lines = (await collect(loadLines(location, part.ref))).toReversed();
    const encoder = createLinesEncoder();
    for (const line of lines) encoder.add(line);
    const bytes = encoder.finish();
    const ref = { key: `objects/indexes/${sha256Of(bytes)}`, sha256: sha256Of(bytes), sizeBytes: bytes.byteLength };
    await location.create(ref.key, bytes);
    const swapped = { ...part, ref, firstKey: part.lastKey, lastKey: part.firstKey };
    for (const [id, indexes] of Object.entries({
      reversed: [swapped],
      short: [{ ...part, objects: 3 }],
      twice: [part, part],
    })) {
      await commitRecoveryPoint(location, { ...content(id), indexes, ...(contents && { contents }) });
      const point = await openRecoveryPoint(location, id);
      await expect(collect(point.readIndex())).rejects.toMatchObject({ code: 'STORED_OBJECT_CORRUPT' });
      expect((await verifyRecoveryPoint(location, id)).problems.length).toBeGreaterThan(0);
    }
  });
});

describe('run objects', () => {
  it('come back as they were stored, under a name that repeats', async () => {
    const store: MemoryStore = new Map();
    const location = createMemoryLocation('m', store);
    const ref = await storeJson({ location, path: 'runs/r1/plan' }, { waves: [1, 2] });
    expect(await storeJson({ location, path: 'runs/r1/plan' }, { waves: [1, 2] })).toEqual(ref);
    expect(ref.key).toBe(`runs/r1/plan/${ref.sha256}.json`);
    expect(await loadJson(location, ref)).toEqual({ waves: [1, 2] });
    const many = Array.from({ length: 20_000 }, (_, at) => ({ at, text: 'ä\n"' }));
    const lines = await storeLines({ location, path: 'runs/r1/items' }, many);
    expect(await collect(loadLines(location, lines))).toEqual(many);
    expect(lines.sizeBytes).toBeLessThan(200_000);
    store.set(ref.key, Buffer.from('{"waves":[1,3]}\n'));
    await expect(loadJson(location, ref)).rejects.toMatchObject({ code: 'STORED_OBJECT_CORRUPT' });
  });
});
