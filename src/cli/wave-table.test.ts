import { describe, expect, it } from 'vitest';
import type { Plan } from '../core/plan/plan.ts';
import { queuedItem } from '../core/wave/wave.ts';
import type { WaveItem, WaveView } from '../core/wave/wave.ts';
import { plannedLines, plannedRow } from './wave-plan-table.ts';
import { waveLines } from './wave-table.ts';

const item = (namespace: string, more: Partial<WaveItem> = {}): WaveItem => ({
  ...queuedItem({ namespace, group: 0, migration: 0 }),
  ...{ state: 'done', run: `estate-${namespace}-7f3k`, startedMs: 1_000, endedMs: 8_000, attempts: 1 },
  ...more,
});

const view = (items: readonly WaveItem[], more: Partial<WaveView> = {}): WaveView => ({
  ...{ run: 'estate-7f3k', name: 'estate', state: 'ended', reason: '', groups: ['all'], items },
  ...more,
});

const text = (what: WaveView, more: object = {}): string => {
  const { head, table, rows } = waveLines(what, { nowMs: 9_000, asked: new Map(), ...more });
  // The launcher that a test was started with is none of its business.
  return [head, ...table, ...rows]
    .join('\n')
    .replaceAll(/(?:LANDFALL_STATE_DIR=\S+ )?(?:node \S+|npm run \S+ --) /g, 'landfall ');
};

describe('the table of a wave', () => {
  it('names what failed, and says how it is run again', () => {
    const failed = item('grey', { state: 'failed', code: 'TARGET_NOT_EMPTY', exitCode: 5 });
    expect(text(view([item('blue'), failed], { exitCode: 3 }), { file: 'my file.yaml' })).toBe(
      [
        'wave estate estate-7f3k: 2 namespaces, 1 done, 1 failed; ended',
        'NAMESPACE  GROUP  STATE   RUN               TIME  TRIES  ERROR',
        'blue       all    done    estate-blue-7f3k  7s    1',
        'grey       all    failed  estate-grey-7f3k  7s    1      TARGET_NOT_EMPTY',
        '  see       landfall report estate-grey-7f3k',
        `  next      landfall wave -f 'my file.yaml' --retry estate-7f3k`,
      ].join('\n')
    );
  });

  it('shows what had arrived before', () => {
    const shown = text(view([item('blue', { before: true }), item('grey')], { continues: 'estate-6x2h', exitCode: 0 }));
    expect(shown).toContain(
      'estate-7f3k (continues estate-6x2h): 2 namespaces, 1 done before, 1 done, 0 failed; ended'
    );
    expect(shown).toMatch(/blue +all +done before/);
    expect(shown).not.toContain('next');
  });

  it('says of what was not begun that it was not', () => {
    const queued = item('grey', { state: 'queued', run: '', startedMs: 0, attempts: 0 });
    const shown = text(view([queued], { exitCode: 7 }), { plans: 'plans' });
    expect(shown).toContain('1 namespace, 0 done, 0 failed, 1 not begun; ended');
    expect(shown).toContain('landfall wave -f FILE --retry estate-7f3k --plans plans');
  });

  it.each<[items: readonly WaveItem[], more: Partial<WaveView>, head: string]>([
    [[item('blue')], { exitCode: 0 }, 'DRY RUN, ALL ACCEPTED: wave estate'],
    [[item('blue', { state: 'partial', exitCode: 3 })], { exitCode: 3 }, 'DRY RUN, NOT ALL ACCEPTED: wave estate'],
    [[item('blue', { state: 'queued' })], { exitCode: 7 }, 'DRY RUN, CANCELLED: wave estate'],
    [[], { exitCode: 2 }, 'DRY RUN, FAILED: wave estate'],
    [[item('blue', { state: 'running' })], { state: 'running' }, 'DRY RUN of wave estate'],
  ])('never says of a dry run that something was moved', (items, more, head) => {
    const shown = text(view(items, { purpose: 'dry-run', ...more }));
    expect(shown.startsWith(head)).toBe(true);
    expect(shown).not.toMatch(/ done|retry/);
  });

  it('says of a dry run what the target said', () => {
    const blocked = item('grey', { state: 'failed', code: 'TARGET_NOT_EMPTY', exitCode: 5 });
    const asked = new Map([['estate-blue-7f3k', { accepted: 38, refused: 2, notAsked: 1 }]]);
    const some = [item('blue', { state: 'partial', exitCode: 3 }), blocked];
    expect(
      text(view(some, { purpose: 'dry-run', exitCode: 3 }), { asked })
        .split('\n')
        .slice(1)
    ).toEqual([
      'NAMESPACE  GROUP  STATE    ACCEPTED  REFUSED  RUN               ERROR',
      'blue       all    partly   38 of 41  2        estate-blue-7f3k',
      'grey       all    blocked                     estate-grey-7f3k  TARGET_NOT_EMPTY',
      '  see       landfall report estate-blue-7f3k',
    ]);
  });

  it('omits what is well of a large wave', () => {
    const many = Array.from({ length: 60 }, (_, index) => item(`n${index}`));
    const { table, rows } = waveLines(view(many, { exitCode: 0 }), { nowMs: 0, asked: new Map() });
    expect([table, rows]).toEqual([[], ['and 60 namespaces done']]);
  });
});

describe('the table of planned namespaces', () => {
  const plan = (blockers: number): Plan =>
    ({
      hash: 'a'.repeat(64),
      made: { run: 'estate-blue-7f3k', estimate: { lowMs: 4_000, highMs: 286_000 } },
      content: {
        totals: { create: 80, change: 1, bind: 2, snapshot: 2 },
        findings: [
          ...Array.from({ length: blockers }, () => ({
            ...{ code: 'TARGET_NOT_EMPTY', severity: 'blocker', subject: 'target', message: 'it holds 2 objects' },
          })),
          { code: 'REFERENCE_MISSING', severity: 'warning', subject: 'IngressClass demo', message: 'it is not there' },
          {
            code: 'X',
            severity: 'warning',
            subject: 's',
            message: 'm',
            waiver: { owner: 'o', reason: 'r', until: 'u' },
          },
        ],
        approval: { required: true },
      },
    }) as unknown as Plan;
  const lines = (blockers: number, more: object = { outDir: 'plans' }): string => {
    const of = view([item('blue')], { purpose: 'plan', exitCode: blockers === 0 ? 0 : 5 });
    const member = { item: item('blue', blockers === 0 ? {} : { state: 'partial', exitCode: 5 }), group: 'all' };
    const row = plannedRow({ ...member, plan: plan(blockers), file: 'plans/estate-blue.yaml' });
    const { head, table, rows } = plannedLines({ view: of, rows: [row] }, { file: 'landfall.yaml', ...more });
    return [head, ...table, ...rows]
      .join('\n')
      .replaceAll(/(?:LANDFALL_STATE_DIR=\S+ )?(?:node \S+|npm run \S+ --) /g, 'landfall ');
  };

  it('counts what is open, what is written and what moves, and says how it is approved and run', () => {
    expect(lines(0).split('\n').slice(1)).toEqual([
      'NAMESPACE  GROUP  STATE    BLOCKERS  WARNINGS  CREATE  CHANGE  VOLUMES  ESTIMATE',
      'blue       all    planned  0         1         82      1       2        4s to 4m46s',
      'Plan of 1 namespace: 82 to create, 1 to change, 2 volumes to move, 0 open blockers.',
      '  plans     1 file in plans',
      `  next      landfall approve estate-blue-7f3k --plan ${'a'.repeat(64)} --by WHO`,
      '            landfall wave -f landfall.yaml --plans plans',
    ]);
  });

  it('names the blocker, and then neither approves nor runs', () => {
    expect(lines(2)).toContain('  blocker   blue: TARGET_NOT_EMPTY  target: it holds 2 objects (and 1 more)');
    expect(lines(2)).not.toMatch(/approve|--plans/);
  });

  it('says where the files come from when none was asked for', () => {
    expect(lines(0, {})).toContain('landfall wave plan -f landfall.yaml --out-dir plans');
  });
});
