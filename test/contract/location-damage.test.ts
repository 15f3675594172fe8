import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listRecoveryPoints } from '../../src/archive/recovery-point.ts';
import { verifyRecoveryPoint } from '../../src/archive/verify.ts';
import { createIdentity } from '../../src/cli/location-keys/create.ts';
import { isLandfallError } from '../../src/core/errors.ts';
import type { EncryptionSpec, LocationSpec } from '../../src/core/spec/spec.ts';
import { temporaryFolder } from '../../src/locations/key.ts';
import { openLocation } from '../../src/locations/open-location.ts';
import type { Location } from '../../src/ports/location.ts';
import { commit, readAll, samples } from './location-capture.ts';
import { azureSpec, filesystemSpec, gcsSpec, s3Spec, temporaryDirectory } from './location-servers.ts';

const providers: readonly (readonly [string, () => Promise<LocationSpec>])[] = [
  ['filesystem', () => Promise.resolve(filesystemSpec())],
  ['s3 (versitygw)', s3Spec],
  ['azure (Azurite)', azureSpec],
  ['gcs (fake-gcs-server)', gcsSpec],
];

/** What somebody does to one stored object; `other` is one of the same kind, of the point before. */
const damages: readonly (readonly [string, (bytes: Buffer, other: Buffer) => Buffer | undefined])[] = [
  ['deleted', () => undefined],
  ['truncated', (bytes) => bytes.subarray(0, bytes.length - 3)],
  ['flipped in one bit', (bytes) => Buffer.from(bytes.map((byte, at) => (at === bytes.length >> 1 ? byte ^ 2 : byte)))],
  ['replaced by that of the point before', (_bytes, other) => other],
];

interface Store {
  /** As the runs see it. */
  readonly location: Location;
  /** The stored bytes themselves. */
  readonly raw: Location;
  open(more: Partial<EncryptionSpec>): Promise<Location>;
}

type Sealing = 'in clear' | 'encrypted';

async function openStore(spec: LocationSpec, sealing: Sealing): Promise<Store> {
  const raw = await openLocation({ ...spec, encryption: 'none' });
  const file = join(temporaryDirectory('identity'), 'identity.txt');
  const recipients = sealing === 'encrypted' ? [await createIdentity(file, 0)] : [];
  const open = (more: Partial<EncryptionSpec>): Promise<Location> =>
    openLocation({ ...spec, encryption: { recipients, identity: { file }, ...more } });
  return { raw, open, location: sealing === 'encrypted' ? await open({}) : raw };
}

async function keysOf(location: Location, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of location.list(prefix)) keys.push(key);
  return keys;
}

/** A segment, an index, the list of contents and the manifest of the second point, each with the one of the first. */
async function twoPoints({ location, raw }: Store): Promise<readonly (readonly [key: string, other: string])[]> {
  const kinds = ['objects/segments/', 'objects/indexes/', 'objects/contents/'];
  await commit(location, 'first', [samples(300, 2_400, 'first')]);
  // What each list ends in is not of a point: a part of an index that was merged.
  const old = await Promise.all(kinds.map((kind) => keysOf(raw, kind)));
  await commit(location, 'second', [samples(300, 2_400, 'second')]);
  const pairs: (readonly [string, string])[] = [];
  for (const [at, kind] of kinds.entries()) {
    const fresh = (await keysOf(raw, kind)).filter((key) => !old[at]?.includes(key));
    pairs.push(...fresh.map((key) => [key, old[at]?.[0] ?? ''] as const));
  }
  return [...pairs, ['points/second/manifest.json', 'points/first/manifest.json']];
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'accepted',
    (error: unknown) => (isLandfallError(error) ? error.code : String(error))
  );
}

describe.each(providers)('damage in %s', (_name, spec) => {
  it.each<Sealing>(['in clear', 'encrypted'])(
    'of any object of a point %s is named, and nothing of it is given out',
    async (sealing) => {
      const store = await openStore(await spec(), sealing);
      const { location, raw } = store;
      let met = 0;
      for (const [key, other] of await twoPoints(store)) {
        const pristine = Buffer.from(await raw.read(key));
        await raw.delete(key);
        const isOfPoint = (await verifyRecoveryPoint(location, 'second')).problems.length > 0;
        await raw.put(key, pristine);
        if (!isOfPoint) continue;
        met += 1;
        for (const [how, damage] of damages) {
          const damaged = damage(pristine, Buffer.from(await raw.read(other)));
          if (damaged === undefined) await raw.delete(key);
          else await raw.put(key, damaged);
          const { problems } = await verifyRecoveryPoint(location, 'second');
          const read = await codeOf(readAll(location, 'second'));
          // Who reads objects needs no list of contents.
          const isRefused = damageCode.test(read) || key.startsWith('objects/contents/');
          expect([key, how, problems.length > 0, isRefused]).toEqual([key, how, true, true]);
          expect((await verifyRecoveryPoint(location, 'first')).problems).toEqual([]);
          await raw.put(key, pristine);
        }
      }
      expect(met).toBeGreaterThanOrEqual(4);
      expect((await verifyRecoveryPoint(location, 'second')).problems).toEqual([]);
      await Promise.all([location, raw].map((one) => one.close()));
    },
    300_000
  );

  it('a point signed by an unknown key is refused, and who is no recipient reads nothing', async () => {
    const target = await spec();
    const store = await openStore(target, 'encrypted');
    await commit(store.location, 'first', [samples(50)]);
    const file = join(temporaryDirectory('stranger'), 'identity.txt');
    const recipient = await createIdentity(file, 0);
    const stranger = await store.open({ identity: { file } });
    expect(await codeOf(readAll(stranger, 'first'))).toMatch(/^KEY_/u);
    expect(await codeOf(commit(stranger, 'second', [samples(50)]))).toMatch(/^KEY_/u);
    const foreign = await openStore(filesystemSpec(), 'encrypted');
    await commit(foreign.location, 'forged', [samples(50)]);
    for (const key of await keysOf(foreign.raw, '')) {
      if (!/^(?:objects|points)\//u.test(key)) continue;
      await store.raw.put(key, await foreign.raw.read(key));
    }
    expect(await codeOf(readAll(store.location, 'forged'))).toBe('POINT_SIGNER_FOREIGN');
    const listed = await listRecoveryPoints(store.location);
    expect(listed.map((point) => ('problem' in point ? point.problem.code : point.id)).toSorted()).toEqual([
      'POINT_SIGNER_FOREIGN',
      'first',
    ]);
    expect(recipient).toMatch(/^age1/u);
    await Promise.all([store.location, store.raw, stranger, foreign.location, foreign.raw].map((one) => one.close()));
  });
});

const damageCode = /^(?:STORED_OBJECT_|POINT_|RECOVERY_POINT_|FORMAT_)/u;

describe('a directory on a file system of four megabytes', () => {
  it('that is full takes no part of a point, and all of it once there is space; read-only it is still read', async () => {
    const path = temporaryDirectory('small');
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'landfall-contract', path]);
    try {
      const location = await openLocation(filesystemSpec({ path }));
      await commit(location, 'first', [samples(300)]);
      fill(path);
      const objects = samples(3_000, 2_400, 'second');
      expect(await codeOf(commit(location, 'second', [objects]))).toBe('LOCATION_FULL');
      expect((await listRecoveryPoints(location)).map(({ id }) => id)).toEqual(['first']);
      expect((await verifyRecoveryPoint(location, 'first')).problems).toEqual([]);
      expect(readdirSync(join(path, temporaryFolder))).toEqual([]);
      rmSync(join(path, 'in-the-way'));
      await commit(location, 'second', [samples(600, 2_400, 'second')]);
      expect(await verifyRecoveryPoint(location, 'second')).toMatchObject({ problems: [], objects: 600 });

      execFileSync('mount', ['-o', 'remount,ro', path]);
      expect(await readAll(location, 'second')).toHaveLength(600);
      expect((await verifyRecoveryPoint(location, 'first')).problems).toEqual([]);
      expect(await codeOf(commit(location, 'third', [samples(10, 2_400, 'third')]))).toBe('LOCATION_READ_ONLY');
      expect((await listRecoveryPoints(location)).map(({ id }) => id)).toEqual(['first', 'second']);
      await location.close();
    } finally {
      execFileSync('umount', [path]);
    }
  }, 120_000);
});

function fill(path: string): void {
  try {
    writeFileSync(join(path, 'in-the-way'), Buffer.alloc(8 * 1024 * 1024));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}
