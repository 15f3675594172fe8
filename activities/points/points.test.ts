import { describe, expect, it } from 'vitest';
import { commit, sample } from '../../test/contract/location-capture.ts';
import { pointRunPrefix, sweepsPrefix } from '../../src/archive/layout.ts';
import { markPoint } from '../../src/archive/mark-point.ts';
import { encodeSweepLock } from '../../src/archive/sweep-lock.ts';
import { usePoint } from '../../src/archive/use-point.ts';
import { loadJson } from '../../src/archive/run-objects.ts';
import type {
  LocationContext,
  PruneReportRequest,
  VerifiedPart,
  VerifyReportRequest,
} from '../../src/core/retention/contract.ts';
import type { PruneReport, VerifyReport } from '../../src/core/retention/report.ts';
import type { WaitingFor } from '../../src/core/run/events.ts';
import type { Location } from '../../src/ports/location.ts';
import { newHolder, sealedLocation } from '../../test/support/sealed-location.ts';
import { createMemoryLocation, type MemoryStore } from '../../test/support/memory-location.ts';
import { chooseDeletedPoints, chooseVerifiedPoints } from './choose.ts';
import { markPoints } from './mark.ts';
import { writePruneReport, writeVerifyReport } from './report.ts';
import { sweepPart } from './sweep.ts';
import { verifyPoints } from './verify.ts';
import type { Progress } from '../../src/services/progress.ts';

const hour = 3_600_000;
const ids = ['a', 'b', 'c'];
const context: LocationContext = { runId: 'prune-1', location: { name: 'm' } as never };
const policy = { by: 'policy', policy: { keepLast: 1 } } as const;
const end: VerifyReportRequest = {
  outcome: 'succeeded',
  exitCode: 0,
  asked: { user: 'bo', host: 'desk' },
  phases: [],
  startedAt: '2026-11-21T00:00:00Z',
  finishedAt: '2026-11-21T00:00:09Z',
};

/** Three points with content of their own and in common, by a clock two hours ago. */
async function world() {
  const store: MemoryStore = new Map();
  const moveClock = (byMs: number): void => void (clockMs += byMs);
  let clockMs = Date.now() - 2 * hour;
  const location = createMemoryLocation('m', store, () => clockMs);
  for (const id of ids) {
    await commit(location, id, [[sample(`only-${id}`, `{"of":"${id}"}`)], [sample('same', '{}', { kind: 'Same' })]]);
    clockMs += 1_000;
  }
  clockMs = Date.now();
  return { store, location, moveClock };
}

interface Heartbeat extends Progress {
  readonly said: unknown[];
  readonly waited: string[];
}

/** What an activity says while it works, and what an attempt before it kept. */
function working(cursor?: unknown): Heartbeat {
  const said: unknown[] = [];
  const waited: string[] = [];
  const progress = {
    ...{ signal: new AbortController().signal, cursor, said, waited },
    update: () => undefined,
    checkpoint: (state: unknown) => void said.push(state),
    waiting: ({ kind, ref, condition }: WaitingFor) => void waited.push(`${kind} ${ref}: ${condition}`),
    arrived: (ref: string) => void waited.push(`arrived ${ref}`),
  };
  return progress as unknown as Heartbeat;
}

function reportRequest(change: Partial<PruneReportRequest>): PruneReportRequest {
  return { ...end, wish: policy, graceMs: 0, parts: [], objects: 0, bytes: 0, ...change };
}

describe('a run that deletes recovery points', () => {
  it('chooses, marks with its name, sweeps, and reports each point as the Location has it', async () => {
    const { store, location } = await world();
    const { choice, chosen, others } = await chooseDeletedPoints(location, working(), { context, wish: policy });
    expect([chosen, others]).toEqual([2, 1]);
    const marked = await markPoints(location, working(), { context, choice, wish: policy });
    expect(Buffer.from(store.get('points/a/deleted.json') ?? []).toString()).toContain('"run":"prune-1"');
    const part = await sweepPart(location, working(), { context, graceMs: 0 });
    expect(part).toMatchObject({ points: 2, isDone: true });

    const { objects, bytes } = part;
    const request = reportRequest({ choice, marked: marked.choice, parts: [part.result], objects, bytes });
    const ref = await writePruneReport({ location, progress: working(), version: '1' }, { context, request });
    const report = await loadJson<PruneReport>(location, ref);
    expect(report).toMatchObject({ run: 'prune-1', location: 'm', asked: end.asked, sweep: { points: ['a', 'b'] } });
    expect(report.points.map(({ id, state, why }) => [id, state, why])).toEqual([
      ['a', 'removed', 'no rule keeps it'],
      ['b', 'removed', 'no rule keeps it'],
      ['c', 'kept', 'one of the last 1'],
    ]);
  });

  it('leaves a point that a run has begun to use since it was chosen, and goes on after the marks of a dead attempt', async () => {
    const { store, location } = await world();
    const { choice } = await chooseDeletedPoints(location, working(), { context, wish: policy });
    await usePoint(location, { point: 'b', run: 'restore-1' });
    const first = working();
    const marked = await markPoints(location, first, { context, choice, wish: policy });
    expect([marked.chosen, marked.others]).toEqual([1, 1]);
    expect(store.has('points/b/deleted.json')).toBe(false);
    expect(await loadJson(location, marked.choice)).toContainEqual({
      id: 'b',
      goes: false,
      why: 'run restore-1 uses it',
    });

    store.delete('points/a/deleted.json');
    const again = await markPoints(location, working(first.said[0]), { context, choice, wish: policy });
    expect(store.has('points/a/deleted.json')).toBe(false);
    expect(again).toEqual({ ...marked, chosen: 1 });
  });

  it('leaves a point that a run uses also where the clock of the store has jumped a year ahead', async () => {
    const { store, location, moveClock } = await world();
    const wish = { by: 'name', names: ['b'] } as const;
    const { choice } = await chooseDeletedPoints(location, working(), { context, wish });
    await usePoint(location, { point: 'b', run: 'restore-1' });
    moveClock(365 * 24 * hour);
    const marked = await markPoints(location, working(), { context, choice, wish });
    expect([marked.chosen, marked.others, store.has('points/b/deleted.json')]).toEqual([0, 1, false]);
  });

  it('has in its report what an attempt removed that died before it could say so', async () => {
    const { store, location } = await world();
    await markPoint(location, 'a', { run: 'prune-0', nowMs: Date.now() - hour });
    let deletes = 0;
    const dying = {
      ...location,
      async delete(key: string) {
        if (key.startsWith('objects/') && (deletes += 1) > 0) throw new Error('the worker was killed');
        await location.delete(key);
      },
    };
    await expect(sweepPart(dying, working(), { context, graceMs: 0 })).rejects.toThrow('killed');
    expect(store.has('points/a/manifest.json')).toBe(false);
    const part = await sweepPart(location, working({ objects: 1, bytes: 0 }), { context, graceMs: 0 });
    expect(part).toMatchObject({ points: 0, isDone: true });
    expect(part.objects).toBeGreaterThan(1);
    const request = reportRequest({
      wish: { by: 'mark' },
      parts: [part.result],
      objects: part.objects,
      bytes: part.bytes,
    });
    const ref = await writePruneReport({ location, progress: working(), version: '1' }, { context, request });
    expect(await loadJson(location, ref)).toMatchObject({ sweep: { points: ['a'], objects: part.objects } });
  });

  it('says whose sweep it waits for, and goes on when that has ended', async () => {
    const { store, location } = await world();
    const lock = `${sweepsPrefix}other.json`;
    await location.create(lock, encodeSweepLock({ run: 'prune-2' }));
    const progress = working();
    setTimeout(() => store.delete(lock), 100);
    await expect(sweepPart(location, progress, { context, graceMs: 0 })).resolves.toMatchObject({ isDone: true });
    expect(progress.waited).toEqual(['run prune-2: its sweep of Location m to end', 'arrived prune-2']);
    expect([...store.keys()].filter((key) => key.startsWith(sweepsPrefix))).toEqual([]);
  }, 20_000);

  it('does not wait for the lock of an attempt of its own that died, and leaves it for others to see', async () => {
    const { store, location } = await world();
    const lock = `${sweepsPrefix}own.json`;
    await location.create(lock, encodeSweepLock({ run: 'prune-1' }));
    const progress = working();
    await expect(sweepPart(location, progress, { context, graceMs: 0 })).resolves.toMatchObject({ isDone: true });
    expect(progress.waited).toEqual([]);
    expect([...store.keys()].filter((key) => key.startsWith(sweepsPrefix))).toEqual([lock]);
  });
});

describe('a run that verifies recovery points', () => {
  const choose = async (location: Awaited<ReturnType<typeof world>>['location'], points: readonly string[] = []) =>
    (await chooseVerifiedPoints(location, working(), { context, points })).choice;
  const only = (store: MemoryStore, prefix: string): string =>
    [...store.keys()].find((key) => key.startsWith(prefix)) ?? '';

  it('reads every point, names what is damaged, and distinguishes a deleted one from it', async () => {
    const { store, location } = await world();
    const choice = await choose(location);
    store.delete('points/a/manifest.json');
    await markPoint(location, 'a', { run: 'prune-2' });
    store.set('points/b/manifest.json', Buffer.from('{}'));
    const part = await verifyPoints(location, working(), { context, choice, from: 0 });
    expect(part).toMatchObject({ next: 3, whole: 1, damaged: 1, deleted: 1 });
    expect(part.findings).toEqual([
      expect.objectContaining({ code: 'STORED_OBJECT_CORRUPT', severity: 'blocker', subject: 'recovery point b' }),
    ]);
    const ref = await writeVerifyReport(
      { location, progress: working(), version: '1' },
      { context, request: { ...end, choice } }
    );
    const { points, skipped } = await loadJson<VerifyReport>(location, ref);
    expect(points.map(({ id, state, problemCount }) => [id, state, problemCount])).toEqual([
      ['a', 'deleted', 0],
      ['b', 'damaged', 1],
      ['c', 'whole', 0],
    ]);
    expect(skipped).toEqual([]);
  });

  it('goes on with the point at which the last attempt was, and keeps what that one found', async () => {
    const { store, location } = await world();
    const choice = await choose(location);
    const first = working();
    await verifyPoints(location, first, { context, choice, from: 0 });
    const [afterA] = first.said as VerifiedPart[];
    store.delete(only(store, `${pointRunPrefix('prune-1')}/verified/a`));
    const part = await verifyPoints(location, working(afterA), { context, choice, from: 0 });
    expect(part).toMatchObject({ next: 3, whole: 3, damaged: 0 });
    expect(only(store, `${pointRunPrefix('prune-1')}/verified/a`)).toBe('');
  });

  it('of a sealed Location leaves records that nobody can read, or, without the key, says what it did not look at', async () => {
    const store: MemoryStore = new Map();
    const [ada, bo] = await Promise.all([newHolder(), newHolder()]);
    const { location, seal } = sealedLocation(store, { recipients: [ada, bo], as: ada });
    await commit(location, 'a', [[sample('only-a', '{}')]]);
    const { signer } = await seal.forReading();
    const verified = async (as: Location): Promise<VerifyReport & { readonly part: VerifiedPart }> => {
      const choice = await choose(as);
      const part = await verifyPoints(as, working(), { context, choice, from: 0 });
      const reporting = { location: as, progress: working(), version: '1' };
      const ref = await writeVerifyReport(reporting, { context, request: { ...end, choice } });
      return { ...(await loadJson<VerifyReport>(as, ref)), part };
    };
    expect(await verified(location)).toMatchObject({ part: { whole: 1, findings: [] }, points: [{ objects: 1 }] });
    const records = [...store].filter(([key]) => key.startsWith('point-runs/'));
    expect(records.length).toBeGreaterThan(2);
    expect(records.filter(([, bytes]) => Buffer.from(bytes).includes('"id"'))).toEqual([]);
    const found = await verified(sealedLocation(store, { recipients: [ada, bo], signer }).location);
    expect(found).toMatchObject({
      part: { whole: 1, unopened: 1, findings: [{ code: 'POINT_UNREAD_WITHOUT_KEY', severity: 'warning' }] },
      points: [{ state: 'whole', objects: 0, unopened: expect.any(String) as string }],
    });
    expect((await verified(location)).points).toMatchObject([{ objects: 1 }]);
  });

  it('says of volumes that their data was not read', async () => {
    const { location } = await world();
    const ids = { snapshotId: '1'.repeat(64), metadataSnapshotId: '2'.repeat(64), treeSha256: '3'.repeat(64) };
    const state = { excluded: 0, dataAsOf: '2026-11-01T00:00:00Z' };
    const volume = { claim: 'shop/data', class: 'fast', size: '1Gi', bytes: 2, files: 1, ...ids, ...state };
    await commit(location, 'v', [[sample('v', '{}')]], { volumes: [volume] });
    const choice = await choose(location, ['v']);
    const part = await verifyPoints(location, working(), { context, choice, from: 0 });
    expect(part).toMatchObject({ whole: 1, volumes: 1, findings: [{ code: 'RECOVERY_POINT_VOLUMES_UNREAD' }] });
  });

  it('refuses names that no complete point has, with every reason, and says why it skips others', async () => {
    const { location } = await world();
    await markPoint(location, 'a', { run: 'prune-2' });
    await usePoint(location, { point: 'half', run: 'half' });
    await expect(choose(location, ['nobody', 'a'])).rejects.toMatchObject({
      code: 'RECOVERY_POINT_NOT_FOUND',
      detail: { what: expect.stringContaining('recovery point a in Location m is marked') as string },
    });
    const stored = await loadJson(location, await choose(location));
    expect(stored).toEqual({
      points: ['b', 'c'],
      skipped: [
        { id: 'a', why: 'it is marked for deletion' },
        { id: 'half', why: 'a run has begun it and not committed it' },
      ],
    });
  });
});
