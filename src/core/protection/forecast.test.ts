import { describe, expect, it } from 'vitest';
import { parseInstant } from '../run/instant.ts';
import { forecast, type SizedPoint } from './forecast.ts';
import type { TierSpec } from './policy.ts';

const dayMs = 86_400_000;
const nowMs = parseInstant('2026-12-01T12:00:00Z') ?? 0;
const none = { keepLast: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0, keepForMs: 0 };
const tier = (name: string, cron: string, retention: Partial<typeof none>): TierSpec => ({
  ...{ name, cron, timeZone: 'UTC', jitterMs: 0, catchUpMs: 10_000, overlap: 'skip' },
  retention: { ...none, ...retention },
});
const tiers = [tier('daily', '0 3 * * *', { daily: 7 }), tier('weekly', '0 4 * * sun', { weekly: 4, monthly: 2 })];
const present: SizedPoint = {
  ...{ id: 'p', committedAtMs: nowMs - dayMs, uses: [], bytes: 10 },
  content: { line: 'l', volumes: 0, protection: { policy: 'shop', tier: 'daily' } },
};
const numbers = (hasVolumes: boolean, points: readonly SizedPoint[]) =>
  forecast(points, {
    ...{ policy: 'shop', tiers, nowMs, hasVolumes },
    atMs: [0, 7, 30, 90].map((day) => nowMs + day * dayMs),
  }).map((row) => [row.tier, row.points, row.bytes]);

describe('a forecast', () => {
  it('grows to what the retention says, with the sizes of the last point', () => {
    expect(numbers(false, [present])).toEqual([
      ['daily', 1, 10],
      ['weekly', 0, 0],
      ['daily', 7, 70],
      ['weekly', 1, 10],
      ['daily', 7, 70],
      ['weekly', 4, 40],
      ['daily', 7, 70],
      ['weekly', 5, 50],
    ]);
  });

  it('prunes no point that has volumes', () => {
    expect(numbers(true, [])).toContainEqual(['daily', 90, 0]);
  });

  it('takes no point of another policy', () => {
    const protection = { policy: 'till', tier: 'daily' };
    expect(numbers(false, [{ ...present, content: { line: 'l', volumes: 0, protection } }])[0]).toEqual([
      'daily',
      0,
      0,
    ]);
  });
});
