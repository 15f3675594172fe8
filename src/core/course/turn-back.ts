import type { ErrorDetail } from '../errors.ts';
import { exitCodeOf } from '../run/exit-code.ts';
import type { Cause, CourseCommand, CourseEnding, CourseState } from './state.ts';

/** A state under construction: fields are replaced, what they hold is never changed. */
export type Draft = { -readonly [K in keyof CourseState]: CourseState[K] } & { commands: CourseCommand[] };

/** The end of the way forward: what acts is told to stop, what waits for a person waits no longer. */
export function turnBack(draft: Draft, cause: Cause): void {
  turning(draft, cause);
  if (draft.open.length === 0) startUndo(draft);
}

export function turning(draft: Draft, cause: Cause): void {
  draft.mode = 'turning';
  draft.cause = cause;
  for (const { step, waiting, problem } of draft.open) {
    if (!waiting || problem?.error === undefined || step.id === step.phase) continue;
    draft.commands.push({ do: 'tell', what: 'step-failed', step, error: problem.error });
  }
  draft.open = draft.open.filter(({ waiting }) => !waiting);
  if (draft.open.length > 0) draft.commands.push({ do: 'stop' });
}

/** Newest first. One that fails for good is told and the others are still tried: better a named rest than half an undo. */
export function startUndo(draft: Draft): void {
  const { cause, blocked } = draft;
  const phase = draft.stages[draft.stage]?.phase;
  if (phase !== undefined && cause !== undefined && blocked === undefined) {
    draft.commands.push({ do: 'tell', what: 'phase-failed', phase, error: cause.error });
  }
  draft.mode = 'undoing';
  undoNext(draft);
}

function undoNext(draft: Draft): void {
  const compensation = draft.owed.at(-1);
  if (compensation !== undefined) {
    draft.commands.push({ do: 'tell', what: 'undo-started', compensation, index: draft.owed.length - 1 });
    draft.commands.push({ do: 'undo', compensation });
    return;
  }
  const { cause, undone } = draft;
  const undo = undone.length === 0 ? 'none' : undone.some(({ error }) => error) ? 'incomplete' : 'complete';
  const outcome = cause?.cancelled ? 'cancelled' : undo === 'complete' ? 'rolled-back' : 'failed';
  const side = cause?.error.side;
  conclude(draft, {
    outcome,
    undo,
    ...(cause === undefined ? {} : { error: cause.error }),
    ...(side === undefined ? {} : { side }),
  });
}

export function compensationEnded(draft: Draft, error: ErrorDetail | undefined): void {
  const compensation = draft.owed.at(-1);
  if (compensation === undefined) return;
  const index = draft.owed.length - 1;
  draft.owed = draft.owed.slice(0, -1);
  draft.undone = [...draft.undone, error === undefined ? compensation : { ...compensation, error }];
  draft.commands.push(
    error === undefined
      ? { do: 'tell', what: 'undone', compensation, index }
      : { do: 'tell', what: 'not-undone', compensation, index, error }
  );
  undoNext(draft);
}

export function conclude(draft: Draft, ending: Omit<CourseEnding, 'exitCode'>): void {
  draft.ending = { ...ending, exitCode: exitCodeOf(ending) };
  draft.mode = 'reporting';
  if (draft.opened) draft.commands.push({ do: 'report', ending: draft.ending, undone: draft.undone });
  else end(draft);
}

/** A store that takes no report does not change what was done; a good end is then no longer told in full. */
export function endWithoutReport(draft: Draft, error: ErrorDetail): void {
  const outcome = draft.ending?.outcome;
  if (outcome === 'succeeded' || outcome === 'partial') {
    const ending = { outcome: 'partial', error } as const;
    draft.ending = { ...ending, exitCode: exitCodeOf(ending) };
  }
  end(draft);
}

export function end(draft: Draft): void {
  draft.mode = 'ended';
  if (draft.ending !== undefined) draft.commands.push({ do: 'end', ending: draft.ending });
}

/**
 * Traffic stays where it was, so the source is the writable side, except while it is frozen: from before the freeze
 * until the thaw is known to be done. The target serves what was applied as long as that has not been taken away, and
 * has some of it from the first wave on; `empty` means nothing of this run, and the workflow adds what was there before.
 * Said before a report is written or the run ends, so that both say it too.
 */
export function tellSides(draft: Draft): void {
  const rests = draft.undone.filter(({ error }) => error !== undefined);
  const owes = (by: string) => draft.owed.some((one) => one.by === by) || rests.some((one) => one.by === by);
  const source = draft.frozen || owes('thaw') ? 'frozen' : 'serving';
  const begun = draft.undone.some(({ by }) => by === 'remove-objects');
  const made = draft.arrived && !begun ? 'serving' : 'occupied';
  const target = draft.final ? draft.sides.target : owes('remove-objects') ? made : 'empty';
  if (source === draft.sides.source && target === draft.sides.target) return;
  const sides = { source, target, writable: source === 'frozen' ? 'none' : 'source' } as const;
  draft.sides = sides;
  const told = { do: 'tell', what: 'sides', sides } as const;
  const last = draft.commands.findIndex((command) => command.do === 'report' || command.do === 'end');
  draft.commands.splice(last === -1 ? draft.commands.length : last, 0, told);
}
