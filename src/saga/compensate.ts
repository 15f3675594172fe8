import type { ErrorDetail } from '../core/errors.ts';
import { exitCodeOf } from '../core/run/exit-code.ts';
import type { Draft } from './draft.ts';
import type { Cause, MachineEvent, RunEnding } from './state.ts';

/** The end of the way forward: what is under way is cancelled, what waits for a person waits no longer. */
export function stop(draft: Draft, cause: Cause): void {
  stopping(draft, cause);
  if (draft.open.length === 0) startCompensating(draft);
}

export function stopping(draft: Draft, cause: Cause): void {
  draft.mode = 'stopping';
  draft.cause = cause;
  for (const { step, waiting, problem } of draft.open) {
    if (!waiting || problem?.error === undefined || step.id === step.phase) continue;
    emit(draft, { type: 'step-failed', step, error: problem.error });
  }
  draft.open = draft.open.filter(({ waiting }) => !waiting);
  if (draft.open.length > 0) draft.commands.push({ do: 'cancel' });
}

/** Newest first. One that fails for good is reported and the others are still tried: better a named rest than half an undo. */
export function startCompensating(draft: Draft): void {
  const { cause, blocked } = draft;
  const phase = draft.stages[draft.stage]?.phase;
  if (phase !== undefined && cause !== undefined && blocked === undefined)
    emit(draft, { type: 'phase-failed', phase, error: cause.error });
  draft.mode = 'compensating';
  compensateNext(draft);
}

export function compensateNext(draft: Draft): void {
  // Also the end belongs to the next history: this one may be over any moment.
  if (draft.held) return;
  const compensation = draft.pending.at(-1);
  if (compensation !== undefined) {
    draft.isCompensating = true;
    emit(draft, { type: 'compensation-started', compensation, index: draft.pending.length - 1 });
    draft.commands.push({ do: 'compensate', compensation });
    return;
  }
  const { cause } = draft;
  if (cause === undefined) return concludeWell(draft);
  const counted = draft.tried.filter(({ name, error }) => error !== undefined || !isRelease(draft, name));
  const undo = counted.length === 0 ? 'none' : counted.some(({ error }) => error) ? 'incomplete' : 'complete';
  const outcome = cause.cancelled ? 'cancelled' : undo === 'complete' ? 'rolled-back' : 'failed';
  const side = cause.error.side;
  conclude(draft, {
    outcome,
    undo,
    error: cause.error,
    ...(side === undefined ? {} : { side }),
  });
}

function isRelease({ table }: Draft, name: string): boolean {
  return table.compensations[name]?.release === true;
}

export function afterCompensation(draft: Draft, error: ErrorDetail | undefined): void {
  const compensation = draft.pending.at(-1);
  if (compensation === undefined) return;
  draft.isCompensating = false;
  const index = draft.pending.length - 1;
  draft.pending = draft.pending.slice(0, -1);
  draft.tried = [...draft.tried, error === undefined ? compensation : { ...compensation, error }];
  emit(
    draft,
    error === undefined
      ? { type: 'compensated', compensation, index }
      : { type: 'not-compensated', compensation, index, error }
  );
  compensateNext(draft);
}

/** The good end. What a step should have let go of and could not is let go of now. */
export function arrive(draft: Draft): void {
  if (draft.pending.length === 0) return concludeWell(draft);
  draft.mode = 'compensating';
  compensateNext(draft);
}

/** Whole, or partial with the reason why it is known to be incomplete. */
function concludeWell(draft: Draft): void {
  const { short, missed, conclusion } = draft;
  const incomplete = draft.incomplete ?? draft.tried.find(({ error }) => error)?.error;
  if (incomplete !== undefined) return conclude(draft, { outcome: 'partial', error: incomplete });
  if (conclusion !== undefined) return concludeAs(draft, conclusion);
  conclude(draft, { outcome: short.length + missed.length > 0 ? 'partial' : 'succeeded' });
}

function conclude(draft: Draft, ending: Omit<RunEnding, 'exitCode'>): void {
  concludeAs(draft, { ...ending, exitCode: exitCodeOf(ending) });
}

function concludeAs(draft: Draft, whole: RunEnding): void {
  draft.ending = whole;
  draft.mode = 'reporting';
  if (draft.canReport) draft.commands.push({ do: 'write-report', ending: whole, tried: draft.tried });
  else end(draft);
}

/** A store that takes no report does not change what was done; a good end is then no longer reported in full. */
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

export function emit(draft: Draft, event: MachineEvent): void {
  draft.commands.push({ do: 'emit', event });
}
