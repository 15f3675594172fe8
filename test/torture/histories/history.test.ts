import { describe, expect, it } from 'vitest';
import { describeHistory, drawHistory, isHistory } from './history.ts';

const seeds = Array.from({ length: 500 }, (_, at) => 40_000 + at);
const histories = seeds.map(drawHistory);

describe('the history of a seed', () => {
  it('is the same every time, and that of a neighbour is another', () => {
    expect(seeds.map(drawHistory)).toEqual(histories);
    expect(new Set(histories.map(describeHistory)).size).toBeGreaterThan(490);
    expect([39_999, 40_000, 899_999, 900_000].map(isHistory)).toEqual([false, true, true, false]);
  });

  it('begins with a backup, and speaks only of points that were asked for', () => {
    for (const { steps } of histories) {
      const asked = steps.map(
        (_step, at) => steps.slice(0, at).filter(({ operation }) => operation.do === 'backup').length
      );
      const beyond = steps.filter(({ operation }, at) => 'point' in operation && operation.point >= (asked[at] ?? 0));
      expect(beyond).toEqual([]);
      expect(steps[0]).toEqual({ operation: { do: 'backup' }, strikes: [] });
    }
  });

  it('comes to every operation, every strike and every pair of runs at once', () => {
    const steps = histories.flatMap((history) => history.steps);
    const operations = new Set(steps.map(({ operation }) => operation.do));
    expect([...operations].toSorted()).toEqual(['backup', 'damage', 'delete', 'prune', 'restore', 'sweep', 'verify']);
    const strikes = steps.flatMap((step) => step.strikes);
    expect([...new Set(strikes.map(({ fault }) => fault))].toSorted()).toEqual([
      ...['beside', 'cancelled', 'store-gone', 'temporal-gone', 'worker-killed'],
    ]);
    const pairs = steps.flatMap(({ operation, strikes: [strike] }) =>
      strike?.action.do === 'beside' ? [`${operation.do} ${strike.action.operation.do}`] : []
    );
    expect(new Set(pairs).size).toBe(36);
  });

  it('looks for every damage by a verification and by a restore of the damaged point', () => {
    for (const { steps } of histories) {
      const at = steps.findIndex(({ operation }) => operation.do === 'damage');
      const damage = steps[at]?.operation;
      if (damage?.do !== 'damage') continue;
      const after = steps.slice(at + 1).map(({ operation }) => operation);
      expect(after).toEqual([{ do: 'verify' }, { do: 'restore', point: damage.point }]);
    }
  });
});
