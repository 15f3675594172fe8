import { CancellationScope, CancelledFailure, isCancellation, setHandler } from '@temporalio/workflow';
import { advance, begin } from '../../src/core/course/machine.ts';
import type { CourseCommand, CourseEnding, CourseEvent, CourseState } from '../../src/core/course/state.ts';
import { toErrorDetail } from '../lib/failures.ts';
import { resumeSignal } from '../lib/messages.ts';
import { deeds, undos } from './deeds.ts';
import { writeReport } from './finish.ts';
import { factsOf } from './run.ts';
import type { Run } from './run.ts';
import { tell, tellResult } from './tell.ts';

type Answered = Extract<CourseCommand, { do: 'act' | 'undo' | 'report' }>;

/**
 * Drives a run along its course: does what the course commands and answers with what happened, until the course has
 * ended. Decides nothing itself. Cancellable acts run in one scope, which a cancel of the workflow and `stop` cancel;
 * everything else is out of reach of both.
 */
export function drive(run: Run): Promise<CourseEnding> {
  const root = CancellationScope.current();
  const forward = new CancellationScope();
  let state: CourseState;

  return new Promise((resolve) => {
    const take = (next: CourseState) => {
      state = next;
      for (const command of next.commands) obey(command);
    };
    const cancel = () => take(advance(state, { type: 'cancel', error: toErrorDetail(new CancelledFailure('')) }));
    const happened = (event: CourseEvent) => {
      // A cancel that came together with the end of an act comes first: nothing is begun any more.
      if (root.consideredCancelled) cancel();
      take(advance(state, event));
    };
    const obey = (command: CourseCommand) => {
      switch (command.do) {
        case 'tell':
          return tell(run, command);
        case 'stop':
          return forward.cancel();
        case 'end':
          tellResult(run, command.ending);
          return resolve(command.ending);
        default: {
          const work = () => answer(run, command);
          const cancellable = command.do === 'act' && command.cancellable;
          void (cancellable ? forward.run(work) : CancellationScope.nonCancellable(work)).then(happened);
        }
      }
    };

    take(begin(factsOf(run.input)));
    root.cancelRequested.catch(cancel);
    // A signal that came before its handler is delivered at once: the course has to have begun.
    setHandler(resumeSignal, () => happened({ type: 'resume' }));
  });
}

/** Does one command and says how it ended; never rejects. */
async function answer(run: Run, command: Answered): Promise<CourseEvent> {
  try {
    return await perform(run, command);
  } catch (error) {
    const detail = toErrorDetail(error);
    switch (command.do) {
      case 'act':
        return { type: isCancellation(error) ? 'stopped' : 'failed', step: command.step.id, error: detail };
      case 'undo':
        return { type: 'undo-failed', error: detail };
      case 'report':
        return { type: 'report-failed', error: detail };
    }
  }
}

async function perform(run: Run, command: Answered): Promise<CourseEvent> {
  switch (command.do) {
    case 'act': {
      const { step, act } = command;
      const { summary, ...result } = (await deeds[act.does](run, act.item, step.id)) ?? {};
      if (summary !== undefined) run.summaries.set(step.id, summary);
      return { type: 'done', step: step.id, ...result };
    }
    case 'undo': {
      const { by, item } = command.compensation;
      await undos[by](run, item);
      return { type: 'undone' };
    }
    case 'report': {
      const { report, summary } = await writeReport(run, command.ending, command.undone);
      run.report = report;
      run.reportSummary = summary;
      return { type: 'reported' };
    }
  }
}
