import { describe, expect, it } from 'vitest';
import { alternate } from './alternate.ts';
import { judge, counted } from './result.ts';
import { estimate, fairnessIndex, growthExponent, median, percentile, seeded } from './statistics.ts';

describe('statistics', () => {
  it('median and percentile', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(percentile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.9)).toBe(9);
    expect(percentile([7], 0.99)).toBe(7);
  });

  it('an estimate holds its median and is the same every time', () => {
    const values = Array.from({ length: 15 }, (_, at) => 1 + at / 100);
    const { ratio, low, high } = estimate(values);
    expect(ratio).toBeCloseTo(1.07);
    expect(low).toBeLessThan(ratio);
    expect(high).toBeGreaterThan(ratio);
    expect(estimate(values)).toEqual({ ratio, low, high });
    expect(estimate([2, 2, 2])).toEqual({ ratio: 2, low: 2, high: 2 });
  });

  it('the exponent of a power is its power', () => {
    const points = [1_000, 10_000, 50_000].map((x) => ({ x, y: 3 * x ** 1.2 }));
    expect(growthExponent(points)).toBeCloseTo(1.2);
  });

  it('fairness is 1 for equals and 1/n for one who has all', () => {
    expect(fairnessIndex([5, 5, 5, 5])).toBe(1);
    expect(fairnessIndex([1, 0, 0, 0])).toBe(0.25);
  });

  it('a seed gives the same numbers in [0, 1)', () => {
    const [one, other] = [seeded(7), seeded(7)];
    for (let at = 0; at < 1_000; at += 1) {
      const value = one();
      expect(value).toBe(other());
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThan(1);
    }
  });
});

describe('alternate', () => {
  const sample = (ms: number) => async () => ({ ms, cpu: { client: ms / 1000 } });

  it('runs A B B A, drops the first round and pairs neighbours', async () => {
    const order: string[] = [];
    const contest = await alternate(
      async () => {
        order.push('a');
        return sample(order.length <= 4 ? 900 : 30)();
      },
      async () => {
        order.push('b');
        return sample(20)();
      },
      { rounds: 2 }
    );
    expect(order.join('')).toBe('abbaabbaabba');
    expect(contest.wall).toEqual({ ratio: 1.5, low: 1.5, high: 1.5 });
    expect(contest.cpu.ratio).toBe(1.5);
    expect(contest.control).toEqual({ ratio: 1, low: 1, high: 1 });
    expect([contest.a.length, contest.b.length]).toEqual([4, 4]);
  });

  it('a machine that slows down steadily does not favour either', async () => {
    let clock = 100;
    const slower = async () => sample((clock += 1))();
    const { wall } = await alternate(slower, slower, { rounds: 6 });
    expect(wall.ratio).toBeCloseTo(1, 2);
  });
});

describe('judge', () => {
  const parts = { what: 'x', target: 2, stealPercent: 0 } as const;
  const narrow = { ratio: 1, low: 0.96, high: 1.04 };

  it('says the direction in the name and judges by it', () => {
    const most = judge({ ...parts, direction: 'at most', measured: counted(1.9), control: narrow });
    const least = judge({ ...parts, direction: 'at least', measured: counted(1.9), control: narrow });
    expect([most.name, most.met]).toEqual(['x (at most)', true]);
    expect([least.name, least.met]).toEqual(['x (at least)', false]);
  });

  it('gives no verdict beside a wide control, and always one on what is counted', () => {
    const wide = { ratio: 1, low: 0.94, high: 1.02 };
    const broken = { ratio: Number.NaN, low: Number.NaN, high: Number.NaN };
    expect(judge({ ...parts, direction: 'at most', measured: counted(1), control: wide }).met).toBeNull();
    expect(judge({ ...parts, direction: 'at most', measured: counted(1), control: broken }).met).toBeNull();
    expect(judge({ ...parts, direction: 'at most', measured: counted(3) }).met).toBe(false);
  });
});
