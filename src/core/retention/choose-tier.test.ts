import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firesAfter, parseCron } from '../protection/cron.ts';
import { formatInstant, parseInstant } from '../run/instant.ts';
import type { PointSummary } from './choose-points.ts';
import { chooseTierPruned, type TierRetention } from './choose-tier.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const noRetention = { keepLast: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0, keepForMs: 0 };
const startMs = parseInstant('2026-10-01T00:00:00Z') ?? 0;

function tierOf(tier: string, retention: Partial<TierRetention['retention']>): TierRetention {
  return { policy: 'shop', tier, timeZone: 'UTC', retention: { ...noRetention, ...retention } };
}

function pointOf(tier: string, committedAtMs: number, change: Partial<PointSummary> = {}): PointSummary {
  const content = { line: tier, volumes: 0, protection: { policy: 'shop', tier } };
  return { id: `${tier}-${formatInstant(committedAtMs)}`, committedAtMs, uses: [], content, ...change };
}

const kept = (points: readonly PointSummary[], tier: TierRetention, nowMs: number): readonly string[] =>
  chooseTierPruned(points, tier, nowMs).flatMap(({ id, goes }) =>
    goes ? [] : [id.slice(tier.tier.length + 1, -1).slice(0, 10)]
  );

describe('the retention of a tier', () => {
  const daily = Array.from({ length: 100 }, (_, day) => pointOf('daily', startMs + day * dayMs));
  const lastMs = startMs + 99 * dayMs;

  it.each([
    ['keepLast', { keepLast: 2 }, ['2027-01-08', '2027-01-07']],
    ['daily', { daily: 2 }, ['2027-01-08', '2027-01-07']],
    ['weekly', { weekly: 2 }, ['2027-01-08', '2027-01-03']],
    ['monthly', { monthly: 3 }, ['2027-01-08', '2026-12-31', '2026-11-30']],
    ['yearly', { yearly: 2 }, ['2027-01-08', '2026-12-31']],
    ['keepFor', { keepForMs: 2 * dayMs }, ['2027-01-08', '2027-01-07', '2027-01-06']],
    ['together', { keepLast: 1, weekly: 2, monthly: 2 }, ['2027-01-08', '2027-01-03', '2026-12-31']],
  ])('keeps by %s', (_name, retention, expected) => {
    expect(kept(daily, tierOf('daily', retention), lastMs)).toEqual(expected);
  });

  it('says nothing of points that are not its own, are marked, or cannot be read', () => {
    const { content: _, ...unread } = pointOf('daily', startMs);
    const other = { line: 'x', volumes: 0, protection: { policy: 'till', tier: 'daily' } };
    const { protection: _mark, ...byHand } = { ...other };
    const points = [
      unread,
      pointOf('weekly', startMs),
      pointOf('daily', startMs, { content: other }),
      pointOf('daily', startMs, { content: byHand }),
      pointOf('daily', startMs, { markedAtMs: startMs }),
    ];
    expect(chooseTierPruned(points, tierOf('daily', {}), lastMs)).toEqual([]);
  });

  it('keeps what a run uses, what has volumes, and the last good point of the policy', () => {
    const content = { line: 'daily', volumes: 1, protection: { policy: 'shop', tier: 'daily' } };
    const uses = [{ run: 'r', renewedAtMs: startMs }];
    const points = [
      pointOf('daily', startMs),
      pointOf('daily', startMs + 1, { uses }),
      pointOf('daily', startMs + 2, { content }),
      pointOf('daily', startMs + 3),
    ];
    const choice = chooseTierPruned(points, tierOf('daily', {}), lastMs).map(({ goes }) => goes);
    expect(choice).toEqual([false, false, false, true]);
  });
});

/** One tier of a simulated policy. */
interface Simulated {
  readonly tier: TierRetention;
  readonly cron: string;
}

/** What the store holds after a quarter in which backups fail or cannot be read as chance has it. */
function simulate(tiers: readonly Simulated[], fails: (index: number) => 'whole' | 'failed' | 'unreadable'): number {
  const endMs = startMs + 92 * dayMs;
  const starts = tiers
    .flatMap(({ cron, tier }) => {
      const line = parseCron(cron);
      if (typeof line === 'string') throw new Error(line);
      return [
        ...firesAfter(line, tier.timeZone, startMs)
          .take(3_000)
          .filter((atMs) => atMs < endMs),
      ].map((atMs) => ({ atMs, tier }));
    })
    .toSorted((left, right) => left.atMs - right.atMs);
  let points: readonly PointSummary[] = [];
  let lastGood: string | undefined;
  for (const [index, { atMs, tier }] of starts.entries()) {
    const result = fails(index);
    if (result === 'failed') continue;
    const made = pointOf(tier.tier, atMs);
    const { content: _, ...unread } = made;
    points = [...points, result === 'unreadable' ? unread : made];
    if (result === 'whole') lastGood = made.id;
    const choice = chooseTierPruned(points, tier, atMs);
    const goes = new Set(choice.filter((one) => one.goes).map(({ id }) => id));
    points = points.filter(({ id }) => !goes.has(id));
    if (lastGood !== undefined && !points.some(({ id }) => id === lastGood)) throw new Error(`${lastGood} went`);
  }
  return points.length;
}

describe('a simulated quarter', () => {
  it('of three tiers ends with what their retention says', () => {
    const tiers = [
      { cron: '0 */6 * * *', tier: tierOf('often', { keepForMs: dayMs }) },
      { cron: '0 3 * * *', tier: tierOf('daily', { daily: 7 }) },
      { cron: '0 4 * * sun', tier: tierOf('weekly', { weekly: 4, monthly: 3 }) },
    ];
    // Of a day every six hours with both ends; 7 days; 4 weeks and the months before them.
    expect(simulate(tiers, () => 'whole')).toBe(5 + 7 + 6);
  });

  it('never removes the last good point, whatever fails', () => {
    const number = fc.nat({ max: 3 });
    const retention = fc.record({
      ...{ keepLast: number, daily: number, weekly: number, monthly: number, yearly: number },
      keepForMs: fc.nat({ max: 10 }).map((days) => days * dayMs),
    });
    const crons = ['30 3 * * *', '0 4 * * sun', '0 5 1 * *'];
    const tier = fc.record({ cron: fc.constantFrom(...crons), retention });
    const results = fc.infiniteStream(fc.constantFrom('whole' as const, 'failed' as const, 'unreadable' as const));
    fc.assert(
      fc.property(fc.tuple(tier, tier, tier), results, (three, stream) => {
        const tiers = three.map(({ cron, retention: one }, index) => ({ cron, tier: tierOf(`t${index}`, one) }));
        expect(simulate(tiers, () => stream.next().value ?? 'failed')).toBeGreaterThan(0);
      }),
      { numRuns: 5 }
    );
  });
});
