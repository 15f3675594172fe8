import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { markPoint } from '../../src/archive/mark-point.ts';
import { listPointFacts } from '../../src/archive/point-facts.ts';
import { createSweepFence } from '../../src/archive/sweep-fence.ts';
import { sweepLocation } from '../../src/archive/sweep.ts';
import { verifyRecoveryPoint } from '../../src/archive/verify.ts';
import { openLocation } from '../../src/locations/open-location.ts';
import type { Location } from '../../src/ports/location.ts';
import { cutItems, cutList, quirkyStore, type QuirkyStore } from '../support/quirky-store.ts';
import { commit, sample } from './location-capture.ts';
import { azureSpec, filesystemSpec, gcsSpec, s3Spec } from './location-servers.ts';

const ids = ['a', 'b', 'c', 'd', 'e'];

async function fill(location: Location): Promise<void> {
  for (const id of ids) await commit(location, id, [[sample(`only-${id}`, `{"of":"${id}"}`)]]);
  await markPoint(location, 'a', { run: 'prune-1', nowMs: Date.now() - 3_600_000 });
}

async function keysOf(location: Location, prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of location.list(prefix)) found.push(key);
  return found;
}

const sweep = (location: Location): ReturnType<typeof sweepLocation> =>
  sweepLocation(location, { run: 'prune-1', graceMs: 0, fence: createSweepFence() });

describe('s3 behind something that cuts lists', () => {
  let store: QuirkyStore;
  let direct: Location;
  let quirky: Location;
  beforeAll(async () => {
    const spec = await s3Spec();
    store = await quirkyStore(spec.endpoint ?? '');
    direct = await openLocation(spec);
    quirky = await openLocation({ ...spec, endpoint: store.url });
    await fill(direct);
  });
  afterAll(async () => {
    await Promise.all([direct.close(), quirky.close()]);
    store.close();
  });

  it.each([1, 3, 5])('goes on after the last of %i keys when it is truncated and names no next page', async (most) => {
    store.become({ list: cutList(most, { isTruncated: true }) });
    expect((await listPointFacts(quirky)).map(({ id }) => id)).toEqual(ids);
    expect(await keysOf(quirky, '')).toEqual(await keysOf(direct, ''));
  });

  it('removes nothing when a list ends early and says that it is whole', async () => {
    const before = await keysOf(direct, '');
    store.become({ list: cutList(3, { isTruncated: false }) });
    await expect(listPointFacts(quirky)).rejects.toMatchObject({ code: 'LOCATION_LIST_INCOMPLETE' });
    await expect(sweep(quirky)).rejects.toMatchObject({ code: 'LOCATION_LIST_INCOMPLETE' });
    expect((await keysOf(direct, '')).filter((key) => !key.startsWith('sweeps/'))).toEqual(before);
  });

  it('refuses a store that gives its first page for ever', async () => {
    let first: string | undefined;
    store.become({ list: (xml) => (first ??= cutList(3, { isTruncated: true })(xml)) });
    await expect(keysOf(quirky, '')).rejects.toMatchObject({ code: 'LOCATION_LIST_INCOMPLETE' });
  });

  it('sweeps through lists that are cut and can be continued, and loses nothing', async () => {
    for (const key of await keysOf(direct, 'sweeps/')) await direct.delete(key);
    store.become({ list: cutList(3, { isTruncated: true }) });
    // A store that states whole seconds calls what was written in this one too young.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect(await sweep(quirky)).toMatchObject({ points: ['a'], isDone: true });
    for (const id of ids.slice(1)) expect((await verifyRecoveryPoint(direct, id)).problems).toEqual([]);
  });
});

describe('gcs behind something that cuts lists', () => {
  let store: QuirkyStore;
  let direct: Location;
  let quirky: Location;
  beforeAll(async () => {
    const spec = await gcsSpec();
    store = await quirkyStore(spec.endpoint ?? '');
    direct = await openLocation(spec);
    quirky = await openLocation({ ...spec, endpoint: store.url });
    await fill(direct);
  });
  afterAll(async () => {
    await Promise.all([direct.close(), quirky.close()]);
    store.close();
  });

  it('lists all of many pages, and goes on after a key', async () => {
    const all = await keysOf(direct, '');
    const paged = await Array.fromAsync(direct.list('', { pageSize: 3 }), ({ key }) => key);
    expect(paged).toEqual(all);
    const rest = await Array.fromAsync(direct.list('', { pageSize: 3, after: all[4] ?? '' }), ({ key }) => key);
    expect(rest).toEqual(all.slice(5));
  });

  it('removes nothing when a list ends early and says that it is whole', async () => {
    const before = await keysOf(direct, '');
    store.become({ list: cutItems(3) });
    await expect(listPointFacts(quirky)).rejects.toMatchObject({ code: 'LOCATION_LIST_INCOMPLETE' });
    await expect(sweep(quirky)).rejects.toMatchObject({ code: 'LOCATION_LIST_INCOMPLETE' });
    expect((await keysOf(direct, '')).filter((key) => !key.startsWith('sweeps/'))).toEqual(before);
  });

  it('refuses a store that gives its first page for ever', async () => {
    let first: string | undefined;
    store.become({ list: (json) => (first ??= json.replace('{', '{"nextPageToken":"again",')) });
    await expect(keysOf(quirky, '')).rejects.toMatchObject({ code: 'LOCATION_LIST_INCOMPLETE' });
  });
});

it.each([
  ['azure', azureSpec],
  ['gcs', gcsSpec],
  ['filesystem', filesystemSpec],
])('proves the lists of %s, and sweeps by them', async (_name, spec) => {
  const location = await openLocation(await spec());
  onTestFinished(() => location.close());
  await fill(location);
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  expect(await sweep(location)).toMatchObject({ points: ['a'], isDone: true });
  for (const id of ids.slice(1)) expect((await verifyRecoveryPoint(location, id)).problems).toEqual([]);
  expect(await keysOf(location, 'points/')).toEqual([
    'points/a/deleted.json',
    ...ids.slice(1).map((id) => `points/${id}/manifest.json`),
  ]);
});
