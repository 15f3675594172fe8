import { describe, expect, it } from 'vitest';
import { errorDetail } from '../../core/errors.ts';
import { pointsReportSchema } from '../../core/retention/report.ts';
import type { PruneReport, SweepResult, VerifyReport } from '../../core/retention/report.ts';
import { applyEvent } from '../../core/run/apply-event.ts';
import { eventSchema } from '../../core/run/events.ts';
import type { RunEvent } from '../../core/run/events.ts';
import { emptyView } from '../../core/run/view.ts';
import { eventLine } from './event-line.ts';
import { frame } from './frame.ts';
import { pointsReportLines, pointsResultLines, previewLines } from './points-text.ts';

const swept: SweepResult = {
  ...{ points: ['a'], keptRuns: ['a'], objects: 7, bytes: 2048, isDone: true, holds: [] },
  waiting: [
    { point: 'b', runs: [], dueAtMs: 0 },
    { point: 'd', runs: ['restore-1'], dueAtMs: 0 },
  ],
};
const base = {
  schema: pointsReportSchema,
  run: 'store-1',
  location: 'store',
  landfall: '1',
  phases: [],
  asked: { user: 'bo', host: 'desk' },
  started: '2026-11-21T00:00:00Z',
  finished: '2026-11-21T00:00:09Z',
  outcome: 'succeeded',
  exitCode: 0,
} as const;
const choice = [
  { id: 'a', goes: true, why: 'no rule keeps it' },
  { id: 'c', goes: false, why: 'one of the last 1' },
];

describe('a deletion of recovery points', () => {
  const report: PruneReport = {
    ...{ ...base, kind: 'prune', wish: { by: 'policy', policy: { keepLast: 1 } }, graceMs: 0, sweep: swept },
    points: choice.map((point) => ({ ...point, state: point.goes ? 'removed' : 'kept' })),
  };

  it('says what went, what stays and why, and who asked', () => {
    expect(pointsReportLines(report)).toEqual([
      'prune of Location store: succeeded (exit code 0) in 9s',
      '  run store-1, requested by user bo on host desk at 2026-11-21T00:00:00Z',
      'POINT  GOES  WHY',
      'a      yes   no rule keeps it',
      'c      no    one of the last 1',
      '1 recovery point marked for deletion',
      'removed 7 objects, 2.0 KiB, of 1 deleted point',
      'b will be removed by the first sweep after 1970-01-01T00:00:00.000Z',
      'd will be removed once run restore-1 no longer uses it',
      'objects of run a are kept: it has not ended, or is not undone (landfall cleanup a)',
    ]);
  });

  it('is shown the same before it is done', () => {
    const lines = previewLines({ points: choice, sweep: swept });
    expect(lines.slice(0, 3)).toEqual(pointsResultLines(report).slice(0, 3));
    expect(lines[3]).toBe('1 recovery point would be marked for deletion');
    expect(lines[4]).toMatch(/^would remove 7 objects/);
    expect(lines.at(-1)).toBe('nothing was changed; add --yes to delete');
  });
});

it('a verification says what is damaged, and what was not read', () => {
  const problem = errorDetail('STORED_OBJECT_MISSING', { what: 'objects/x is gone' });
  const read = { objects: 1_204, segments: 3, bytes: 2048, volumes: 2, problemCount: 0, problems: [] };
  const report: VerifyReport = {
    ...{ ...base, kind: 'verify' },
    points: [
      { id: 'a', state: 'whole', ...read },
      { id: 'b', state: 'damaged', ...read, volumes: 0, problemCount: 7, problems: [problem] },
    ],
    skipped: [{ id: 'c', why: 'it is marked for deletion' }],
  };
  expect(pointsResultLines(report)).toEqual([
    'POINT  STATE         OBJECTS  BYTES    VOLUMES',
    'a      whole         1,204    2.0 KiB  2 not read',
    'b      DAMAGED       1,204    2.0 KiB  0',
    'c      not verified  -        -        it is marked for deletion',
    'b: STORED_OBJECT_MISSING  objects/x is gone',
    'b: and 6 more problems: see the report with -o json',
    '2 recovery points read: 1 DAMAGED',
  ]);
});

it('the display of a run without clusters names none', () => {
  const hello: RunEvent = {
    ...{ schema: eventSchema, seq: 1, time: '2026-11-21T00:00:00Z', run: 'store-1', type: 'hello', kind: 'prune' },
    ...{ name: 'store', schemaMinor: 0, source: '', target: '', phases: ['preflight', 'mark', 'sweep'] },
  };
  expect(eventLine(hello)).toEqual({ step: 'prune', word: 'started', text: 'store' });
  const lines = frame(applyEvent(emptyView, hello), { width: 80, rows: 20, now: 0, ascii: true, color: false });
  expect(lines[0]).toMatch(/^landfall prune store +run store-1/);
  expect(lines.join('\n')).not.toMatch(/source|target/);
});
