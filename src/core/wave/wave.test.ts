import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MigrationSpec } from '../spec/spec.ts';
import { parseInstant } from '../run/instant.ts';
import { readCalendar } from './calendar.ts';
import { expandGroups } from './expand.ts';
import { isBad, isOpen, nextStep } from './schedule.ts';
import { runIdOf } from '../identity/run-id.ts';
import { memberName, memberSpec, queuedItem } from './wave.ts';
import type { CalendarSpec, WaveItem, WaveSpec } from './wave.ts';

const link = (source: string, target: string) =>
  ({
    name: 'each',
    source: { name: source },
    target: { name: target },
    landfallNamespace: 'landfall-system',
    scope: {},
  }) as unknown as MigrationSpec;

const bounds = (more: Partial<WaveSpec> = {}): WaveSpec => ({
  name: 'estate',
  migrations: [link('a', 'b'), link('c', 'd')],
  groups: [],
  concurrency: { total: 3, perLink: 2 },
  stopOn: { failureRate: 0.2, minimumEnded: 5 },
  ...more,
});

const item = (group: number, migration: number, state: WaveItem['state'] = 'queued', endedMs = 0): WaveItem => ({
  ...queuedItem({ namespace: 'n', group, migration }),
  state,
  endedMs,
});

describe('the next step of a wave', () => {
  it.each([
    ['starts as many as the link takes', [item(0, 0), item(0, 0), item(0, 0)], { next: 'start', items: [0, 1] }],
    [
      'lets another link pass a full one',
      [item(0, 0), item(0, 0), item(0, 0), item(0, 1)],
      { next: 'start', items: [0, 1, 3] },
    ],
    [
      'keeps a group closed while one before it runs',
      [item(0, 0, 'running'), item(1, 1)],
      { next: 'start', items: [] },
    ],
    ['opens the next group after a failure', [item(0, 0, 'failed'), item(1, 1)], { next: 'start', items: [1] }],
    ['ends when nothing is open', [item(0, 0, 'done'), item(1, 0, 'partial')], { next: 'end' }],
  ])('%s', (_, items, step) => {
    expect(nextStep(items, bounds())).toEqual(step);
  });

  it('stops above the failure rate, from the minimum on, and not for failures a person has seen', () => {
    const ended = (states: readonly WaveItem['state'][]) => [
      ...states.map((state, index) => item(0, 0, state, index + 1)),
      item(0, 0),
    ];
    const strict = bounds({ stopOn: { failureRate: 0.2, minimumEnded: 3 } });
    expect(nextStep(ended(['failed', 'failed']), strict).next).toBe('start');
    expect(nextStep(ended(['failed', 'done', 'done']), strict)).toMatchObject({ next: 'stop' });
    expect(nextStep(ended(['failed', 'done', 'done', 'done', 'done']), strict).next).toBe('start');
    expect(nextStep(ended(['failed', 'done', 'done']), strict, 3).next).toBe('start');
    expect(nextStep([item(0, 0, 'failed', 1), item(0, 0, 'failed', 2), item(0, 0, 'failed', 3)], strict).next).toBe(
      'end'
    );
  });

  it('walks every wave to its end within its bounds, whatever fails', () => {
    const members = fc.array(fc.record({ group: fc.nat({ max: 2 }), migration: fc.nat({ max: 1 }) }), {
      maxLength: 30,
    });
    const shape = fc.record({ total: fc.integer({ min: 1, max: 6 }), perLink: fc.integer({ min: 1, max: 6 }) });
    fc.assert(
      fc.property(members, shape, fc.infiniteStream(fc.nat({ max: 9 })), (found, concurrency, dice) => {
        const spec = bounds({ concurrency, stopOn: { failureRate: 0.3, minimumEnded: 3 } });
        let items: readonly WaveItem[] = found
          .sort((a, b) => a.group - b.group)
          .map(({ group, migration }) => item(group, migration));
        let clock = 0;
        let forgiven = 0;
        let stops = 0;
        for (let steps = 0; steps < 1_000; steps += 1) {
          const step = nextStep(items, spec, forgiven);
          const running = items.filter(({ state }) => state === 'running');
          if (running.length > concurrency.total) return false;
          if (step.next === 'end') break;
          if (step.next === 'stop' && running.length === 0) {
            forgiven = items.filter((one) => !isOpen(one)).length;
            // A person gives up on some and tries the others once more.
            if (++stops < 3) items = items.map((one) => (isBad(one) ? { ...one, state: 'queued' } : one));
            forgiven = items.filter((one) => !isOpen(one)).length;
          } else if (step.next === 'start' && step.items.length > 0) {
            for (const at of step.items) {
              const group = items[at]?.group ?? -1;
              if (!items.slice(0, at).every((one) => one.group === group || !isOpen(one))) return false;
              items = items.with(at, { ...(items[at] as WaveItem), state: 'running' });
            }
          } else {
            const at = items.findIndex(({ state }) => state === 'running');
            if (at < 0) return false;
            const state = (dice.next().value as number) < 4 ? 'failed' : 'done';
            items = items.with(at, { ...(items[at] as WaveItem), state, endedMs: (clock += 1) });
          }
        }
        return items.every((one) => !isOpen(one));
      })
    );
  });
});

describe('the members of a wave', () => {
  const existing = [['shop', 'team-b', 'team-a', 'kube-system', 'default', 'landfall-system'], ['team-a']];
  const groups = (
    list: readonly (readonly [migration: number, namespaces: readonly string[], out?: readonly string[]])[]
  ) =>
    list.map(([migration, namespaces, excludeNamespaces = []], index) => ({
      name: `g${index}`,
      migration,
      namespaces,
      excludeNamespaces,
    }));

  it('stand in the order of the file, wildcards by name, each once and for the first group that finds it', () => {
    const { members } = expandGroups(
      {
        ...bounds(),
        groups: groups([
          [0, ['shop', 'team-*']],
          [0, ['*']],
          [1, ['*']],
        ]),
      },
      existing
    );
    expect(members.map(({ namespace, group, migration }) => `${group} ${migration} ${namespace}`)).toEqual([
      '0 0 shop',
      '0 0 team-a',
      '0 0 team-b',
      '2 1 team-a',
    ]);
  });

  it('exclude what the file excludes, and what is not there is named', () => {
    const found = expandGroups({ ...bounds(), groups: groups([[0, ['team-*', 'nowhere'], ['team-b']]]) }, existing);
    expect(found.members.map(({ namespace }) => namespace)).toEqual(['team-a']);
    expect(found.missing).toEqual(['a: nowhere']);
  });

  it('have names and run ids that are label values', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z][a-z0-9-]{0,61}[a-z0-9]$/),
        fc.stringMatching(/^[a-z][a-z0-9-]{0,61}[a-z0-9]$/),
        (wave, namespace) => {
          const name = memberName(wave, namespace);
          expect(runIdOf(name, 'f'.repeat(16))).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])$/);
          expect(memberSpec(link('a', 'b'), wave, namespace).scope.namespaces).toEqual([namespace]);
        }
      )
    );
    const long = 'n'.repeat(63);
    expect(memberName('wave', `${long.slice(1)}a`)).not.toBe(memberName('wave', `${long.slice(1)}b`));
  });
});

describe('a calendar', () => {
  const at = (text: string): number => parseInstant(text) ?? 0;
  const read = (calendar: Partial<CalendarSpec>, now: string) => {
    const { open, changesAtMs, reason } = readCalendar(
      { timeZone: 'UTC', allow: [], freeze: [], ...calendar },
      at(now)
    );
    return { open, until: changesAtMs ?? 0, reason };
  };
  const night = { days: ['Sat', 'Sun'] as const, from: '22:00', to: '06:00' };
  const summer = { timeZone: 'Europe/Berlin' };

  it.each([
    ['no window', {}, '2026-11-21T12:00:00Z', true, ''],
    ['before a night', { allow: [night] }, '2026-11-21T21:59:00Z', false, '2026-11-21T22:00'],
    ['in a night', { allow: [night] }, '2026-11-21T23:00:00Z', true, '2026-11-22T06:00'],
    ['after midnight of the last day', { allow: [night] }, '2026-11-23T05:59:00Z', true, '2026-11-23T06:00'],
    ['after it', { allow: [night] }, '2026-11-23T06:00:00Z', false, '2026-11-28T22:00'],
    [
      'a whole day',
      { allow: [{ days: ['Sat'] as const, from: '00:00', to: '24:00' }] },
      '2026-11-21T12:00:00Z',
      true,
      '2026-11-22T00:00',
    ],
    [
      'local time',
      { ...summer, allow: [{ days: ['Sat'] as const, from: '20:00', to: '23:00' }] },
      '2026-07-04T18:00:00Z',
      true,
      '2026-07-04T21:00',
    ],
    [
      'a freeze',
      { freeze: [{ from: '2026-12-24', to: '2026-12-26' }] },
      '2026-12-25T00:00:00Z',
      false,
      '2026-12-27T00:00',
    ],
    [
      'before a freeze',
      { freeze: [{ from: '2026-12-24T18:00', to: '2026-12-26' }] },
      '2026-12-01T00:00:00Z',
      true,
      '2026-12-24T18:00',
    ],
    [
      'a freeze in a window',
      { allow: [night], freeze: [{ from: '2026-11-21', to: '2026-11-28' }] },
      '2026-11-21T23:00:00Z',
      false,
      '2026-11-29T00:00',
    ],
    [
      'the clock put forward',
      { ...summer, allow: [{ days: ['Sun'] as const, from: '02:30', to: '04:00' }] },
      '2026-03-29T00:00:00Z',
      false,
      '2026-03-29T01:30',
    ],
    [
      'the clock put back',
      { ...summer, allow: [{ days: ['Sun'] as const, from: '02:30', to: '04:00' }] },
      '2026-10-25T00:00:00Z',
      false,
      '2026-10-25T00:30',
    ],
  ])('%s', (_, calendar, now, open, until) => {
    expect(read(calendar, now)).toMatchObject({ open, until: until === '' ? 0 : at(`${until}:00Z`) });
  });

  it('says why it is closed', () => {
    const freeze = [{ from: '2026-12-24', to: '2026-12-26', reason: 'holidays' }];
    expect(read({ freeze }, '2026-12-25T00:00:00Z').reason).toBe('freeze from 2026-12-24 to 2026-12-26 UTC: holidays');
    expect(read({ allow: [night] }, '2026-11-20T00:00:00Z').reason).toMatch(/outside the windows/);
  });

  it('never changes before the moment it names', () => {
    const day = fc.constantFrom('Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun');
    const time = fc
      .tuple(fc.nat({ max: 23 }), fc.nat({ max: 59 }))
      .map(([h, m]) => `${String(h).padStart(2, '0')}:${String(m).padStart(2, '0')}`);
    const window = fc.record({ days: fc.array(day, { minLength: 1 }), from: time, to: time });
    const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Pacific/Auckland');
    const start = at('2026-01-01T00:00:00Z');
    fc.assert(
      fc.property(
        fc.array(window, { minLength: 1, maxLength: 3 }),
        zone,
        fc.nat({ max: 364 * 1440 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (allow, timeZone, minute, part) => {
          const calendar = { timeZone, allow, freeze: [] } as CalendarSpec;
          const now = start + minute * 60_000;
          const { open, changesAtMs } = readCalendar(calendar, now);
          if (changesAtMs === undefined) return;
          expect(changesAtMs).toBeGreaterThan(now);
          const between = now + Math.floor((changesAtMs - now - 1) * part);
          expect(readCalendar(calendar, between).open).toBe(open);
          expect(readCalendar(calendar, changesAtMs).open).toBe(!open);
        }
      ),
      { numRuns: 60 }
    );
  });
});
