import { expect, it } from 'vitest';
import type { RunReport } from '../core/run/report.ts';
import { planLines } from './report-details.ts';

it('shows who approved as claimed, and who was seen doing it where that was recorded', () => {
  const at = '2026-01-01T00:00:00.000Z';
  const observed = { user: 'ana', host: 'build-1' };
  const plan: NonNullable<RunReport['plan']> = {
    hash: 'h',
    run: 'shop-7f3k',
    approvals: [
      { by: 'bo', observed, at },
      { by: 'cem', at },
    ],
    estimates: [],
    drifted: { count: 0, examples: [] },
  };
  expect(planLines(plan).slice(-2)).toEqual([
    `        approved by bo (user ana on host build-1) at ${at}`,
    `        approved by cem at ${at}`,
  ]);
});
