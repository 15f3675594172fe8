import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { copyUsed } from '../../activities/points/copy.ts';
import { copyRecoveryPoint } from '../../src/archive/copy-point.ts';
import { copyVolumes } from '../../src/archive/copy-volumes.ts';
import { manifestKey } from '../../src/archive/layout.ts';
import { markPoint } from '../../src/archive/mark-point.ts';
import { storeJson } from '../../src/archive/run-objects.ts';
import { createSweepFence } from '../../src/archive/sweep-fence.ts';
import { sweepLocation } from '../../src/archive/sweep.ts';
import { verifyRecoveryPoint } from '../../src/archive/verify.ts';
import type { LocationSpec } from '../../src/core/spec/spec.ts';
import { openLocation } from '../../src/locations/open-location.ts';
import { surround } from '../../src/locations/operation.ts';
import type { Location } from '../../src/ports/location.ts';
import { newHolder, sealedOver, type Holder } from '../support/sealed-location.ts';
import { withFault } from '../support/with-fault.ts';
import { kopiaAt } from './kopia-at.ts';
import { commit, readAll, sample, samples } from './location-capture.ts';
import { azureSpec, filesystemSpec, gcsSpec, s3Spec, temporaryDirectory } from './location-servers.ts';

/** Each kind of store once as an origin and once as where copies go. */
const pairs: readonly (readonly [string, MakeSpec, MakeSpec])[] = [
  ['s3 to azure', s3Spec, azureSpec],
  ['azure to gcs', azureSpec, gcsSpec],
  ['gcs to a directory', gcsSpec, () => Promise.resolve(filesystemSpec())],
  ['a directory to s3', () => Promise.resolve(filesystemSpec()), s3Spec],
];
type MakeSpec = () => Promise<LocationSpec>;

async function openTwo(makes: readonly [MakeSpec, MakeSpec]): Promise<readonly [Location, Location]> {
  const opened = await Promise.all(makes.map(async (make) => openLocation(await make())));
  onTestFinished(async () => {
    for (const location of opened) await location.close();
  });
  const [from, to] = opened;
  if (from === undefined || to === undefined) throw new Error('two Locations are opened');
  return [from, to];
}

async function twoPoints(from: Location): Promise<void> {
  const excluded = [await storeJson({ location: from, path: 'runs/shop-b/excluded' }, ['why'])];
  await commit(from, 'shop-a', [samples(400)]);
  await commit(from, 'shop-b', [samples(400), [sample('more', '{}', { kind: 'Other' })]], { excluded });
}

const signal = new AbortController().signal;
const onProgress = (): void => undefined;

function copy(from: Location, to: Location, id: string): ReturnType<typeof copyUsed> {
  return copyUsed({ from, to }, { signal }, { id, run: 'copy-1', onProgress });
}

async function problems(location: Location, id: string): Promise<readonly string[]> {
  return (await verifyRecoveryPoint(location, id)).problems.map(({ code }) => code);
}

async function keysOf(location: Location, prefix: string): Promise<string[]> {
  return Array.fromAsync(location.list(prefix), ({ key }) => key);
}

async function destroy(location: Location): Promise<void> {
  for (const key of await keysOf(location, '')) await location.delete(key);
}

it.each(pairs)('%s: what is copied outlives its origin, is sent once, heals and is healed', async (_, ...makes) => {
  const [from, to] = await openTwo(makes);
  await twoPoints(from);
  const read = await readAll(from, 'shop-b');
  for (const id of ['shop-a', 'shop-b']) await copy(from, to, id);
  expect(await copy(from, to, 'shop-b')).toMatchObject({ copiedObjects: 0, copiedBytes: 0, healed: 0 });
  // Nobody is left that says he uses them.
  expect(
    [...(await keysOf(from, 'points/')), ...(await keysOf(to, 'points/'))].filter((key) => key.includes('/uses/'))
  ).toEqual([]);

  const segments = await keysOf(to, 'objects/segments/');
  const bytes = await to.read(segments[0] ?? '');
  await to.put(
    segments[0] ?? '',
    bytes.map((byte, at) => (at === 99 ? byte ^ 1 : byte))
  );
  await to.delete(segments[1] ?? segments[0] ?? '');
  expect((await problems(to, 'shop-b')).length).toBeGreaterThan(0);
  expect(await copy(from, to, 'shop-b')).toMatchObject({ copiedObjects: segments.length > 1 ? 2 : 1 });
  expect(await problems(to, 'shop-b')).toEqual([]);

  await destroy(from);
  expect([await problems(to, 'shop-a'), await problems(to, 'shop-b')]).toEqual([[], []]);
  expect(await readAll(to, 'shop-b')).toEqual(read);
  // And back to where everything is gone.
  await copy(to, from, 'shop-b');
  expect(await readAll(from, 'shop-b')).toEqual(read);
});

it.each(pairs)('%s: killed half-way it is no point, and the next attempt sends the rest', async (_, ...makes) => {
  const [from, to] = await openTwo(makes);
  await twoPoints(from);
  let creates = 0;
  const dying = withFault(to, ({ operation }) =>
    operation === 'create' && (creates += 1) > 3 ? { kind: 'fail-before', error: new Error('killed') } : undefined
  );
  // As a killed worker leaves it: nothing after it, not even that its use is let go of.
  await expect(copyRecoveryPoint({ from, to: dying }, 'shop-b', { run: 'copy-1', nowMs: Date.now() })).rejects.toThrow(
    'killed'
  );
  expect(await to.head(manifestKey('shop-b'))).toBeUndefined();
  const rest = await copy(from, to, 'shop-b');
  expect(rest.copiedObjects).toBeLessThan(rest.objects);
  expect(await problems(to, 'shop-b')).toEqual([]);
});

it.each(pairs)('%s: a sweep takes nothing that a copy needs, and a deleted copy goes whole', async (_, ...makes) => {
  const [from, to] = await openTwo(makes);
  await twoPoints(from);
  await copy(from, to, 'shop-a');
  const sweep = (location: Location) =>
    sweepLocation(location, { run: 'prune-1', graceMs: 0, fence: createSweepFence() });
  // It sweeps both sides before each object that is sent.
  let sweeping = Promise.resolve();
  const both = async (): Promise<void> => {
    for (const location of [from, to]) await sweep(location);
  };
  const swept = surround(to, async (operation, _key, call) => {
    if (operation === 'create') await (sweeping = sweeping.then(both));
    return call();
  });
  await copy(from, swept, 'shop-b');
  expect([await problems(to, 'shop-a'), await problems(to, 'shop-b')]).toEqual([[], []]);
  for (const id of ['shop-a', 'shop-b']) await markPoint(to, id, { run: 'prune-1' });
  await sweep(to);
  expect(await keysOf(to, 'objects/')).toEqual([]);
  expect(await keysOf(to, 'points/')).toEqual(['points/shop-a/deleted.json', 'points/shop-b/deleted.json']);
  expect(await keysOf(to, 'runs/')).toEqual([]);
  await expect(copy(from, to, 'shop-a')).rejects.toThrow('RECOVERY_POINT_DELETED');
  expect(await problems(from, 'shop-b')).toEqual([]);
});

it.each(pairs)('%s: encrypted, it is copied without the key and opens with it', async (_, ...makes) => {
  const [origin, other] = await openTwo(makes);
  const ann = await newHolder();
  const open = (location: Location, as?: Holder): Location =>
    sealedOver(location, { recipients: [ann], ...(as && { as }) }).location;
  await twoPoints(open(origin, ann));
  const read = await readAll(open(origin, ann), 'shop-b');
  for (const id of ['shop-b', 'shop-a']) await copy(open(origin), open(other), id);
  await destroy(origin);
  expect(await problems(open(other, ann), 'shop-b')).toEqual([]);
  expect(await readAll(open(other, ann), 'shop-b')).toEqual(read);
});

it('carries the volume repository through every kind of store, and kopia opens what arrives', async () => {
  const [first, last] = [await s3Spec(), await s3Spec()];
  const data = temporaryDirectory('data');
  for (let at = 0; at < 40; at += 1) writeFileSync(join(data, `file-${at}`), randomBytes(100_000));
  const origin = await kopiaAt(first);
  origin('repository', 'create');
  origin('snapshot', 'create', data);
  const specs = [first, await azureSpec(), await gcsSpec(), filesystemSpec(), last];
  const opened = await Promise.all(specs.map((spec) => openLocation(spec)));
  const hop = async (): Promise<number> => {
    let sent = 0;
    for (const [at, to] of opened.entries()) {
      const from = opened[at - 1];
      if (from === undefined) continue;
      await copyVolumes({ from, to }, { onBlob: (_, became) => void (sent += became === 'copied' ? 1 : 0) });
    }
    return sent;
  };
  expect(await hop()).toBeGreaterThan(0);
  expect(await hop()).toBe(0);
  writeFileSync(join(data, 'later'), randomBytes(100_000));
  origin('snapshot', 'create', data);
  expect(await hop()).toBeGreaterThan(0);
  for (const location of opened.slice(0, -1)) await destroy(location);

  const arrived = await kopiaAt(last);
  arrived('repository', 'connect');
  const snapshots = JSON.parse(arrived('snapshot', 'list', '--all', '--json')) as { id: string; startTime: string }[];
  expect(snapshots).toHaveLength(2);
  const restored = temporaryDirectory('restored');
  const newest = snapshots.toSorted((one, other) => (one.startTime < other.startTime ? 1 : -1))[0];
  arrived('snapshot', 'restore', newest?.id ?? '', restored);
  const names = readdirSync(data);
  expect(readdirSync(restored)).toEqual(names);
  for (const name of names)
    expect(readFileSync(join(restored, name)).equals(readFileSync(join(data, name)))).toBe(true);
  for (const location of opened) await location.close();
});
