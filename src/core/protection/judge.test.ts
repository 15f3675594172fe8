import { describe, expect, it } from 'vitest';
import { parseInstant } from '../run/instant.ts';
import { judgeTier, type TierFacts, type TierStart } from './judge.ts';

const nowMs = parseInstant('2026-12-01T12:00:00Z') ?? 0;
const hourMs = 3_600_000;
const good = (run: string, objects: number, bytes = 0): TierStart['outcome'] => ({
  ...{ run, exitCode: 0, objects, bytes },
  pruned: { run: 'store-1', exitCode: 0 },
});
const start = (hoursAgo: number, outcome?: TierStart['outcome']): TierStart => ({
  startedMs: nowMs - hoursAgo * hourMs,
  ...(outcome && { outcome }),
});
const due = [{ atMs: nowMs - hourMs, latestMs: nowMs - hourMs / 2 }];
const facts = (change: Partial<TierFacts>): TierFacts => ({
  ...{ policy: 'shop', tier: 'daily', paused: false, due, missed: 0 },
  starts: [start(1, good('b', 100)), start(25, good('a', 100))],
  ...change,
});

describe('a tier', () => {
  it.each<[string, Partial<TierFacts>, readonly string[]]>([
    ['is well', {}, []],
    ['is well before its first backup', { starts: [], due: [] }, []],
    ['has missed starts', { missed: 2 }, ['PROTECTION_MISSED']],
    ['has not started in time', { starts: [start(25, good('a', 9))] }, ['PROTECTION_LATE']],
    ['has not started, and is paused', { paused: true, starts: [start(25, good('a', 9))] }, []],
    ['is still at the one before', { starts: [start(1, good('b', 9)), start(25)] }, ['PROTECTION_LATE']],
    ['failed', { starts: [start(1, { run: 'b', failed: 'X: y' }), start(25, good('a', 9))] }, ['PROTECTION_FAILED']],
    ['never was whole', { starts: [start(1, { skipped: 'x' })] }, ['PROTECTION_FAILED', 'PROTECTION_ABSENT']],
    [
      'was not whole',
      { starts: [start(1, { ...good('b', 9)!, exitCode: 3 } as TierStart['outcome'])] },
      ['PROTECTION_FAILED', 'PROTECTION_ABSENT'],
    ],
    [
      'lost half of its objects',
      { starts: [start(1, good('b', 50)), start(25, good('a', 100))] },
      ['PROTECTION_SHRUNK'],
    ],
    ['lost less than half', { starts: [start(1, good('b', 51)), start(25, good('a', 100))] }, []],
    ['lost its volumes', { starts: [start(1, good('b', 99, 1)), start(25, good('a', 99, 9))] }, ['PROTECTION_SHRUNK']],
    [
      'was not pruned',
      { starts: [start(1, { ...good('b', 9)!, pruned: { skipped: 'x' } } as TierStart['outcome'])] },
      ['PROTECTION_UNPRUNED'],
    ],
  ])('%s', (_name, change, codes) => {
    expect(judgeTier(facts(change), nowMs).map(({ code }) => code)).toEqual(codes);
  });
});
