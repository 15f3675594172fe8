// oxlint-disable no-restricted-globals -- expected values are made with Date; the code under test has none
import { describe, expect, it } from 'vitest';
import { errorDetail } from '../errors.ts';
import { exitCodeOf, exitCodeOfError } from './exit-code.ts';
import { formatBytes, formatBytesOf, formatClock, formatCount, formatDuration, formatRange, plural } from './format.ts';
import { advance, isFilesBehind, remainingSeconds, ratePerSecond, type ProgressView } from './progress.ts';

describe('formats', () => {
  it.each<[string, string]>([
    [formatCount(1204), '1,204'],
    [formatCount(-1234567), '-1,234,567'],
    [formatCount(Number.NaN), '0'],
    [formatBytes(0), '0 B'],
    [formatBytes(512), '512 B'],
    [formatBytes(1023.99), '1.0 KiB'],
    [formatBytes(61.2 * 1024 ** 3), '61.2 GiB'],
    [formatBytes(118 * 1024 ** 3), '118 GiB'],
    [formatBytes(1024 ** 8), '1,048,576 EiB'],
    [formatBytesOf(29.1 * 1024 ** 3, 60.4 * 1024 ** 3), '29.1 / 60.4 GiB'],
    [formatBytesOf(1024 ** 2, 118 * 1024 ** 3, true), '0.0 / ~118 GiB'],
    [formatDuration(0), '0s'],
    [formatDuration(340), '0.3s'],
    [formatDuration(40_400), '40s'],
    [formatDuration(59_700), '1m00s'],
    [formatDuration(370_000), '6m10s'],
    [formatDuration(7_500_000), '2h05m'],
    [formatDuration(274_000_000), '3d04h'],
    [formatRange(240, 420), '4-7 min'],
    [formatRange(20, 40), '20-40 s'],
    [formatRange(7000, 11_000), '1-4 h'],
    [formatRange(0.1, 0.4), '1 s'],
    [formatClock(Date.UTC(2026, 10, 21, 14, 2, 52)), '14:02:52Z'],
    [plural(1, 'retry', 'retries'), '1 retry'],
    [plural(2, 'rule'), '2 rules'],
  ])('%s', (actual, expected) => expect(actual).toBe(expected));
});

describe('progress', () => {
  const steady = (seconds: number, perSecond: number): ProgressView => {
    let view: ProgressView | undefined;
    for (let second = 0; second <= seconds; second += 1) {
      view = advance(
        view,
        { done: second * perSecond, total: 10_000, unit: 'bytes', totalIsEstimate: false, note: '' },
        second * 1000
      );
    }
    return view as ProgressView;
  };

  it('measures the rate of the last minute, and less of it the longer nothing comes', () => {
    expect(ratePerSecond(steady(100, 10), 100_000)).toBeCloseTo(10);
    expect(ratePerSecond(steady(100, 10), 130_000)).toBeLessThan(10);
    expect(ratePerSecond(steady(0, 10), 0)).toBeUndefined();
    expect(steady(1000, 10).samples.length).toBeLessThanOrEqual(90);
  });

  it('stays where it was when another attempt begins, and while that one catches up', () => {
    const after = { totalIsEstimate: false, note: 'again' } as const;
    const begun = advance(steady(100, 50), { ...after, done: 0, total: 0, unit: 'objects' }, 130_000);
    expect(begun).toMatchObject({ done: 5_000, percent: 50, unit: 'bytes', note: 'again' });
    const behind = advance(begun, { ...after, done: 100, total: 10_000, unit: 'bytes' }, 131_000);
    expect(behind).toMatchObject({ done: 5_000, percent: 50 });
    const ahead = advance(behind, { ...after, done: 6_000, total: 10_000, unit: 'bytes' }, 140_000);
    expect(ahead).toMatchObject({ done: 6_000, percent: 60 });
  });

  it('gives time left as a range around the truth, and none for the first 20 s', () => {
    expect(remainingSeconds(steady(19, 10), 19_000)).toBeUndefined();
    const remaining = remainingSeconds(steady(100, 10), 100_000);
    expect(remaining?.low).toBeLessThan(900);
    expect(remaining?.high).toBeGreaterThan(900);
    expect(remainingSeconds(steady(1000, 10), 1_000_000)).toBeUndefined();
  });

  it('gives no hours for minutes after a pause, and none at all of what was waited for before it moved', () => {
    let view: ProgressView | undefined;
    // Half a minute until the pod runs, two minutes of work, 40 s of silence, work again.
    const at = (second: number): number => {
      const worked = Math.max(0, second - 30);
      return 10 * (worked <= 120 ? worked : Math.max(120, worked - 40));
    };
    const seen: number[] = [];
    for (let second = 0; second <= 260; second += 1) {
      const input = { unit: 'bytes', totalIsEstimate: false, note: '' } as const;
      view = advance(view, { ...input, done: at(second), total: 10_000 }, second * 1000);
      const remaining = remainingSeconds(view, second * 1000);
      if (second >= 60 && remaining !== undefined) seen.push(remaining.high / ((10_000 - at(second)) / 10));
    }
    expect(Math.max(...seen)).toBeLessThan(2.3);
    expect(Math.min(...seen)).toBeGreaterThan(1);
  });

  it('counts files beside bytes: what is behind is the progress, and the later of the two the end', () => {
    let view: ProgressView | undefined;
    for (let second = 0; second <= 60; second += 1) {
      const input = { unit: 'bytes', totalIsEstimate: false, note: '' } as const;
      const files = { done: second * 10, total: 10_000 };
      view = advance(view, { ...input, done: second * 100, total: 10_000, files }, second * 1000);
    }
    expect(view).toMatchObject({ done: 6_000, percent: 6, files: { done: 600, total: 10_000 } });
    expect(isFilesBehind(view as ProgressView)).toBe(true);
    expect(ratePerSecond(view as ProgressView, 60_000, 'files')).toBeCloseTo(10);
    expect(remainingSeconds(view as ProgressView, 60_000)?.low).toBeGreaterThan(800);
  });

  it('takes nonsense for nothing', () => {
    const view = advance(
      undefined,
      { done: Number.NaN, total: -5, unit: 'bytes', totalIsEstimate: false, note: '' },
      0
    );
    expect(view).toMatchObject({ done: 0, total: 0, percent: 0 });
  });
});

describe('exitCodeOf', () => {
  const detail = errorDetail('CLUSTER_UNREACHABLE', { what: 'x' });
  it.each<[name: string, actual: number, expected: number]>([
    ['succeeded', exitCodeOf({ outcome: 'succeeded' }), 0],
    ['partial', exitCodeOf({ outcome: 'partial' }), 3],
    ['detached', exitCodeOf({ outcome: 'detached' }), 8],
    ['cancelled', exitCodeOf({ outcome: 'cancelled' }), 7],
    ['cancelled, half undone', exitCodeOf({ outcome: 'cancelled', undo: 'incomplete' }), 6],
    ['rolled back', exitCodeOf({ outcome: 'rolled-back', error: detail, side: 'target' }), 1],
    ['failed and kept', exitCodeOf({ outcome: 'failed', error: detail, undo: 'incomplete' }), 6],
    ['source unreachable', exitCodeOf({ outcome: 'failed', error: detail, side: 'source' }), 10],
    ['target unreachable', exitCodeOf({ outcome: 'failed', error: detail, side: 'target' }), 11],
    ['one of them', exitCodeOf({ outcome: 'failed', error: detail }), 1],
    ['bucket missing', exitCodeOfError('LOCATION_NOT_FOUND'), 12],
    ['bad file', exitCodeOfError('CONFIG_INVALID'), 2],
    ['blocker', exitCodeOfError('VOLUME_CLASS_UNMAPPED'), 5],
    ['defect', exitCodeOfError('INTERNAL'), 70],
    ['code of a later version', exitCodeOfError('NEVER_HEARD' as 'INTERNAL'), 1],
  ])('%s', (_, actual, expected) => expect(actual).toBe(expected));
});
