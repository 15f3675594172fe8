import type { ActionRow, RunTable, Stage } from '../table.ts';
import { alone, stepsThat } from './steps.ts';

/** What decides the order of a run that deletes recovery points. */
export interface PruneFacts {
  /** False: only what marked points left is removed. */
  readonly marks: boolean;
}

// No row has a compensation: until the first mark nothing is changed, and a mark is never taken back, since whoever has seen
// it may be at work. A clean-up has nothing to undo.
const actions = {
  'open-run': { does: 'stores what is asked for and by whom', activities: ['openPointRun'], opensReport: true },
  'choose-points': { does: 'lists every point and decides which go', activities: ['chooseDeletedPoints'] },
  'mark-points': { does: 'marks points for deletion', activities: ['markPoints'] },
  sweep: { does: 'removes what marked points have left', activities: ['sweepPart'] },
} as const satisfies Readonly<Record<string, ActionRow<PruneFacts>>>;

export type PruneAction = keyof typeof actions;

const step = stepsThat<PruneAction>('ends');
const choose = alone(step('preflight', 'choose recovery points', ['open-run', 'choose-points']));
const mark = alone(step('mark', 'mark recovery points for deletion', ['mark-points']));
const sweep = alone(step('sweep', 'remove what marked points have left', ['sweep']));

/** Deletes recovery points of a Location. The first mark is the point of no return; a cancel before it changes nothing. */
export const pruneTable: RunTable<PruneFacts, PruneAction, never> = {
  kind: 'prune',
  actions,
  compensations: {},
  sides: () => ({ source: 'unknown', target: 'unknown' }),
  phases: ({ marks }) =>
    ['preflight', ...(marks ? ['mark'] : []), 'sweep'].map((name) => ({ name, title: titles[name] ?? name })),
  stages: ({ marks }) => [choose, ...(marks ? [final(mark)] : []), final(sweep)],
};

const titles: Readonly<Record<string, string>> = {
  preflight: 'choose recovery points',
  mark: 'mark recovery points for deletion',
  sweep: 'remove what marked points have left',
};

function final(stage: Stage): Stage {
  return { ...stage, final: true };
}
