import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  DeleteObjectCommand,
  GetObjectRetentionCommand,
  ListObjectVersionsCommand,
  PutObjectRetentionCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lockCommitted } from '../../activities/lock-committed.ts';
import { markPoints } from '../../activities/points/mark.ts';
import { lockExisting } from '../../src/archive/ask-lock.ts';
import { chooseDeleted } from '../../src/archive/choose-points.ts';
import { storeJson } from '../../src/archive/run-objects.ts';
import { lockPoint, readLock } from '../../src/archive/lock-point.ts';
import { readStoreClock } from '../../src/archive/store-clock.ts';
import { usesOfPoint } from '../../src/archive/use-point.ts';
import { verifyRecoveryPoint } from '../../src/archive/verify.ts';
import type { Retention } from '../../src/core/retention/point-lock.ts';
import type { LocationSpec, S3LocationSpec } from '../../src/core/spec/spec.ts';
import { openLock } from '../../src/locations/open-lock.ts';
import { openLocation } from '../../src/locations/open-location.ts';
import type { Location } from '../../src/ports/location.ts';
import type { ObjectLock } from '../../src/ports/object-lock.ts';
import { startLockingStore, type LockingStore } from '../support/locking-store.ts';
import { commit, sample, samples } from './location-capture.ts';

/* Locks of recovery points in a real store with S3 Object Lock: what it refuses, and what Landfall says of it. */

let root = '';
let store: LockingStore;
const opened: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'landfall-lock-'));
  store = await startLockingStore(root);
}, 300_000);

afterAll(async () => {
  await Promise.all(opened.map((one) => one.close()));
  store.close();
  rmSync(root, { recursive: true, force: true });
});

const hour = 3_600_000;

interface Part {
  readonly spec: S3LocationSpec;
  readonly location: Location;
  readonly lock: ObjectLock;
}

async function part(prefix: string, change: Partial<S3LocationSpec> = {}): Promise<Part> {
  const spec = store.spec(prefix, change);
  const [location, lock] = await Promise.all([openLocation(spec), openLock(spec)]);
  opened.push(location, lock);
  return { spec, location, lock };
}

/** What the store itself says of the newest version of every key, by key. */
async function retentions(prefix: string): Promise<ReadonlyMap<string, Retention | undefined>> {
  const { Versions = [] } = await store.client.send(
    new ListObjectVersionsCommand({ Bucket: store.bucket, Prefix: prefix })
  );
  const found = new Map<string, Retention | undefined>();
  for (const { Key = '', IsLatest } of Versions) {
    if (IsLatest !== true) continue;
    const input = { Bucket: store.bucket, Key };
    const answer = await store.client.send(new GetObjectRetentionCommand(input)).catch(() => undefined);
    const { Mode, RetainUntilDate } = answer?.Retention ?? {};
    const mode = Mode === 'COMPLIANCE' ? 'compliance' : 'governance';
    found.set(
      Key.slice(prefix.length),
      RetainUntilDate === undefined ? undefined : { mode, untilMs: RetainUntilDate.getTime() }
    );
  }
  return found;
}

async function versionOf(key: string): Promise<string> {
  const { Versions = [] } = await store.client.send(
    new ListObjectVersionsCommand({ Bucket: store.bucket, Prefix: key })
  );
  return Versions[0]?.VersionId ?? '';
}

/** The word of a lock is written anew. */
function withoutLocks(held: ReadonlyMap<string, Retention | undefined>): object {
  return Object.fromEntries([...held].filter(([key]) => !key.endsWith('lock.json')));
}

const inWholeSeconds = (ms: number): number => Math.ceil(ms / 1000) * 1000;

async function until(location: Location, fromNowMs: number): Promise<number> {
  return inWholeSeconds((await readStoreClock(location)) + fromNowMs);
}

const named = (text: string): { by: 'name'; names: readonly string[] } => ({ by: 'name', names: [text] });

test.each(['governance', 'compliance'] as const)(
  'a %s lock covers everything of a point, and the store refuses',
  async (mode) => {
    const { location, lock } = await part(mode);
    await commit(location, 'first', [samples(200)]);
    const wanted = { mode, untilMs: await until(location, hour) };
    const locked = await lockExisting(location, { lock, wish: { point: 'first', run: 'locker-1', wanted } });
    const held = await retentions(`${mode}/`);
    const content = [...held].filter(([key]) => /^objects\/|manifest\.json$/u.test(key));
    expect(content.length).toBeGreaterThanOrEqual(4);
    for (const [, retention] of content) expect(retention).toEqual(wanted);
    expect(locked).toMatchObject({ id: 'first', objects: content.length, retention: wanted });
    expect(await usesOfPoint(location, 'first')).toEqual([]);

    const key = `${mode}/points/first/manifest.json`;
    const version = { Bucket: store.bucket, Key: key, VersionId: await versionOf(key) };
    await expect(store.client.send(new DeleteObjectCommand(version))).rejects.toMatchObject({ name: 'AccessDenied' });
    const earlier = {
      Mode: mode === 'compliance' ? 'COMPLIANCE' : 'GOVERNANCE',
      RetainUntilDate: new Date(wanted.untilMs - 60_000),
    } as const;
    await expect(
      store.client.send(new PutObjectRetentionCommand({ ...version, Retention: earlier }))
    ).rejects.toMatchObject({ name: 'AccessDenied' });
    const bypass = store.client.send(new DeleteObjectCommand({ ...version, BypassGovernanceRetention: true }));
    // The user of this store owns it, and has every right there is.
    const outcome = await bypass.then(
      () => 'removed',
      () => 'refused'
    );
    expect(outcome).toBe(mode === 'compliance' ? 'refused' : 'removed');
  }
);

test('a delete only hides what is locked: readers say it is missing, and it comes back whole', async () => {
  const { location, lock } = await part('hidden');
  await commit(location, 'first', [samples(50)]);
  const wanted = { mode: 'compliance', untilMs: await until(location, hour) } as const;
  await lockPoint(location, { lock, point: 'first', wanted });
  const key = 'hidden/points/first/manifest.json';
  await location.delete('points/first/manifest.json');
  expect((await verifyRecoveryPoint(location, 'first')).problems).toMatchObject([{ code: 'STORED_OBJECT_MISSING' }]);
  await expect(lock.extend('points/first/manifest.json', wanted)).rejects.toMatchObject({
    code: 'STORED_OBJECT_MISSING',
  });
  const { DeleteMarkers = [] } = await store.client.send(
    new ListObjectVersionsCommand({ Bucket: store.bucket, Prefix: key })
  );
  const [marker] = DeleteMarkers;
  await store.client.send(new DeleteObjectCommand({ Bucket: store.bucket, Key: key, VersionId: marker?.VersionId }));
  expect((await verifyRecoveryPoint(location, 'first')).problems).toEqual([]);
});

test('a newer point extends the lock of what it refers to, and no lock gets shorter or weaker', async () => {
  const { spec, location, lock } = await part('extended', { lock: { mode: 'governance', forMs: 2 * hour } });
  const shared = samples(100);
  await commit(location, 'old', [shared]);
  const first = { mode: 'governance', untilMs: await until(location, hour) } as const;
  await lockPoint(location, { lock, point: 'old', wanted: first });

  await commit(location, 'shop-new1', [shared, [sample('new', '{"a":1}')]]);
  const session = { spec: { location: spec }, location, runId: 'shop-new1' } as never;
  const progress = { signal: new AbortController().signal, update: () => undefined } as never;
  const startedMs = await readStoreClock(location);
  await lockCommitted(session, progress);
  const held = await retentions('extended/');
  const [segment = ''] = [...held.keys()].filter((key) => key.startsWith('objects/segments/'));
  expect(held.get(segment)?.untilMs).toBeGreaterThanOrEqual(startedMs + 2 * hour);
  expect(held.get('points/old/manifest.json')).toEqual(first);
  expect(await readLock(location, 'shop-new1')).toMatchObject({ mode: 'governance' });

  const before = await retentions('extended/');
  await lockPoint(location, { lock, point: 'shop-new1', wanted: { ...first, untilMs: first.untilMs - 60_000 } });
  const after = await retentions('extended/');
  expect(withoutLocks(after)).toEqual(withoutLocks(before));
  expect((await readLock(location, 'shop-new1'))?.untilMs).toBeGreaterThan(first.untilMs);
});

test('a locked point is neither marked nor pruned, and goes when its lock is over', async () => {
  const { location, lock } = await part('pruned');
  await commit(location, 'kept', [samples(20)]);
  const wanted = { mode: 'governance', untilMs: await until(location, 4_000) } as const;
  const choice = await chooseDeleted(location, named('kept'));
  await lockExisting(location, { lock, wish: { point: 'kept', run: 'locker-1', wanted } });

  await expect(chooseDeleted(location, named('kept'))).rejects.toMatchObject({ code: 'RECOVERY_POINT_LOCKED' });
  const why = expect.stringMatching(/^locked until \S+ \(governance\)$/) as string;
  const policy = { by: 'policy', policy: { keepLast: 0 } } as const;
  expect(await chooseDeleted(location, policy)).toEqual([{ id: 'kept', goes: false, why }]);
  // It was chosen before it was locked.
  const stored = await storeJson({ location, path: 'point-runs/prune-1/choice' }, choice);
  const context = { runId: 'prune-1', location: store.spec('pruned') };
  const progress = {
    signal: new AbortController().signal,
    update: () => undefined,
    checkpoint: () => undefined,
    cursor: undefined,
  } as never;
  expect(await markPoints(location, progress, { context, choice: stored, wish: named('kept') })).toMatchObject({
    chosen: 0,
    others: 1,
  });

  await expect
    .poll(() => chooseDeleted(location, policy), { timeout: 30_000, interval: 500 })
    .toMatchObject([{ goes: true }]);
  expect(await chooseDeleted(location, named('kept'))).toMatchObject([{ id: 'kept', goes: true }]);
});

test('a store without locks says so, whatever its provider', async () => {
  const { lock } = await part('plain', { bucket: store.plainBucket });
  await expect(lock.check()).rejects.toMatchObject({ code: 'LOCK_UNSUPPORTED' });
  const others = [
    { name: 'a', provider: 'azure', account: 'a', container: 'c', prefix: '', encryption: 'none' },
    { name: 'g', provider: 'gcs', bucket: 'b', prefix: '', encryption: 'none' },
    { name: 'f', provider: 'filesystem', path: root, prefix: '', encryption: 'none' },
  ] as const satisfies readonly LocationSpec[];
  for (const spec of others) await expect(openLock(spec)).rejects.toMatchObject({ code: 'LOCK_UNSUPPORTED' });
});

const command = fileURLToPath(new URL('../../bin/landfall.mjs', import.meta.url));

function landfall(words: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [command, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err]: [string[], string[]] = [[], []];
  child.stdout.setEncoding('utf8').on('data', (text: string) => void out.push(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => void err.push(text));
  return new Promise((resolve) =>
    child.on('close', (code) => resolve({ code, stdout: out.join(''), stderr: err.join('') }))
  );
}

test('by the command: shown first, locked with --yes, and seen in list and show', async () => {
  const { location, spec } = await part('command');
  await commit(location, 'shop-aaaa', [samples(20)]);
  const file = join(root, 'landfall.yaml');
  const { name, prefix, forcePathStyle: _, ...rest } = spec;
  const document = {
    apiVersion: 'landfall.dev/v1alpha1',
    kind: 'Location',
    metadata: { name },
    spec: { ...rest, prefix, lock: { mode: 'governance', for: '1h' } },
  };
  writeFileSync(file, JSON.stringify(document));
  const preview = await landfall(['points', 'lock', 'shop-aaaa', '-f', file]);
  expect(preview).toMatchObject({ code: 0, stderr: '' });
  expect(preview.stdout).toMatch(
    /^shop-aaaa: 4 objects would be locked until \S+ \(governance\)\nnothing was changed; add --yes to lock\n$/
  );
  expect(await readLock(location, 'shop-aaaa')).toBeUndefined();

  const locked = await landfall([
    'points',
    'lock',
    'shop-aaaa',
    '-f',
    file,
    '--mode',
    'compliance',
    '--for',
    '2h',
    '--yes',
    '-o',
    'json',
  ]);
  expect(locked).toMatchObject({ code: 0, stderr: '' });
  const { lock } = JSON.parse(locked.stdout) as { lock: { mode: string; until: string } };
  expect(lock.mode).toBe('compliance');
  const listed = await landfall(['points', 'list', '-f', file]);
  expect(listed.stdout).toContain(`complete, locked until ${lock.until.replace('.000Z', 'Z')} (compliance)`);
  expect(JSON.parse((await landfall(['points', 'list', '-f', file, '-o', 'json'])).stdout)).toMatchObject([{ lock }]);
  expect(JSON.parse((await landfall(['points', 'show', 'shop-aaaa', '-f', file, '-o', 'json'])).stdout)).toMatchObject({
    lock,
  });
  expect((await landfall(['points', 'show', 'shop-aaaa', '-f', file])).stdout).toMatch(/ {2}lock +locked until /);

  const refused = await landfall(['points', 'delete', 'shop-aaaa', '-f', file]);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('RECOVERY_POINT_LOCKED') as string });
  const pruned = await landfall(['points', 'prune', '--keep-last', '0', '-f', file]);
  expect(pruned.stdout).toMatch(/no +locked until/);
  for (const [words, text] of [
    [['--until', '2020-01-01T00:00:00Z'], 'is over already'],
    [['--for', '4000d'], 'more than ten years'],
    [['--for', '1h', '--until', '2030-01-01T00:00:00Z'], 'both say when'],
  ] as const) {
    const ran = await landfall(['points', 'lock', 'shop-aaaa', '-f', file, '--yes', ...words]);
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining('CONFIG_INVALID') as string });
    expect(ran.stderr.replace(/\s+/gu, ' ')).toContain(text);
  }
}, 120_000);
