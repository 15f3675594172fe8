import { describe, expect, it } from 'vitest';
import type { Finding } from '../run/events.ts';
import type { WaiverSpec } from '../spec/spec.ts';
import { acceptanceOf, isOpenBlocker, namesObject, waive, waiveFindings } from './waivers.ts';

const now = '2026-11-21T00:00:00Z';

function finding(code: string, subject: string, severity: Finding['severity'] = 'blocker'): Finding {
  return { code, severity, subject, message: 'so it is', remedy: 'mend it' };
}

function waiver(code: string, subject: string, until = '2026-12-31'): WaiverSpec {
  return { code, subject, owner: 'ana', reason: 'known', until };
}

function openOf(found: readonly Finding[], waivers: readonly WaiverSpec[]): string[] {
  return waiveFindings(found, waivers, now)
    .filter(isOpenBlocker)
    .map(({ code, subject }) => `${code} ${subject}`);
}

describe('a waiver of the file', () => {
  it.each([
    ['a breach by its name', 'EXPOSURE_WIDENED', 'Service shop/web', 'accepted'],
    ['a breach by a name with a wildcard', 'EXPOSURE_WIDENED', 'Service shop/we*', 'accepted'],
    ['every breach by a wildcard alone', 'EXPOSURE_WIDENED', '*', 'open'],
    ['every breach of a namespace', 'SELECTION_CHANGED', 'Service shop/*', 'open'],
    ['every breach of a kind', 'SOURCE_LEFTOVER', 'Service *', 'open'],
    ['another name', 'PLACEMENT_BROKEN', 'Service shop/api', 'open'],
    ['what a table lacks, by a wildcard', 'TRANSLATION_UNMAPPED', '*', 'accepted'],
    ['a finding of the assessment, by a wildcard', 'QUOTA_SHORT', '*', 'accepted'],
    ['what would make the run fail', 'KIND_NOT_SERVED', 'Service shop/web', 'open'],
    ['a code of a later version', 'SOMETHING_NEW', 'Service shop/web', 'open'],
  ])('on %s', (_what, code, subject, state) => {
    const open = openOf([finding(code, 'Service shop/web')], [waiver(code, subject)]);
    expect(open).toEqual(state === 'open' ? [`${code} Service shop/web`] : []);
  });

  it('covers a warning of any code by any subject', () => {
    const { findings } = waive([finding('CLOCK_SKEW', 'source', 'warning')], [waiver('CLOCK_SKEW', '*')], now);
    expect(findings.map((one) => one.waiver?.daysRemaining)).toEqual([41]);
  });

  it('that has ended accepts nothing, and the plan says so', () => {
    const found = waiveFindings(
      [finding('EXPOSURE_WIDENED', 'Service shop/web')],
      [waiver('EXPOSURE_WIDENED', 'Service shop/web', '2026-11-20')],
      now
    );
    expect(found.map(({ code, severity, waiver: by }) => [code, severity, by])).toEqual([
      ['EXPOSURE_WIDENED', 'blocker', undefined],
      ['WAIVER_EXPIRED', 'warning', undefined],
    ]);
  });

  it('stands beside what it accepts, which comes after everything that is open', () => {
    const found = waiveFindings(
      [finding('EXPOSURE_WIDENED', 'Service shop/web'), finding('CLOCK_SKEW', 'source', 'warning')],
      [waiver('EXPOSURE_WIDENED', 'Service shop/web')],
      now
    );
    expect(found.map(({ code, waiver: by }) => [code, by])).toEqual([
      ['CLOCK_SKEW', undefined],
      ['EXPOSURE_WIDENED', { owner: 'ana', reason: 'known', until: '2026-12-31' }],
    ]);
  });

  it.each([
    ['*', false],
    ['**', false],
    ['Service *', false],
    ['* */*', false],
    ['Service shop/?*', false],
    ['*web', true],
    ['Service */web', true],
    ['Namespace shop', true],
  ])('names an object: %s %s', (subject, names) => {
    expect(namesObject(subject)).toBe(names);
  });

  it('accepts each of the four checks by name only', () => {
    const codes = ['EXPOSURE_WIDENED', 'SELECTION_CHANGED', 'PLACEMENT_BROKEN', 'SOURCE_LEFTOVER'];
    expect(codes.map(acceptanceOf)).toEqual(codes.map(() => 'named'));
  });
});
