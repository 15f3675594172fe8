import { expect, it } from 'vitest';
import { commit, sample } from '../../test/contract/location-capture.ts';
import { createMemoryLocation, type MemoryStore } from '../../test/support/memory-location.ts';
import { LandfallError } from '../core/errors.ts';
import type { Retention } from '../core/retention/point-lock.ts';
import type { ObjectLock } from '../ports/object-lock.ts';
import { lockExisting } from './ask-lock.ts';
import { listPointFacts } from './point-facts.ts';
import { lockPoint, readLock } from './lock-point.ts';
import { markPoint } from './mark-point.ts';
import { summarisePoints } from './point-summaries.ts';

const wanted: Retention = { mode: 'governance', untilMs: Date.parse('2030-01-01T00:00:00Z') };
const volume = {
  ...{ claim: 'shop/data', class: '', size: '1Gi', snapshotId: 's', metadataSnapshotId: 'm', treeSha256: 't' },
  ...{ bytes: 1, files: 1, excluded: 0, dataAsOf: '2026-11-01T00:00:00Z' },
};

function recording(fails?: string): ObjectLock & { readonly keys: string[] } {
  const keys: string[] = [];
  return {
    keys,
    check: () => Promise.resolve(),
    extend(key, retention) {
      if (key === fails) return Promise.reject(new LandfallError('LOCK_NOT_HELD', { what: key }));
      keys.push(key);
      return Promise.resolve(retention);
    },
    close: () => Promise.resolve(),
  };
}

async function pointWithVolume() {
  const store: MemoryStore = new Map();
  const location = createMemoryLocation('m', store);
  await commit(location, 'point', [[sample('a', '{"a":1}')]], { volumes: [volume] });
  for (const key of [
    'volumes/pabc',
    'volumes/kopia.repository',
    'volumes/s1-x',
    'volumes/_log_1',
    'keys/repository.json',
    'runs/other/x',
  ])
    await location.create(key, Buffer.from('x'));
  return { store, location };
}

it('locks everything a point needs, the manifest last, and writes it down', async () => {
  const { store, location } = await pointWithVolume();
  const lock = recording();
  expect(await lockPoint(location, { lock, point: 'point', wanted })).toEqual({
    retention: wanted,
    objects: lock.keys.length,
  });
  const needed = [...store.keys()].filter((key) => /^objects\/|manifest|^keys\/|^volumes\/(?:p|kopia)/u.test(key));
  expect(lock.keys.toSorted()).toEqual(needed.toSorted());
  expect(lock.keys.at(-1)).toBe('points/point/manifest.json');
  expect(await readLock(location, 'point')).toEqual(wanted);
  expect(await summarisePoints(location, await listPointFacts(location))).toMatchObject([
    { id: 'point', lock: wanted },
  ]);
});

it('leaves no word of a lock that is not whole', async () => {
  const { location } = await pointWithVolume();
  const lock = recording('points/point/manifest.json');
  await expect(lockPoint(location, { lock, point: 'point', wanted })).rejects.toMatchObject({ code: 'LOCK_NOT_HELD' });
  expect(await readLock(location, 'point')).toBeUndefined();
});

it('keeps the later end and the stricter mode in its word', async () => {
  const { location } = await pointWithVolume();
  await lockPoint(location, { lock: recording(), point: 'point', wanted });
  const shorter = { mode: 'compliance', untilMs: wanted.untilMs - 1 } as const;
  const { retention } = await lockPoint(location, { lock: recording(), point: 'point', wanted: shorter });
  expect(retention).toEqual({ ...wanted, mode: 'compliance' });
  expect(await readLock(location, 'point')).toEqual(retention);
});

it('does not lock a point that is marked, and leaves no use', async () => {
  const { store, location } = await pointWithVolume();
  await markPoint(location, 'point', { run: 'prune-1' });
  const lock = recording();
  const wish = { point: 'point', run: 'locker-1', wanted };
  await expect(lockExisting(location, { lock, wish })).rejects.toMatchObject({ code: 'RECOVERY_POINT_DELETED' });
  expect(lock.keys).toEqual([]);
  expect([...store.keys()].filter((key) => key.includes('/uses/'))).toEqual([]);
});

it('says of a damaged word that it is damaged: the point then cannot be read, and is kept', async () => {
  const { location } = await pointWithVolume();
  await location.put('points/point/lock.json', Buffer.from('{"mode":"none"}'));
  await expect(readLock(location, 'point')).rejects.toMatchObject({ code: 'STORED_OBJECT_CORRUPT' });
  expect(await summarisePoints(location, await listPointFacts(location))).toMatchObject([
    { id: 'point', problem: { code: 'STORED_OBJECT_CORRUPT' } },
  ]);
});
