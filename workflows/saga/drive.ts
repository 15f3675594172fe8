import { CancellationScope, CancelledFailure, continueAsNew, isCancellation, setHandler } from '@temporalio/workflow';
import { errorDetail } from '../../src/core/errors.ts';
import { advance, begin, restore, save } from '../../src/saga/machine.ts';
import type { Command, RunEnding, RunHappening, RunState } from '../../src/saga/state.ts';
import { emitHello, emitMachineEvent, emitResult } from './emit.ts';
import { toErrorDetail, toFailure } from './failures.ts';
import { isLong } from './history.ts';
import { eventsQuery, resumeSignal, sidesQuery } from './messages.ts';
import { carry } from './run.ts';
import type { Carried, Run, RunKind } from './run.ts';

/** Events an answer to a query holds at most. */
export const eventsPerAnswer = 500;

type Answered = Extract<Command, { do: 'execute' | 'compensate' | 'write-report' }>;

/**
 * Drives a run of any kind along its table: does what the machine commands and answers with what happened, until it has
 * ended. Decides nothing itself. Cancellable actions run in one scope, which a cancel of the workflow and the command
 * `cancel` cancel; everything else is out of reach of both. A run whose history grows long continues as new between two
 * steps: the promise is then rejected with what ends this history.
 */
export function drive<Facts, Found>(
  kind: RunKind<Facts, Found>,
  run: Run<Found>,
  carried?: Carried<Found>
): Promise<RunEnding> {
  const root = CancellationScope.current();
  const forward = new CancellationScope();
  let state: RunState<Facts>;
  let isGoingOn = false;
  setHandler(eventsQuery, (since) => run.journal.since(since, eventsPerAnswer));
  setHandler(sidesQuery, () => run.sides);

  return new Promise((resolve, reject) => {
    const take = (next: RunState<Facts>) => {
      state = next;
      for (const command of next.commands) perform(command);
    };
    const cancel = () => take(advance(state, { type: 'cancel', error: toErrorDetail(new CancelledFailure('')) }));
    const happened = (happening: RunHappening) => {
      // A cancel that came together with the end of an action comes first: nothing is begun any more.
      if (root.consideredCancelled) cancel();
      // What a person asked for begins in this history.
      const mayHold = !state.held && happening.type !== 'resume';
      if (mayHold && isLong(run.eventsMax)) take(advance(state, { type: 'hold' }));
      take(advance(state, happening));
    };
    // What a person says while events are brought to the Location counts: the state passes on as it is after that.
    const goOn = async () => {
      if (isGoingOn) return;
      isGoingOn = true;
      await keepBeyond(kind, run);
      if (root.consideredCancelled) cancel();
      await continueAsNew(run.input, carry(run, save(state)), run.journal.save());
    };
    const perform = (command: Command) => {
      switch (command.do) {
        case 'emit':
          return emitMachineEvent(kind, run, { event: command.event, facts: state.facts });
        case 'cancel':
          return forward.cancel();
        case 'continue-as-new':
          return void goOn().catch(reject);
        case 'end':
          return void end(kind, run, command.ending).then(resolve, reject);
        default: {
          const work = () => answer(kind, run, command);
          const cancellable = command.do === 'execute' && command.cancellable;
          void (cancellable ? forward.run(work) : CancellationScope.nonCancellable(work)).then(happened);
        }
      }
    };

    if (carried === undefined) {
      const first = begin(kind.table, kind.facts(run.found));
      run.sides = first.sides;
      emitHello(kind, run);
      take(first);
    } else take(restore(kind.table, kind.facts(run.found), carried.state));
    root.cancelRequested.catch(cancel);
    // A signal that came before its handler is delivered at once: the run has to have begun.
    setHandler(resumeSignal, () => happened({ type: 'resume' }));
  });
}

/** Closes the workflow of a run that did not end well: as cancelled, or as failed with its code. */
export function throwUnlessWell({ outcome, exitCode, error }: RunEnding): void {
  if (outcome === 'cancelled') throw new CancelledFailure('the run was cancelled', [{ outcome, exitCode }]);
  if (outcome !== 'failed' && outcome !== 'rolled-back') return;
  const detail = error ?? errorDetail('INTERNAL', { what: 'the run failed for an unknown reason' });
  throw toFailure(detail, { outcome, exitCode });
}

/** What earlier actions found, or the element of the plan an action is about. Without it the run fails as INTERNAL. */
export function required<T>(value: T | undefined, what: string): T {
  if (value === undefined)
    throw toFailure(errorDetail('INTERNAL', { what: `an action came before the ${what} it needs` }));
  return value;
}

async function end<Facts, Found>(kind: RunKind<Facts, Found>, run: Run<Found>, ending: RunEnding): Promise<RunEnding> {
  await keepBeyond(kind, run);
  emitResult(kind, run, ending);
  return ending;
}

async function keepBeyond<Facts, Found>(kind: RunKind<Facts, Found>, run: Run<Found>): Promise<void> {
  const keep = kind.keepEvents(run);
  if (keep !== undefined) await CancellationScope.nonCancellable(() => run.journal.keepBeyond(keep));
}

/** Does one command and says how it ended; never rejects. */
async function answer<Facts, Found>(
  kind: RunKind<Facts, Found>,
  run: Run<Found>,
  command: Answered
): Promise<RunHappening> {
  try {
    return await performed(kind, run, command);
  } catch (error) {
    const detail = toErrorDetail(error);
    switch (command.do) {
      case 'execute':
        return { type: isCancellation(error) ? 'cancelled' : 'failed', step: command.step.id, error: detail };
      case 'compensate':
        return { type: 'compensation-failed', error: detail };
      case 'write-report':
        return { type: 'report-failed', error: detail };
    }
  }
}

async function performed<Facts, Found>(
  { actions, compensations, writeReport }: RunKind<Facts, Found>,
  run: Run<Found>,
  command: Answered
): Promise<RunHappening> {
  switch (command.do) {
    case 'execute': {
      const { step, action } = command;
      const one = required(actions[action.name], action.name);
      const { summary, ...result } = (await one(run, { item: action.item, stepId: step.id })) ?? {};
      if (summary !== undefined) run.summaries.set(step.id, summary);
      return { type: 'done', step: step.id, ...result };
    }
    case 'compensate': {
      const { name, item } = command.compensation;
      await required(compensations[name], name)(run, item);
      return { type: 'compensated' };
    }
    case 'write-report':
      await required(writeReport, 'report')(run, command.ending, command.tried);
      return { type: 'reported' };
  }
}
