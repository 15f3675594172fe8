import { describe, expect, it } from 'vitest';
import { commit, sample } from '../../test/contract/location-capture.ts';
import { createMemoryLocation, type MemoryStore } from '../../test/support/memory-location.ts';
import { loadJson } from '../../src/archive/run-objects.ts';
import { usePoint } from '../../src/archive/use-point.ts';
import { verifyRecoveryPoint } from '../../src/archive/verify.ts';
import type { LocationContext } from '../../src/core/retention/contract.ts';
import type { CopiedPart } from '../../src/core/retention/copy-contract.ts';
import type { CopyReport } from '../../src/core/retention/report.ts';
import type { Location } from '../../src/ports/location.ts';
import type { Progress } from '../../src/services/progress.ts';
import { chooseVerifiedPoints } from './choose.ts';
import { copyPoints } from './copy.ts';
import { writeCopyReport } from './report.ts';
import { verifyPoints } from './verify.ts';

const ids = ['a', 'b', 'c'];
const context: LocationContext = { runId: 'copy-1', location: { name: 'from' } as never };
const target = { name: 'to' } as never;

async function world(): Promise<{ readonly stores: readonly [MemoryStore, MemoryStore]; readonly from: Location }> {
  const stores: readonly [MemoryStore, MemoryStore] = [new Map(), new Map()];
  const from = createMemoryLocation('from', stores[0]);
  for (const id of ids) {
    await commit(from, id, [[sample(`only-${id}`, `{"of":"${id}"}`)], [sample('same', '{}', { kind: 'Same' })]]);
  }
  return { stores, from };
}

function working(said: unknown[] = [], cursor?: unknown): Progress {
  return {
    ...{ signal: new AbortController().signal, cursor },
    update: () => undefined,
    checkpoint: (state: unknown) => void said.push(state),
  } as unknown as Progress;
}

async function copyAll(from: Location, to: Location, progress = working()): Promise<CopiedPart> {
  const { choice } = await chooseVerifiedPoints(from, working(), { context, points: [] });
  const open = (): Promise<Location> => Promise.resolve(to);
  return copyPoints({ from, open }, progress, { context, choice, from: 0, target });
}

function keysOf(store: MemoryStore, part: string): string[] {
  return [...store.keys()].filter((key) => key.includes(part));
}

describe('a run that copies recovery points', () => {
  it('copies all of them, lets go of each, and goes on after the last of a dead attempt', async () => {
    const { stores, from } = await world();
    const to = createMemoryLocation('to', stores[1]);
    const said: unknown[] = [];
    expect(await copyAll(from, to, working(said))).toMatchObject({ next: 3, whole: 3, failed: 0, findings: [] });
    expect([...keysOf(stores[0], '/uses/'), ...keysOf(stores[1], '/uses/')]).toEqual([]);
    // Records are where the points are; the other Location may not have a key yet.
    expect(keysOf(stores[1], 'point-runs/')).toEqual([]);

    stores[1].delete('points/a/manifest.json');
    const again = await copyAll(from, to, working([], said[0]));
    expect(again).toMatchObject({ next: 3, whole: 3 });
    expect(stores[1].has('points/a/manifest.json')).toBe(false);
  });

  it('names a point that is damaged where it comes from, or was deleted where it goes, and copies the others', async () => {
    const { stores, from } = await world();
    const to = createMemoryLocation('to', stores[1]);
    const only = keysOf(stores[0], 'objects/segments/');
    const before = new Set(only);
    await commit(from, 'd', [[sample('only-d', '{"of":"d"}')]]);
    const added = keysOf(stores[0], 'objects/segments/').find((key) => !before.has(key)) ?? '';
    stores[0].set(added, new Uint8Array(3));
    stores[1].set('points/b/deleted.json', Buffer.from('{}'));
    const part = await copyAll(from, to);
    expect(part).toMatchObject({ next: 4, whole: 2, failed: 1, deleted: 1 });
    expect(part.findings.map(({ subject, code }) => [subject, code])).toEqual([
      ['recovery point b', 'RECOVERY_POINT_DELETED'],
      ['recovery point d', 'STORED_OBJECT_CORRUPT'],
    ]);
    const { choice } = await chooseVerifiedPoints(from, working(), { context, points: [] });
    const end = { outcome: 'failed', exitCode: 1, asked: { user: 'bo', host: 'desk' }, phases: [] } as const;
    const times = { startedAt: '2026-11-21T00:00:00Z', finishedAt: '2026-11-21T00:00:09Z' };
    const request = { ...end, ...times, choice, target: 'to' };
    const ref = await writeCopyReport({ location: from, progress: working(), version: '1' }, { context, request });
    const report = await loadJson<CopyReport>(from, ref);
    expect(report.points.map(({ id, state }) => [id, state])).toEqual([
      ['a', 'copied'],
      ['b', 'deleted'],
      ['c', 'copied'],
      ['d', 'failed'],
    ]);
  });

  it('keeps the use that the run itself has of a point', async () => {
    const { stores, from } = await world();
    await usePoint(from, { point: 'a', run: 'restore-1' });
    await copyAll(from, createMemoryLocation('to', stores[1]));
    expect(keysOf(stores[0], '/uses/')).toEqual(['points/a/uses/restore-1.json']);
  });
});

describe('a verification that heals', () => {
  it('takes from each copy what that has, and reads the point again', async () => {
    const { stores, from } = await world();
    const second: MemoryStore = new Map();
    const copies = [createMemoryLocation('one', stores[1]), createMemoryLocation('two', second)];
    for (const copy of copies) await copyAll(from, copy);
    // Each of both copies has lost what the other one has; the origin has lost both.
    const [one = '', two = ''] = keysOf(stores[0], 'objects/segments/');
    for (const key of [one, two]) stores[0].delete(key);
    stores[1].delete(one);
    second.delete(two);
    const { choice } = await chooseVerifiedPoints(from, working(), { context, points: [] });
    const alone = await verifyPoints(from, working(), { context, choice, from: 0 });
    expect(alone.damaged).toBeGreaterThan(0);
    const healed = await verifyPoints(from, working(), { context, choice, from: 0, heal: copies });
    expect(healed).toMatchObject({ whole: 3, damaged: 0, findings: [] });
    for (const id of ids) expect((await verifyRecoveryPoint(from, id)).problems).toEqual([]);
  });

  it('says what no copy has', async () => {
    const { stores, from } = await world();
    const to = createMemoryLocation('to', stores[1]);
    await copyAll(from, to);
    const [key = ''] = keysOf(stores[0], 'objects/segments/');
    for (const store of stores) store.delete(key);
    const { choice } = await chooseVerifiedPoints(from, working(), { context, points: [] });
    const part = await verifyPoints(from, working(), { context, choice, from: 0, heal: [to] });
    expect(part.damaged).toBeGreaterThan(0);
    expect(part.findings.map(({ message }) => message).join()).toContain('not healed from Location to');
  });
});
