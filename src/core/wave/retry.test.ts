import { describe, expect, it } from 'vitest';
import { unplanned } from './held.ts';
import { waveForPurpose, waveExitCode } from './wave-purpose.ts';
import { continueWave } from './retry.ts';
import type { MemberEnd } from './retry.ts';
import { nextStep } from './schedule.ts';
import { purposeOf, queuedItem } from './wave.ts';
import type { WaveInput, WaveItem, WaveSpec } from './wave.ts';

type Migration = WaveSpec['migrations'][number];

const migration = (more: Partial<Migration> = {}): Migration =>
  ({
    name: 'each',
    source: { name: 'old' },
    target: { name: 'new' },
    landfallNamespace: 'landfall-system',
    existingResourcePolicy: 'fail',
    dryRun: false,
    ...more,
  }) as Migration;

const group = (name: string, namespaces: readonly string[], excludeNamespaces: readonly string[] = []) => ({
  ...{ name, migration: 0, namespaces, excludeNamespaces },
});

const wave = (more: Partial<WaveSpec> = {}): WaveSpec => ({
  name: 'estate',
  migrations: [migration()],
  groups: [group('pilot', ['blue']), group('rest', ['*'])],
  concurrency: { total: 3, perLink: 2 },
  stopOn: { failureRate: 0.2, minimumEnded: 1 },
  ...more,
});

const item = (namespace: string, more: Partial<WaveItem> = {}): WaveItem => ({
  ...queuedItem({ namespace, group: namespace === 'blue' ? 0 : 1, migration: 0 }),
  ...{ state: 'failed', run: `estate-${namespace}-1`, attempts: 1, endedMs: 5 },
  ...more,
});

/** A wave that has ended with `blue` arrived, and these besides. */
const ended = (others: readonly (readonly [item: WaveItem, end: MemberEnd])[]) => ({
  run: 'estate-1',
  spec: wave(),
  items: [item('blue', { state: 'done' }), ...others.map(([one]) => one)],
  ends: ['arrived' as const, ...others.map(([, end]) => end)],
});

describe('a wave that continues an ended one', () => {
  it('runs again what did not arrive, shows what did, and does not count failures of before', () => {
    const before = ended([
      [item('cyan'), 'undone'],
      [item('grey', { state: 'queued', run: '', attempts: 0 }), 'undone'],
    ]);
    const { items, problems, notes } = continueWave(before, wave());
    expect(problems).toEqual([]);
    expect(notes).toEqual([]);
    expect(items.map(({ namespace, state, before: was, attempts }) => [namespace, state, was, attempts])).toEqual([
      ['blue', 'done', true, 1],
      ['cyan', 'queued', undefined, 1],
      ['grey', 'queued', undefined, 0],
    ]);
    expect(nextStep(items, wave(), 1)).toEqual({ next: 'start', items: [1, 2] });
  });

  it('counts as arrived what the table of a terminated wave did not see arrive', () => {
    const before = ended([
      [item('cyan', { state: 'running' }), 'arrived'],
      [item('grey'), 'undone'],
    ]);
    expect(continueWave(before, wave()).items.map(({ state }) => state)).toEqual(['done', 'done', 'queued']);
  });

  const withPolicy = (existingResourcePolicy: Migration['existingResourcePolicy']) =>
    wave({ migrations: [migration({ existingResourcePolicy })] });

  it.each<[what: string, end: MemberEnd, policy: Migration['existingResourcePolicy'], words: RegExp]>([
    ['is still going on', 'running', 'fail', /landfall status estate-cyan-1 --wait/],
    ['has left something', 'leftover', 'update', /^landfall cleanup estate-cyan-1$/],
    ['nobody knows', 'forgotten', 'fail', /look at the target/],
    ['moved a part', 'incomplete', 'fail', /existingResourcePolicy: update or skip in Migration each/],
  ])('says why it must not begin where a run %s', (_, end, policy, words) => {
    const { problems } = continueWave(ended([[item('cyan'), end]]), withPolicy(policy));
    expect(problems).toMatchObject([{ code: 'RETRY_UNSAFE', what: expect.stringContaining('cyan') as string }]);
    expect(problems[0]?.fix).toMatch(words);
  });

  it.each<[what: string, end: MemberEnd, policy: Migration['existingResourcePolicy']]>([
    ['moved a part that may be changed', 'incomplete', 'update'],
    ['moved a part that may stay', 'incomplete', 'skip'],
    ['is undone', 'undone', 'fail'],
  ])('begins where a run %s', (_, end, policy) => {
    expect(continueWave(ended([[item('cyan'), end]]), withPolicy(policy)).problems).toEqual([]);
  });

  it('reports all of its problems', () => {
    const before = ended([
      [item('cyan'), 'leftover'],
      [item('grey'), 'running'],
    ]);
    expect(continueWave(before, wave()).problems.map(({ what }) => what.split(':')[0])).toEqual(['cyan', 'grey']);
  });

  it('names what the file and the ended wave do not have in common', () => {
    const groups = [group('all', ['blue', 'pink', '*'], ['cyan'])];
    const before = ended([
      [item('cyan'), 'leftover'],
      [item('grey'), 'undone'],
    ]);
    const { items, problems, notes } = continueWave(before, wave({ groups }));
    expect(problems).toEqual([]);
    expect(items.map(({ namespace }) => namespace)).toEqual(['blue', 'grey']);
    expect(notes).toEqual([
      'cyan did not arrive and is in no group of the file: it stays out',
      'old: pink is in the file and was not in wave estate-1: it stays out',
    ]);
  });

  it('refuses where nothing is left, and where what arrived is somewhere else', () => {
    const whyOf = (before: Parameters<typeof continueWave>[0], spec = wave()) =>
      continueWave(before, spec).problems.map(({ code, why }) => `${code} ${why}`);
    expect(whyOf(ended([]))).toEqual(['RETRY_UNSAFE every namespace that the groups of the file name has arrived']);
    expect(whyOf(ended([]), wave({ groups: [group('all', ['x-*'])] }))).toEqual([
      'RETRY_UNSAFE none of its namespaces is in a group of the file',
    ]);
    expect(whyOf({ run: 'estate-1', spec: wave(), items: [], ends: [] })).toEqual([
      'RETRY_UNSAFE it ended before it began with any',
    ]);
    const elsewhere = wave({ migrations: [migration({ target: { name: 'other' } as Migration['target'] })] });
    expect(continueWave(ended([[item('cyan'), 'undone']]), elsewhere).problems.map(({ what }) => what)).toEqual([
      'blue has arrived on new, and the file moves it to other',
    ]);
  });
});

describe('a wave that moves nothing', () => {
  const calendar = { timeZone: 'UTC', allow: [], freeze: [] };

  it('looks at every namespace, at once, and leaves the file as it is otherwise', () => {
    const spec = wave({ calendar });
    const dry = waveForPurpose(spec, 'dry-run');
    expect(dry.calendar).toBeUndefined();
    expect(dry.migrations.map(({ dryRun }) => dryRun)).toEqual([true]);
    expect(waveForPurpose(dry, 'plan').migrations.map(({ dryRun }) => dryRun)).toEqual([false]);
    const failed = [item('a'), item('b'), item('c', { state: 'queued' })];
    expect(nextStep(failed, spec).next).toBe('stop');
    expect(nextStep(failed, dry)).toEqual({ next: 'start', items: [2] });
  });

  it.each<[input: Partial<WaveInput>, purpose: string]>([
    [{ spec: wave() }, 'move'],
    [{ spec: waveForPurpose(wave(), 'dry-run') }, 'dry-run'],
    [{ spec: wave(), plan: { by: 'ana' } }, 'plan'],
  ])('is known by its input', (input, purpose) => {
    expect(purposeOf(input as WaveInput)).toBe(purpose);
  });

  const bad = (exitCode?: number, state: WaveItem['state'] = 'failed') =>
    item('x', { state, ...(exitCode === undefined ? {} : { exitCode }) });
  const good = item('y', { state: 'done', exitCode: 0 });

  it.each([
    ['all accepted', [good], 'dry-run', 0],
    ['one blocked', [good, bad(5)], 'dry-run', 5],
    ['an object refused', [good, bad(3, 'partial')], 'dry-run', 3],
    ['one blocked, an object refused', [bad(5), bad(3, 'partial')], 'dry-run', 3],
    ['the target away', [bad(11), bad(11)], 'plan', 11],
    ['of a run of an earlier version', [bad()], 'plan', 3],
    ['one that moves', [good, bad(5)], 'move', 3],
    ['one that moved', [good], 'move', 0],
  ] as const)('has an exit code: %s', (_, items, purpose, code) => {
    expect(waveExitCode(items, purpose)).toBe(code);
  });
});

describe('the plans a wave is held to', () => {
  const reference = { run: 'r', hash: 'h', file: { key: 'k', sha256: 's', bytes: 1 } } as never;
  const queued = (namespace: string) => item(namespace, { state: 'queued' });

  it.each([
    ['none', undefined, ''],
    ['one each', ['estate-blue', 'estate-cyan'], ''],
    ['one missing', ['estate-blue'], 'without a plan: cyan'],
    [
      'one too many',
      ['estate-blue', 'estate-cyan', 'estate-pink'],
      'plans for what the wave does not move: estate-pink',
    ],
    [
      'of another wave',
      ['other-blue'],
      'without a plan: blue, cyan; plans for what the wave does not move: other-blue',
    ],
  ])('%s', (_, names, why) => {
    const plans = names === undefined ? {} : { plans: Object.fromEntries(names.map((name) => [name, reference])) };
    const error = unplanned([queued('blue'), queued('cyan')], { spec: wave(), ...plans });
    expect([error?.code ?? '', error?.why ?? '']).toEqual([why === '' ? '' : 'PLAN_STALE', why]);
  });

  it('are not needed for what has arrived before, and may be there all the same', () => {
    const items = [item('blue', { state: 'done', before: true }), queued('cyan')];
    const plans = { 'estate-cyan': reference };
    expect(unplanned(items, { spec: wave(), plans })).toBeUndefined();
    expect(unplanned(items, { spec: wave(), plans: { ...plans, 'estate-blue': reference } })).toBeUndefined();
  });
});
