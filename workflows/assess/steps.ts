import { isCancellation } from '@temporalio/workflow';
import type { Counts, PhaseName, StepInfo } from '../../src/core/run/events.ts';
import { toErrorDetail } from '../lib/failures.ts';
import { stepDone, stepFailed, stepInfo } from '../lib/journal.ts';
import type { openJournal } from '../lib/journal.ts';

/** Tells what an assessment does, step by step. */
export interface Steps {
  phase<T>(name: PhaseName, title: string, work: () => Promise<T>): Promise<T>;
  /** A step of the phase `verify`. */
  step<T>(id: string, title: string, work: () => Promise<T>): Promise<T>;
}

export function createSteps(journal: ReturnType<typeof openJournal>): Steps {
  const told = async <T>(info: StepInfo, work: () => Promise<T>): Promise<T> => {
    const startedMs = Date.now();
    journal.emit({ type: 'step.started', step: info });
    try {
      const result = await work();
      journal.emit(stepDone(info, startedMs, { counts: countsOf(result) }));
      return result;
    } catch (error) {
      if (isCancellation(error))
        journal.emit({ type: 'step.skipped', step: info, reason: 'the assessment was stopped' });
      else journal.emit(stepFailed(info, startedMs, toErrorDetail(error)));
      throw error;
    }
  };
  return {
    async phase(name, title, work) {
      const startedMs = Date.now();
      try {
        return await told(stepInfo(name, title), work);
      } finally {
        journal.phaseDone(name, Date.now() - startedMs);
      }
    },
    step: (id, title, work) => told(stepInfo('verify', title, `assess/${id}`), work),
  };
}

const shown = ['objects', 'claims', 'kinds', 'changed', 'leftOut', 'findings', 'blockers', 'notChecked'] as const;

/** The numbers of a result that say something to people. */
function countsOf(result: unknown): Counts {
  if (typeof result !== 'object' || result === null) return {};
  const values = result as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    shown.flatMap((key) => (typeof values[key] === 'number' ? [[key, values[key]] as const] : []))
  );
}
