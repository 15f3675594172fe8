import type { ActionRow, RunTable } from '../table.ts';
import { alone, stepsThat } from './steps.ts';

// It reads, and takes no use of what it reads, so that nothing has to be undone: an action has no compensation, and a clean-up
// nothing to do.
const actions = {
  'open-run': { does: 'stores what is asked for and by whom', activities: ['openPointRun'], opensReport: true },
  'choose-points': { does: 'lists every point and decides which are read', activities: ['chooseVerifiedPoints'] },
  'read-points': { does: 'reads every content of each point', activities: ['verifyPoints'] },
} as const satisfies Readonly<Record<string, ActionRow<undefined>>>;

export type VerifyAction = keyof typeof actions;

const step = stepsThat<VerifyAction>('ends');
const titles = { preflight: 'choose recovery points', verify: 'read recovery points' } as const;

/** Reads recovery points of a Location whole, and says what is missing or damaged. Changes nothing of them. */
export const verifyTable: RunTable<undefined, VerifyAction, never> = {
  kind: 'verify',
  actions,
  compensations: {},
  sides: () => ({ source: 'unknown', target: 'unknown' }),
  phases: () => Object.entries(titles).map(([name, title]) => ({ name, title })),
  stages: () => [
    alone(step('preflight', titles.preflight, ['open-run', 'choose-points'])),
    alone(step('verify', titles.verify, ['read-points'])),
  ],
};
