import { describe, expect, it } from 'vitest';
import { commit, content, sample } from '../../test/contract/location-capture.ts';
import { LandfallError } from '../core/errors.ts';
import { createMemoryLocation, type MemoryStore } from '../../test/support/memory-location.ts';
import { withFault } from '../../test/support/with-fault.ts';
import { pointIdOf } from './layout.ts';
import { decodeManifest, encodeManifest } from './manifest-bytes.ts';
import type { RecoveryPointContent } from './manifest.ts';
import { commitRecoveryPoint, findPointId, listRecoveryPoints, openRecoveryPoint } from './recovery-point.ts';
import { sha256Of } from './stored.ts';
import { verifyRecoveryPoint } from './verify.ts';

const objects = [sample('a', '{"a":1}'), sample('b', '{"b":2}')];
const key = 'points/point/manifest.json';

const line = 'f'.repeat(64);

/** The bytes of a manifest in clear. */
function encoded(value: RecoveryPointContent): Uint8Array {
  return encodeManifest(value, { previous: { id: 'before', sha256: '0'.repeat(64) }, line, seal: undefined });
}

/** What is read of it. */
function decoded(value: RecoveryPointContent, change: object = {}): object {
  const { source, scope, lists, indexes, volumes, excluded, dependencies, counts, ...named } = value;
  return {
    ...{ formatMajor: 2, formatMinor: 0, line, attached: [...excluded, ...dependencies], ...named },
    counts: { ...counts, volumes: volumes.length, volumeBytes: volumes.reduce((sum, { bytes }) => sum + bytes, 0) },
    previous: { id: 'before', sha256: '0'.repeat(64) },
    detail: { source, scope, lists, indexes, volumes, excluded, dependencies },
    ...change,
  };
}

/** A manifest with other text, and the hash that fits it. */
function reseal(bytes: Uint8Array, change: (text: string) => string): Buffer {
  const text = change(Buffer.from(bytes).toString()).replace(
    /"sha256": "[0-9a-f]{64}"/u,
    `"sha256": "${'0'.repeat(64)}"`
  );
  return Buffer.from(text.replace('0'.repeat(64), sha256Of(text)));
}

describe('commit', () => {
  it('writes the manifest last, reads it back, and may be repeated', async () => {
    const store: MemoryStore = new Map();
    const order: string[] = [];
    const location = withFault(createMemoryLocation('m', store), ({ operation, key: subject }) => {
      if (operation !== 'head') order.push(`${operation} ${subject.split('/')[0] ?? ''}`);
      return undefined;
    });
    const ref = await commit(location, 'point', [objects]);
    expect(order.slice(-2)).toEqual(['create points', 'read points']);
    expect(ref).toEqual({ key, sha256: sha256Of(store.get(key) ?? ''), sizeBytes: store.get(key)?.byteLength });
    expect(await commit(location, 'point', [objects])).toEqual(ref);
  });

  it('never replaces another recovery point', async () => {
    const location = createMemoryLocation('m');
    await commit(location, 'point', [objects]);
    await expect(commit(location, 'point', [objects.slice(1)])).rejects.toMatchObject({ code: 'STORED_OBJECT_EXISTS' });
    expect((await verifyRecoveryPoint(location, 'point')).problems).toEqual([]);
  });

  it('lets one of two that commit at once win, and reports the other', async () => {
    const location = createMemoryLocation('m');
    const attempts = [{ name: 'one' }, { name: 'two' }].map((change) => commit(location, 'point', [objects], change));
    const outcomes = await Promise.allSettled(attempts);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });

  it('does not claim a manifest that is read back as something else', async () => {
    const location = withFault(createMemoryLocation('m'), ({ operation, key: subject }) =>
      operation === 'read' && subject === key ? { kind: 'alter', alter: (bytes) => bytes.slice(1) } : undefined
    );
    await expect(commit(location, 'point', [objects])).rejects.toMatchObject({ code: 'STORED_OBJECT_CORRUPT' });
  });

  it.each(['', 'Ä', '../x', 'a/b', 'A', 'a..b', '-a', 'a'.repeat(200)])('refuses the id %j', async (id) => {
    await expect(commitRecoveryPoint(createMemoryLocation('m'), content(id))).rejects.toMatchObject({
      code: 'INTERNAL',
    });
    expect(pointIdOf(`points/${id}/manifest.json`)).toBeUndefined();
  });
});

describe('manifest', () => {
  it('comes back as it was written, and states its own hash', () => {
    const volume = {
      ...{ claim: 'shop/data', class: 'fast', size: '1Gi', snapshotId: 's', metadataSnapshotId: 'm' },
      ...{ treeSha256: '0'.repeat(64), bytes: 5, files: 1 },
      ...{ excluded: 0, dataAsOf: '2026-11-01T00:00:00Z' },
    };
    const bytes = encoded({ ...content('point'), volumes: [volume] });
    expect(decodeManifest(key, 'point', bytes)).toEqual(decoded({ ...content('point'), volumes: [volume] }));
    expect(Buffer.from(bytes).toString()).toMatch(/^\{\n {2}"sha256": "[0-9a-f]{64}",\n {2}"format": /u);
  });

  it('detects every single flipped bit', () => {
    const bytes = encoded(content('point'));
    for (let bit = 0; bit < bytes.byteLength * 8; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8((flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7)), bit >> 3);
      expect(() => decodeManifest(key, 'point', flipped)).toThrow('STORED_OBJECT_CORRUPT');
    }
  });

  it('of a newer major format is refused before its fields are looked at', () => {
    const newer = reseal(encoded(content('point')), (text) =>
      text.replace('"formatMajor": 2', '"formatMajor": 3').replace('"indexes": []', '"indexes": "elsewhere"')
    );
    expect(() => decodeManifest(key, 'point', newer)).toThrow('FORMAT_TOO_NEW');
  });

  it('of a newer minor format is read without the fields that are new', () => {
    const newer = reseal(encoded(content('point')), (text) =>
      text.replace('"formatMinor": 0', '"formatMinor": 7,\n  "new": {"x": 1}')
    );
    expect(decodeManifest(key, 'point', newer)).toEqual(decoded(content('point'), { formatMinor: 7 }));
  });

  it.each([
    ['a field is missing', (text: string) => text.replace('"dependencies"', '"nextId"')],
    ['a number is negative', (text: string) => text.replace('"objects": 0', '"objects": -1')],
    [
      'a key leaves the location',
      (text: string) => text.replace('"excluded": []', `"excluded": [${evil('../../etc/passwd')}]`),
    ],
    ['a key is absolute', (text: string) => text.replace('"excluded": []', `"excluded": [${evil('/etc/passwd')}]`)],
    ['it is no JSON', (text: string) => text.slice(0, -3)],
  ])('is refused when %s, though its hash is true', (_what, change) => {
    const forged = reseal(encoded(content('point')), change);
    expect(() => decodeManifest(key, 'point', forged)).toThrow('STORED_OBJECT_CORRUPT');
  });

  it('is refused under another id, and when it is not the one expected', async () => {
    const store: MemoryStore = new Map();
    const location = createMemoryLocation('m', store);
    const ref = await commit(location, 'point', [objects]);
    store.set('points/other/manifest.json', store.get(key) ?? new Uint8Array());
    await expect(openRecoveryPoint(location, 'other')).rejects.toThrow('STORED_OBJECT_CORRUPT');
    const expected = { ...ref, sha256: '0'.repeat(64) };
    await expect(openRecoveryPoint(location, 'point', { expected })).rejects.toThrow('STORED_OBJECT_CORRUPT');
    await expect(openRecoveryPoint(location, 'absent')).rejects.toThrow('STORED_OBJECT_MISSING');
  });

  const evil = (name: string): string => JSON.stringify({ key: name, sha256: '0'.repeat(64), sizeBytes: 1 });
});

describe('a short id', () => {
  it('finds the one committed point it stands for, and none of two', async () => {
    const location = createMemoryLocation('m');
    for (const id of ['shop-7f3kaaaaaaaaa', 'shop-7f3kbaaaaaaaa', 'shop-9zzzaaaaaaaaa']) await commit(location, id, []);
    expect(await findPointId(location, 'shop-9zzz')).toBe('shop-9zzzaaaaaaaaa');
    expect(await findPointId(location, 'shop-7f3kbaaaaaaaa')).toBe('shop-7f3kbaaaaaaaa');
    await expect(findPointId(location, 'shop-7f3k')).rejects.toThrow('shop-7f3ka, shop-7f3kb');
    await expect(findPointId(location, 'shop')).rejects.toThrow('RECOVERY_POINT_NOT_FOUND');
  });
});

describe('list', () => {
  it('gives the oldest first and reports what cannot be read', async () => {
    const store: MemoryStore = new Map();
    const location = createMemoryLocation('m', store);
    await commit(location, 'a', [objects], { createdAt: '2026-11-21T02:00:00Z' });
    await commit(location, 'b', [], { createdAt: '2026-11-20T02:00:00Z' });
    await commit(location, 'broken', []);
    store.set('points/broken/manifest.json', Buffer.from('{}'));
    store.set('points/notes.txt', Buffer.from('not a recovery point'));
    const listed = await listRecoveryPoints(location);
    expect(
      listed.map((point) => [point.id, 'manifest' in point ? point.manifest.counts.objects : point.problem.code])
    ).toEqual([
      ['b', 0],
      ['a', 2],
      ['broken', 'STORED_OBJECT_CORRUPT'],
    ]);
  });

  it('throws when the location cannot be read, rather than calling points damaged', async () => {
    const store: MemoryStore = new Map();
    await commit(createMemoryLocation('m', store), 'a', [objects]);
    const error = new LandfallError('LOCATION_UNREACHABLE', { what: 'down' });
    const down = withFault(createMemoryLocation('m', store), ({ operation }) =>
      operation === 'read' ? { kind: 'fail-before', error } : undefined
    );
    await expect(listRecoveryPoints(down)).rejects.toBe(error);
    await expect(verifyRecoveryPoint(down, 'a')).rejects.toBe(error);
  });
});
