import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { commit, readAll, sample, samples } from '../../test/contract/location-capture.ts';
import { createMemoryLocation, type MemoryStore } from '../../test/support/memory-location.ts';
import {
  newHolder,
  sealedDirectory,
  sealedLocation,
  type Holder,
  type Opener,
} from '../../test/support/sealed-location.ts';
import type { Location } from '../ports/location.ts';
import { openContent } from './captured-content.ts';
import { markPoint } from './mark-point.ts';
import { checkChain } from './point-trust.ts';
import { listRecoveryPoints, openRecoveryPoint, readPoint } from './recovery-point.ts';
import { loadJson, storeJson, storeLines } from './run-objects.ts';
import { createNamed, nameForKey, putNamed, readNamed, sha256Of } from './stored.ts';
import { createSweepFence } from './sweep-fence.ts';
import { sweepLocation } from './sweep.ts';
import { verifyRecoveryPoint } from './verify.ts';

let ada: Holder;
let bo: Holder;
let eve: Holder;
beforeAll(async () => {
  [ada, bo, eve] = await Promise.all([newHolder(), newHolder(), newHolder()]);
});

const password = 'correct-horse-battery-staple';
const objects = [
  sample('database', `{"kind":"Secret","data":{"p":"${Buffer.from(password).toString('base64')}"}}`, {
    kind: 'Secret',
  }),
  ...samples(40),
];
const leftOut = {
  ref: { group: '', kind: 'Secret', namespace: 'shop', name: 'database' },
  ...{ rule: 'user', reason: 'the database is excluded' },
};
const manifestOf = (id: string): string => `points/${id}/manifest.json`;

function opened(store: MemoryStore, more: Partial<Opener> = {}): Location {
  return sealedLocation(store, { recipients: [ada, bo], as: ada, ...more }).location;
}

/** A store with points of the same objects, one after the other. */
async function stored(...ids: readonly string[]): Promise<{ store: MemoryStore; location: Location; signer: string }> {
  const store: MemoryStore = new Map();
  const { location, seal } = sealedLocation(store, { recipients: [ada, bo], as: ada });
  for (const id of ids) {
    const excluded = [await storeLines({ location, path: `runs/${id}/excluded` }, [leftOut])];
    await commit(location, id, [objects], { excluded });
  }
  return { store, location, signer: (await seal.forReading()).signer };
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'accepted',
    (error: unknown) => (error as { code: string }).code
  );
}

describe('nothing lies in clear', () => {
  it('neither in the content nor in the name of any file below a directory', async () => {
    const root = await mkdtemp(join(tmpdir(), 'landfall-sealed-'));
    try {
      const { location } = await sealedDirectory(root, { recipients: [ada, bo], as: ada });
      const excluded = [await storeLines({ location, path: 'runs/point/excluded' }, [leftOut])];
      await commit(location, 'point', [objects], { excluded });
      await storeJson({ location, path: 'runs/point/spec' }, { password });
      await createNamed(location, {
        key: `runs/point/prior/${await nameForKey(location, '/Secret/shop/database')}`,
        bytes: Buffer.from(password),
      });
      await putNamed(location, { key: 'runs/point/platforms.json', bytes: Buffer.from(password) });
      const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
      expect(files.length).toBeGreaterThan(10);
      const said = files.map((entry) => {
        const path = join(entry.parentPath, entry.name);
        return `${path.slice(root.length)}\n${readFileSync(path, 'latin1')}`;
      });
      const secrets = [
        password,
        Buffer.from(password).toString('base64'),
        'database',
        'config-000001',
        'Secret',
        'team-0',
      ];
      secrets.push(...['kube-system', 'cluster-uid', sha256Of('/Secret/shop/database'), ada.identity]);
      for (const secret of secrets) expect(said.filter((text) => text.includes(secret))).toEqual([]);
      // A Location in clear holds every one of them: the search finds what is there.
      const clear: MemoryStore = new Map();
      await storeJson({ location: createMemoryLocation('m', clear), path: 'runs/point/spec' }, { password });
      expect([...clear.values()].some((bytes) => Buffer.from(bytes).includes(password))).toBe(true);
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  });

  it('and what was captured comes back as it was', async () => {
    const { store } = await stored('point');
    const read = await readAll(opened(store), 'point');
    expect(read.map(({ bytes }) => Buffer.from(bytes).toString()).toSorted()).toEqual(
      objects.map(({ bytes }) => Buffer.from(bytes).toString()).toSorted()
    );
    expect((await verifyRecoveryPoint(opened(store), 'point')).problems).toEqual([]);
  });

  it('the same capture by another process stores nothing but its manifest and what is of its run', async () => {
    const { store } = await stored('one');
    const before = new Set(store.keys());
    const location = opened(store);
    await commit(location, 'two', [objects]);
    expect([...store.keys()].filter((key) => !before.has(key))).toEqual([manifestOf('two')]);
    const ref = await readPoint(location, 'two').then(({ manifest }) => manifest.contents?.key);
    expect(ref).toBe(await readPoint(location, 'one').then(({ manifest }) => manifest.contents?.key));
  });

  it('and a commit that is repeated after another point came in between is the same', async () => {
    const { store, location } = await stored('one', 'two');
    const excluded = [await storeLines({ location, path: 'runs/one/excluded' }, [leftOut])];
    const before = sha256Of(store.get(manifestOf('one')) ?? '');
    expect((await commit(location, 'one', [objects], { excluded })).sha256).toBe(before);
    await expect(commit(location, 'one', [objects.slice(1)], { excluded })).rejects.toThrow('STORED_OBJECT_EXISTS');
  });
});

describe('content that was damaged or exchanged', () => {
  const damages: readonly (readonly [string, (bytes: Buffer, other: Buffer) => Buffer])[] = [
    ['flipped at its end', (bytes) => Buffer.concat([bytes.subarray(0, -1), Buffer.from([(bytes.at(-1) ?? 0) ^ 1])])],
    ['flipped in the middle', (bytes) => Buffer.from(bytes.map((byte, at) => (at === 60 ? byte ^ 4 : byte)))],
    ['truncated', (bytes) => bytes.subarray(0, bytes.length - 7)],
    ['empty', () => Buffer.alloc(0)],
    ['another object of the store', (_bytes, other) => other],
    ['in clear', () => Buffer.from('{}\n')],
  ];
  it.each(damages)('is found when it is %s, by who has the key and by who has not', async (_how, damage) => {
    const { store, signer } = await stored('point');
    const pristine = new Map(store);
    const keys = [...store.keys()].filter((key) => /^(?:objects|runs)\//u.test(key));
    expect(keys.length).toBeGreaterThan(3);
    for (const [at, key] of keys.entries()) {
      const other = pristine.get(keys[(at + 1) % keys.length] ?? '') ?? new Uint8Array();
      // Partial indexes are of no point.
      if (!(await isReferred(pristine, signer, key))) continue;
      store.set(key, damage(Buffer.from(pristine.get(key) ?? []), Buffer.from(other)));
      const withKey = await verifyRecoveryPoint(opened(store), 'point');
      const without = await verifyRecoveryPoint(keyless(store, signer), 'point');
      expect([key, withKey.problems.length > 0, without.problems.length > 0]).toEqual([key, true, true]);
      store.set(key, pristine.get(key) ?? new Uint8Array());
    }
  });

  it('of one place does not open in another, whatever refers to it', async () => {
    const { store, location } = await stored('point');
    const ref = await storeJson({ location, path: 'runs/a/plan' }, { a: 1 });
    const moved = { ...ref, key: ref.key.replace('runs/a/', 'runs/b/') };
    store.set(moved.key, store.get(ref.key) ?? new Uint8Array());
    expect(await loadJson(location, ref)).toEqual({ a: 1 });
    expect(await codeOf(loadJson(location, moved))).toBe('STORED_OBJECT_CORRUPT');
    for (const key of ['runs/a/refused/x', 'runs/a/refused/y'])
      await putNamed(location, { key, bytes: Buffer.from(key) });
    store.set('runs/a/refused/y', store.get('runs/a/refused/x') ?? new Uint8Array());
    expect(Buffer.from(await readNamed(location, 'runs/a/refused/x')).toString()).toBe('runs/a/refused/x');
    expect(await codeOf(readNamed(location, 'runs/a/refused/y'))).toBe('STORED_OBJECT_CORRUPT');
    const named = { key: 'assessments/shop/1.json', bytes: Buffer.from('{"a":2}\n') };
    await createNamed(location, named);
    const bytes = store.get(named.key) ?? new Uint8Array();
    expect(await loadJson(location, { key: named.key, sha256: sha256Of(bytes), sizeBytes: bytes.byteLength })).toEqual({
      a: 2,
    });
  });
});

function keyless(store: MemoryStore, signer: string): Location {
  return sealedLocation(store, { recipients: [ada, bo], signer }).location;
}

async function isReferred(store: MemoryStore, signer: string, key: string): Promise<boolean> {
  const without = new Map(store);
  without.delete(key);
  return (await verifyRecoveryPoint(keyless(without, signer), 'point')).problems.length > 0;
}

describe('a manifest', () => {
  const text = (store: MemoryStore, id: string): string => Buffer.from(store.get(manifestOf(id)) ?? []).toString();
  /** Another text with the hash that fits it. */
  const rehash = (changed: string): Buffer => {
    const blank = changed.replace(/"sha256": "[0-9a-f]{64}"/u, `"sha256": "${'0'.repeat(64)}"`);
    return Buffer.from(blank.replace('0'.repeat(64), sha256Of(blank)));
  };

  /** Two other digits, whichever they are. */
  const otherHex = (digits: string): string => (digits === '00' ? '11' : '00');

  it('says what everybody may know, and nothing else', async () => {
    const { store, signer } = await stored('one', 'two');
    const fields = JSON.parse(text(store, 'two')) as Record<string, unknown>;
    expect(Object.keys(fields)).toEqual([
      ...['sha256', 'signature', 'format', 'formatMajor', 'formatMinor', 'id', 'name', 'createdAt', 'landfallVersion'],
      ...['line', 'counts', 'contents', 'attached', 'previous', 'keyId', 'signer', 'sealed'],
    ]);
    expect(fields).toMatchObject({
      signer,
      previous: { id: 'one', sha256: sha256Of(store.get(manifestOf('one')) ?? '') },
    });
  });

  it.each<[string, (text: string) => string]>([
    ['another name', (whole) => whole.replace('"name": "shop"', '"name": "shup"')],
    ['another time', (whole) => whole.replace('2026-11-21', '2027-11-21')],
    ['other counts', (whole) => whole.replace('"objects": 41', '"objects": 40')],
    ['another predecessor', (whole) => whole.replace('"id": "one"', '"id": "own"')],
    ['another list of contents', (whole) => whole.replace(/(?<="contents": \{\n.*objects\/contents\/)../u, otherHex)],
    ['a field more', (whole) => whole.replace('"formatMinor": 0', '"formatMinor": 0,\n  "x": 1')],
    ['another signature', (whole) => whole.replace(/(?<="signature": ")../u, otherHex)],
    ['another sealed part', (whole) => whole.replace(/(?<="sealed": ")./u, (digit) => (digit === 'A' ? 'B' : 'A'))],
  ])('with %s is refused, though its hash is true', async (_what, change) => {
    const { store } = await stored('one', 'two');
    const changed = change(text(store, 'two'));
    expect(changed).not.toBe(text(store, 'two'));
    store.set(manifestOf('two'), rehash(changed));
    expect(await codeOf(openRecoveryPoint(opened(store), 'two'))).toBe('POINT_ALTERED');
    expect(await codeOf(readPoint(sealedLocation(store, { recipients: [ada] }).location, 'two'))).toBe('POINT_ALTERED');
  });

  it('of which any bit was flipped is refused', async () => {
    const { store } = await stored('one');
    const pristine = Buffer.from(store.get(manifestOf('one')) ?? []);
    const location = opened(store);
    for (let bit = 0; bit < pristine.length * 8; bit += 97) {
      const flipped = Buffer.from(pristine);
      flipped.writeUInt8((flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7)), bit >> 3);
      store.set(manifestOf('one'), flipped);
      expect(await codeOf(openRecoveryPoint(location, 'one'))).toBe('STORED_OBJECT_CORRUPT');
    }
  });

  it('that is not signed, or signed by somebody else, is refused', async () => {
    const { store, location } = await stored('one');
    const clear: MemoryStore = new Map();
    await commit(createMemoryLocation('m', clear), 'two', [objects]);
    const foreign: MemoryStore = new Map();
    await commit(sealedLocation(foreign, { recipients: [ada, eve], as: eve }).location, 'three', [objects]);
    store.set(manifestOf('two'), clear.get(manifestOf('two')) ?? new Uint8Array());
    store.set(manifestOf('three'), foreign.get(manifestOf('three')) ?? new Uint8Array());
    expect(await codeOf(openRecoveryPoint(location, 'two'))).toBe('POINT_UNSIGNED');
    expect(await codeOf(openRecoveryPoint(location, 'three'))).toBe('POINT_SIGNER_FOREIGN');
    const listed = await listRecoveryPoints(location);
    expect(listed.map((point) => ('problem' in point ? point.problem.code : point.id)).toSorted()).toEqual([
      'POINT_SIGNER_FOREIGN',
      'POINT_UNSIGNED',
      'one',
    ]);
  });

  it('that was moved to another id, or replaced by an older one, is refused', async () => {
    const { store, location } = await stored('one', 'two');
    store.set(manifestOf('two'), store.get(manifestOf('one')) ?? new Uint8Array());
    expect(await codeOf(openRecoveryPoint(location, 'two'))).toBe('STORED_OBJECT_CORRUPT');
  });

  it('is read by nobody in a Location that says it is not encrypted', async () => {
    const { store } = await stored('one');
    const clear = createMemoryLocation('m', store);
    expect((await readPoint(clear, 'one')).manifest.name).toBe('shop');
    expect(await codeOf(openRecoveryPoint(clear, 'one'))).toBe('POINT_ENCRYPTED');
    expect(await verifyRecoveryPoint(clear, 'one')).toMatchObject({ problems: [], unopened: expect.any(String) });
  });

  it('of a newer format is refused before anything else is looked at', async () => {
    const { store, location } = await stored('one');
    store.set(manifestOf('one'), rehash(text(store, 'one').replace('"formatMajor": 2', '"formatMajor": 3')));
    expect(await codeOf(readPoint(location, 'one'))).toBe('FORMAT_TOO_NEW');
  });
});

describe('a chain of points', () => {
  it('is whole when the one before is there, or was deleted', async () => {
    const { store, location } = await stored('one', 'two');
    const ref = (await readPoint(location, 'two')).ref;
    await expect(openContent(location, ref)).resolves.toBeDefined();
    await markPoint(location, 'one', { run: 'prune-1' });
    store.delete(manifestOf('one'));
    await expect(openContent(location, ref)).resolves.toBeDefined();
    expect((await verifyRecoveryPoint(location, 'two')).problems).toEqual([]);
  });

  it.each<[string, (store: MemoryStore) => void]>([
    ['is gone', (store) => void store.delete(manifestOf('one'))],
    ['is another one', (store) => void store.set(manifestOf('one'), Buffer.from('{}'))],
  ])('is broken when the one before %s without having been deleted', async (_what, tamper) => {
    const { store, location, signer } = await stored('one', 'two');
    const { manifest } = await readPoint(location, 'two');
    tamper(store);
    expect(await codeOf(checkChain(location, manifest))).toBe('POINT_ROLLED_BACK');
    for (const reader of [location, keyless(store, signer)]) {
      const { problems } = await verifyRecoveryPoint(reader, 'two');
      expect(problems.map(({ code }) => code)).toEqual(['POINT_ROLLED_BACK']);
    }
  });

  it('passes over points that are deleted, damaged or of somebody else', async () => {
    const { store, location } = await stored('one', 'two', 'three', 'four');
    await markPoint(location, 'four', { run: 'prune-1' });
    store.set(manifestOf('three'), Buffer.from('{}'));
    await commit(location, 'five', [objects]);
    expect((await readPoint(location, 'five')).manifest.previous?.id).toBe('two');
  });
});

describe('without the key', () => {
  it('a point is listed and verified, and it is said what was not looked at', async () => {
    const { store, signer } = await stored('one');
    const found = await verifyRecoveryPoint(keyless(store, signer), 'one');
    expect(found).toMatchObject({
      problems: [],
      objects: 0,
      unopened: expect.stringContaining('nothing was decrypted'),
    });
    expect(found.bytes).toBeGreaterThan(1_000);
    expect(found.unopened).not.toContain('signatures');
    const unpinned = sealedLocation(store, { recipients: [ada] }).location;
    expect((await verifyRecoveryPoint(unpinned, 'one')).unopened).toContain('nothing here says whose signatures count');
    expect(await codeOf(openRecoveryPoint(unpinned, 'one'))).toBe('KEY_IDENTITY_MISSING');
  });

  it('a sweep keeps what a point refers to and takes what none does', async () => {
    const { store, location, signer } = await stored('one');
    await commit(location, 'two', [[...objects, ...samples(300).slice(40)]]);
    await markPoint(location, 'two', { run: 'prune-1', nowMs: Date.now() - 7_200_000 });
    const only = [...store.keys()].filter((key) => key.startsWith('objects/segments/')).length;
    const fence = createSweepFence();
    const swept = await sweepLocation(keyless(store, signer), { run: 'prune-1', graceMs: 0, fence });
    expect(swept.points).toEqual(['two']);
    expect(swept.problem).toBeUndefined();
    expect([...store.keys()].filter((key) => key.startsWith('objects/segments/')).length).toBeLessThan(only);
    expect((await verifyRecoveryPoint(location, 'one')).problems).toEqual([]);
    expect(await readAll(location, 'one')).toHaveLength(objects.length);
  });

  it('a sweep leaves a point whose run it cannot judge to one that has the key', async () => {
    const { store, location, signer } = await stored('one');
    await storeJson({ location, path: 'runs/one/report' }, { exitCode: 0 });
    await markPoint(location, 'one', { run: 'prune-1', nowMs: Date.now() - 7_200_000 });
    const sweep = (as: Location): ReturnType<typeof sweepLocation> =>
      sweepLocation(as, { run: 'prune-1', graceMs: 0, fence: createSweepFence() });
    expect(await sweep(keyless(store, signer))).toMatchObject({ points: [], sealedRuns: ['one'] });
    expect([...store.keys()].filter((key) => key.startsWith('runs/one/'))).toHaveLength(2);
    expect(await sweep(location)).toMatchObject({ points: ['one'] });
    expect([...store.keys()].filter((key) => /^(?:runs|objects)\//u.test(key))).toEqual([]);
  });

  it('nothing can be committed', async () => {
    const { store, signer } = await stored('one');
    expect(await codeOf(commit(keyless(store, signer), 'two', []))).toBe('KEY_IDENTITY_MISSING');
    const { location } = sealedLocation(store, { recipients: [ada], as: eve, signer });
    expect(await codeOf(commit(location, 'two', []))).toBe('KEY_NOT_RECIPIENT');
  });
});
