import { describe, expect, it } from 'vitest';
import { choosePruned, whyNotDeleted, type PointSummary } from './choose-points.ts';
import { decideSweep } from './decide-sweep.ts';
import { lockText } from './point-lock.ts';
import { isLive, type PointFacts } from './point-facts.ts';

const hour = 3_600_000;
const now = 1_000 * hour;

function use(run: string, hoursAgo: number): PointFacts['uses'][number] {
  return { run, renewedAtMs: now - hoursAgo * hour };
}

function point(id: string, change: Partial<PointSummary> = {}): PointSummary {
  const content = { line: 'shop of old', volumes: 0 };
  return { id, committedAtMs: now - 48 * hour, uses: [], content, ...change };
}

describe('planSweep', () => {
  const marked = { markedAtMs: now - 2 * hour };
  const cases: readonly (readonly [string, PointFacts, object])[] = [
    ['keeps what is not marked', point('p'), { kept: ['p'] }],
    ['takes what is marked and not used', point('p', marked), { due: ['p'] }],
    ['waits for the time of a mark', point('p', { markedAtMs: now - 1 }), { kept: ['p'] }],
    ['waits for a run that uses it', point('p', { ...marked, uses: [use('r', 95)] }), { kept: ['p'] }],
    [
      'does not wait for a run that is silent',
      point('p', { ...marked, uses: [use('r', 97)] }),
      { due: ['p'], dead: [{ run: 'r', point: 'p' }] },
    ],
    [
      'is held by a run that has not committed, however silent',
      { id: 'p', uses: [use('p', 900)] },
      { holds: [{ run: 'p', point: 'p', renewedAtMs: now - 900 * hour }] },
    ],
    [
      'is not held by one that is silent and marked',
      { id: 'p', ...marked, uses: [use('p', 900)] },
      { dead: [{ run: 'p', point: 'p' }] },
    ],
    [
      'is held by one that is marked and not silent',
      { id: 'p', ...marked, uses: [use('p', 1)] },
      { holds: [{ run: 'p', point: 'p', renewedAtMs: now - hour }] },
    ],
    ['has nothing to do with a mark alone', { id: 'p', ...marked, uses: [] }, {}],
  ];
  it.each(cases)('%s', (_name, facts, expected) => {
    const plan = decideSweep({ before: [facts], after: [facts], nowMs: now, graceMs: hour });
    expect({ ...plan, waiting: [] }).toEqual({ due: [], kept: [], waiting: [], holds: [], dead: [], ...expected });
  });

  it('is not held by a run that committed between the lists, and keeps what it wrote', () => {
    const before = [{ id: 'p', uses: [use('p', 1)] }];
    const plan = decideSweep({ before, after: [point('p')], nowMs: now, graceMs: 0 });
    expect(plan).toMatchObject({ kept: ['p'], holds: [], due: [] });
  });

  it('takes no point whose mark came between the lists', () => {
    const after = [point('p', { markedAtMs: now })];
    expect(decideSweep({ before: [point('p')], after, nowMs: now, graceMs: 0 })).toMatchObject({
      due: [],
      kept: ['p'],
    });
  });

  it('says what a marked point waits for', () => {
    const used = point('p', { ...marked, uses: [use('r', 1)] });
    const young = point('q', { markedAtMs: now - 1 });
    const { waiting } = decideSweep({ before: [used, young], after: [used, young], nowMs: now, graceMs: hour });
    expect(waiting).toEqual([
      { point: 'p', runs: ['r'], dueAtMs: now - hour },
      { point: 'q', runs: [], dueAtMs: now - 1 + hour },
    ]);
  });
});

describe('choosePruned', () => {
  const old = (id: string, hours: number, change: Partial<PointSummary> = {}): PointSummary =>
    point(id, { committedAtMs: now - hours * hour, ...change });
  const going = (points: readonly PointSummary[], policy: Parameters<typeof choosePruned>[1]): string[] =>
    choosePruned(points, policy, now).flatMap(({ id, goes }) => (goes ? [id] : []));

  it('keeps the newest of each line', () => {
    const other = { line: 'shop of other', volumes: 0 };
    const points = [old('a', 3), old('b', 1), old('c', 2), old('d', 9, { content: other })];
    expect(going(points, { keepLast: 1 })).toEqual(['a', 'c']);
    expect(going(points, { keepLast: 0 })).toEqual(['a', 'b', 'c', 'd']);
  });

  it('takes only what both rules let go', () => {
    const points = [old('a', 50), old('b', 30), old('c', 1)];
    expect(going(points, { olderThanMs: 24 * hour })).toEqual(['a', 'b']);
    expect(going(points, { keepLast: 2, olderThanMs: 24 * hour })).toEqual(['a']);
  });

  it('leaves points that a run uses, have volumes, are damaged, marked or not committed', () => {
    const problem = { code: 'STORED_OBJECT_CORRUPT', what: 'x', fix: 'y', retry: 'never' } as const;
    const { content: _, ...unread } = old('damaged', 9);
    const points: PointSummary[] = [
      old('locked', 9, { lock: { mode: 'governance', untilMs: now + hour } }),
      old('used', 9, { uses: [use('r', 500)] }),
      old('volumes', 9, { content: { line: 'shop of old', volumes: 1 } }),
      { ...unread, problem },
      old('marked', 9, { markedAtMs: now }),
      { id: 'partial', uses: [use('partial', 500)] },
      old('free', 9, { lock: { mode: 'compliance', untilMs: now } }),
    ];
    expect(going(points, { keepLast: 0 })).toEqual(['free']);
    expect(choosePruned(points, { keepLast: 0 }, now).map(({ why }) => why)).toEqual([
      lockText({ mode: 'governance', untilMs: now + hour }),
      'run r uses it',
      'it has volumes',
      'it cannot be read',
      'no rule keeps it',
    ]);
  });
});

describe('whyNotDeleted', () => {
  const volumes = { line: 'shop of old', volumes: 2 };
  it.each([
    ['free', point('p'), undefined],
    ['used', point('p', { uses: [use('r', 1)] }), 'RECOVERY_POINT_IN_USE'],
    ['used by a silent run', point('p', { uses: [use('r', 97)] }), undefined],
    ['locked', point('p', { lock: { mode: 'compliance', untilMs: now + 1 } }), 'RECOVERY_POINT_LOCKED'],
    ['with volumes', point('p', { content: volumes }), 'RECOVERY_POINT_HAS_VOLUMES'],
    ['marked already', point('p', { content: volumes, markedAtMs: now }), undefined],
  ])('%s', (_name, facts, code) => {
    expect(whyNotDeleted(facts, now)?.code).toBe(code);
  });

  it('counts a use for longer than the longest activity, and not for ever', () => {
    expect([72, 96, 97].map((hours) => isLive(use('r', hours), now))).toEqual([true, true, false]);
  });
});
