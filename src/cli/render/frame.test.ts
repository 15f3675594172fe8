import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recordedRun, aStep, recorder } from '../../../test/support/recorded-run.ts';
import { errorDetail } from '../../core/errors.ts';
import { applyEvent } from '../../core/run/apply-event.ts';
import type { RunEvent } from '../../core/run/events.ts';
import { emptyView, type RunView } from '../../core/run/view.ts';
import { frame, type FrameOptions } from './frame.ts';
import { formatMoment } from './step-text.ts';
import { bar } from './style.ts';
import { clean, clip, clipMiddle, displayWidth } from './width.ts';

const startMs = Date.UTC(2026, 10, 21, 14, 2, 52);
// oxlint-disable-next-line no-control-regex -- colours are taken out to measure
const colors = /\x1b\[[0-9;]*m/g;

function viewUntil(events: readonly RunEvent[], second: number): RunView {
  return events.filter((event) => Date.parse(event.time) <= startMs + second * 1000).reduce(applyEvent, emptyView);
}

function draw(second: number, options: Partial<FrameOptions> = {}, events = recordedRun()): string[] {
  const now = startMs + second * 1000;
  return frame(viewUntil(events, second), { width: 100, rows: 40, now, ascii: false, color: false, ...options });
}

describe('frame', () => {
  it('shows phases, running volumes with bar, amount, rate and what is left, and a retry in full', () => {
    expect(draw(150, { width: 110 })).toEqual([
      'landfall migrate shop                        run mig-7f3k · 2m30s · files: landfall.yaml',
      'source  vks-prod   SERVING      target  eks-prod   empty',
      'preflight ✓   capture ✓   plan ✓   volumes ▶   apply   verify   finish',
      '',
      '✓ preflight                 40s  done  0 blockers, 1 warning',
      '✓ capture                   38s  done  1,204 objects, 1.8 MiB stored',
      '✓ plan                       2s  done  1,204 objects, 6 volumes, 4 excluded',
      '▶ volumes                 1m05s  1 of 4 done   8.4 / 50.4 GiB   left 3-5 min   167 MiB/s',
      '  ✓ snapshots               10s  done  6 claims',
      '  ▶ upload db/data-pg-0     53s  █████░░░░░░░░░  37 %   1.6 / 4.2 GiB   left 1-2 min   30.0 MiB/s',
      '  ▶ upload web/uploads-0    53s  █████░░░░░░░░░  37 %   3.1 / 8.4 GiB   left 1-2 min   60.0 MiB/s',
      '  ↻ upload db/wal-pg-0      53s  attempt 3 of 10   LOCATION_THROTTLED   next try in 17s',
      '    s3:eu-1 answers 503 SlowDown',
      '… apply                          queued',
      '… verify                         queued',
      '… finish                         queued',
    ]);
  });

  it('shows what is left of each volume and of all together at 100 columns', () => {
    const volumes = draw(150).filter((line) => /volumes {2}|upload/.test(line) && line.includes('GiB'));
    expect(volumes).toHaveLength(3);
    for (const line of volumes) expect(line).toMatch(/ [\d.]+ \/ ~?[\d.]+ GiB {3}left .*MiB\/s$/);
  });

  it('drops finished children first, counts what is hidden, and keeps what needs an eye', () => {
    const lines = draw(150, { rows: 11, width: 80 });
    expect(lines).toHaveLength(10);
    expect(lines.join('\n')).toContain('attempt 3 of 10');
    expect(lines.join('\n')).toContain('(hidden: 1 running, 1 done)');
    expect(lines[0]).toContain('landfall migrate shop');
  });

  it('says what a wait is for, since when, until when and what then, also in a narrow window', () => {
    const wide = draw(420, { width: 200 }).join('\n');
    expect(wide).toContain(
      'waits for Deployment shop/web: Available (now 1 of 3 ready)   since 14:09:34Z (18s), until 14:14:34Z (4m42s left), then the apply group fails'
    );
    const narrow = draw(420, { width: 60, rows: 30 });
    const reported = narrow.map((line) => line.trim()).join(' ');
    expect(reported).toContain('waits for Deployment shop/web: Available (now 1 of 3 ready)');
    expect(reported).toContain('since 14:09:34Z (18s), until 14:14:34Z (4m42s left), then the apply group fails');
    for (const line of narrow) expect(line.length).toBeLessThanOrEqual(60);
  });

  it('shows the undo, and phases that will not be run', () => {
    const events = recordedRun('rolled-back');
    const text = draw(600, {}, events).join('\n');
    expect(text).toContain('✗ apply');
    expect(text).toContain('FAILED QUOTA_EXCEEDED');
    expect(text).toMatch(/undo +9s {2}2 undone/);
    expect(text).toMatch(/verify +not run/);
  });

  it('has a word beside each mark, in ASCII where the locale is', () => {
    const lines = draw(150, { ascii: true, width: 120 });
    expect(lines.join('\n')).toMatch(/^[\x20-\x7e\n]*$/);
    expect(lines.join('\n')).toContain('#####---------');
  });

  it('never writes control characters of names, whatever they hold', () => {
    const { events, at } = recorder('run\u001b]0;title\u0007');
    const nasty = 'a\u001b[2J\u0000\r\nb\u202e\u0007\u009b31m';
    at(0, {
      type: 'hello',
      kind: 'migrate',
      name: nasty,
      schemaMinor: 0,
      source: nasty,
      target: nasty,
      phases: [nasty],
    });
    const step = { ...aStep('apply', 'apply/x', nasty) };
    at(1, { type: 'step.failed', step, durationMs: 1, error: errorDetail('OBJECT_INVALID', { what: nasty }) });
    const text = draw(2, {}, events).join('');
    // oxlint-disable-next-line no-control-regex -- none may be left
    expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
    expect(text).not.toContain('[2J');
  });

  it('shows the source alone of a run that has no target, in a narrow window too', () => {
    const { events, at } = recorder('shop-7f3k');
    const hello = { type: 'hello', kind: 'backup', name: 'shop', schemaMinor: 0, phases: ['capture'] } as const;
    at(0, { ...hello, source: 'vks-prod', target: '' });
    at(0, { type: 'side', source: 'frozen', target: 'unknown', writable: 'none' });
    for (const width of [120, 24]) {
      const text = draw(1, { width }, events).join('\n');
      expect(text).toContain('FROZEN');
      expect(text).not.toMatch(/target/);
    }
  });

  it('never has more than rows-1 lines, nor a line wider than the window', () => {
    const runs = [recordedRun(), recordedRun('rolled-back')];
    const sizes = { width: fc.integer({ min: 1, max: 220 }), rows: fc.integer({ min: 2, max: 60 }) };
    const options = fc.record({
      ...sizes,
      second: fc.integer({ min: 0, max: 500 }),
      color: fc.boolean(),
      ascii: fc.boolean(),
      run: fc.constantFrom(0, 1),
    });
    fc.assert(
      fc.property(options, ({ width, rows, second, color, ascii, run }) => {
        const lines = draw(second, { width, rows, color, ascii, footer: 'Ctrl-C leaves' }, runs[run]);
        expect(lines.length).toBeLessThanOrEqual(Math.max(1, rows - 1));
        for (const line of lines) expect(displayWidth(line.replace(colors, ''))).toBeLessThanOrEqual(width);
      }),
      { numRuns: 150 }
    );
  });

  it('keeps within its bounds for any steps with any names', () => {
    const names = fc.string({ unit: 'grapheme', maxLength: 40 });
    const states = fc.constantFrom('started', 'failed', 'done', 'skipped', 'progress');
    const steps = fc.array(
      fc.tuple(names, states, fc.constantFrom('apply', 'volumes'), fc.constantFrom('', 'apply', 'x0', 'x1')),
      { maxLength: 40 }
    );
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 120 }), fc.integer({ min: 2, max: 30 }), (some, width, rows) => {
        const { events, at } = recorder();
        for (const [index, [title, state, phase, parent]] of some.entries()) {
          const step = { id: `x${index}`, phase: phase as 'apply', parent, title };
          if (state === 'progress')
            at(index, { type: 'step.progress', step, done: index, total: 7, unit: 'bytes', totalIsEstimate: true });
          else if (state === 'failed')
            at(index, { type: 'step.failed', step, durationMs: 1, error: errorDetail('INTERNAL', { what: title }) });
          else if (state === 'done') at(index, { type: 'step.done', step, durationMs: 1, counts: {} });
          else if (state === 'skipped') at(index, { type: 'step.skipped', step, reason: title });
          else at(index, { type: 'step.started', step });
        }
        const lines = draw(60, { width, rows }, events);
        expect(lines.length).toBeLessThanOrEqual(Math.max(1, rows - 1));
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
      }),
      { numRuns: 150 }
    );
  });
});

describe('width', () => {
  it.each([
    ['abc', 3],
    ['設定', 4],
    ['e\u0301', 1],
    ['🚀', 2],
    ['❤️', 2],
    ['👍🏽', 2],
    ['🇩🇪', 2],
    ['ｆ', 2],
    ['한글', 4],
    ['█░', 2],
  ])('%s takes %d columns', (text, width) => expect(displayWidth(text)).toBe(width));

  it('cuts without ever being too wide', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.nat({ max: 40 }), (text, columns) => {
        expect(displayWidth(clip(clean(text), columns))).toBeLessThanOrEqual(columns);
        expect(displayWidth(clipMiddle(clean(text), columns))).toBeLessThanOrEqual(columns);
      })
    );
    expect(clipMiddle('namespace/very-long-name-0', 15)).toBe('namespa…-name-0');
  });

  it('draws bars that are full only at the end and never empty after the beginning', () => {
    expect([0, 1, 50, 99, 100].map((percent) => bar(percent, 10, true))).toEqual([
      '----------',
      '#---------',
      '#####-----',
      '#########-',
      '##########',
    ]);
  });
});

describe('moments', () => {
  const now = Date.parse('2026-11-21T23:59:50Z');
  it.each([
    ['2026-11-21T00:00:00Z', '00:00:00Z'],
    ['2026-11-22T00:00:05Z', '2026-11-22 00:00:05Z'],
    ['2026-11-20T23:59:59Z', '2026-11-20 23:59:59Z'],
  ])('%s is written %s', (moment, expected) => {
    expect(formatMoment(Date.parse(moment), now)).toBe(expected);
  });
});
