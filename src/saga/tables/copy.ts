import type { ActionRow, RunTable } from '../table.ts';
import { alone, stepsThat } from './steps.ts';

// What it has copied so far is content that nothing refers to, which the next copy finds and a sweep removes: there is nothing to
// undo. Each attempt takes the use of a point and lets go of it by itself.
const actions = {
  'open-run': { does: 'stores what is asked for and by whom', activities: ['openPointRun'], opensReport: true },
  'choose-points': { does: 'lists every point and decides which are copied', activities: ['chooseVerifiedPoints'] },
  'copy-points': { does: 'sends what the other Location lacks, and reads it back', activities: ['copyPoints'] },
} as const satisfies Readonly<Record<string, ActionRow<undefined>>>;

export type CopyAction = keyof typeof actions;

const step = stepsThat<CopyAction>('ends');
const titles = { preflight: 'choose recovery points', copy: 'copy recovery points' } as const;

/** Copies recovery points of one Location to another. Changes nothing of them. */
export const copyTable: RunTable<undefined, CopyAction, never> = {
  kind: 'copy',
  actions,
  compensations: {},
  sides: () => ({ source: 'unknown', target: 'unknown' }),
  phases: () => Object.entries(titles).map(([name, title]) => ({ name, title })),
  stages: () => [
    alone(step('preflight', titles.preflight, ['open-run', 'choose-points'])),
    alone(step('copy', titles.copy, ['copy-points'])),
  ],
};
