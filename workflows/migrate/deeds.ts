import type { Deed, Undo } from '../../src/core/course/course.ts';
import type { ActResult } from '../../src/core/course/state.ts';
import type { StepSummary } from '../lib/journal.ts';
import { applyDeeds, applyUndos } from './apply.ts';
import { captureDeeds } from './capture.ts';
import { checkDeeds } from './check.ts';
import { finishDeeds } from './finish.ts';
import type { Run } from './run.ts';
import { volumeDeeds, volumeUndos } from './volumes.ts';

/** What an act gives back: what the course needs, and what its step says when it is done. */
export interface DeedResult extends ActResult {
  readonly summary?: StepSummary;
}

/** Does one act; `item` is the index of its claim or wave in the plan, `stepId` the step its heartbeats are about. */
export type DoDeed = (run: Run, item: number, stepId: string) => Promise<DeedResult | void>;
export type DoUndo = (run: Run, item: number) => Promise<void>;

/** How each act of the course is done. Its order, its repetition and its undo are the course's (src/core/course). */
export const deeds: Readonly<Record<Deed, DoDeed>> = {
  ...checkDeeds,
  ...captureDeeds,
  ...volumeDeeds,
  ...applyDeeds,
  ...finishDeeds,
};

export const undos: Readonly<Record<Undo, DoUndo>> = { ...volumeUndos, ...applyUndos };
