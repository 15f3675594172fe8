import { errorDetail } from '../errors.ts';
import type { ErrorDetail } from '../errors.ts';
import type { PhaseName } from '../run/events.ts';
import { courseOf } from './course.ts';
import type { CourseFacts, Stage, Step } from './course.ts';
import type { ActResult, CourseEvent, CourseState, OpenStep } from './state.ts';
import {
  compensationEnded,
  conclude,
  end,
  endWithoutReport,
  startUndo,
  tellSides,
  turnBack,
  turning,
} from './turn-back.ts';
import type { Draft } from './turn-back.ts';

/**
 * The course of a run as a state machine. The workflow feeds it what happened and does what it commands, nothing else,
 * so what the model tests show of this file holds for a running migration (docs/decisions/0011).
 *
 *   forward ──(failed for good, cancel, blocked)──▶ turning ──(nothing acts any more)──▶ undoing ──▶ reporting ──▶ ended
 *      │  ▲                                                                                            ▲
 *      │  └── resume ── waiting (onFailure: keep)                                                      │
 *      └── last stage done (the stage `finish` is past the point of no return) ────────────────────────┘
 */

/** The first state of a run and its first commands. */
export function begin(facts: CourseFacts): CourseState {
  const draft: Draft = {
    facts,
    stages: courseOf(facts),
    stage: 0,
    next: 0,
    mode: 'forward',
    open: [],
    owed: [],
    undone: [],
    sides: { source: 'serving', target: 'empty', writable: 'source' },
    opened: false,
    frozen: false,
    arrived: false,
    final: false,
    short: [],
    incomplete: undefined,
    blocked: undefined,
    cause: undefined,
    ending: undefined,
    commands: [],
  };
  goForward(draft);
  return draft;
}

/** The state after one more event, with what to do next. Pure and total. */
export function advance(state: CourseState, event: CourseEvent): CourseState {
  const draft: Draft = { ...state, commands: [] };
  switch (event.type) {
    case 'done':
    case 'failed':
    case 'stopped':
      actEnded(draft, event);
      break;
    case 'cancel':
      if (draft.mode === 'forward' && !draft.final) turnBack(draft, { cancelled: true, error: event.error });
      break;
    case 'resume':
      if (draft.mode === 'forward') {
        for (const open of draft.open) if (open.waiting) startStep(draft, open.step);
      }
      break;
    case 'undone':
    case 'undo-failed':
      if (draft.mode === 'undoing') compensationEnded(draft, event.type === 'undo-failed' ? event.error : undefined);
      break;
    case 'reported':
      if (draft.mode === 'reporting') end(draft);
      break;
    case 'report-failed':
      if (draft.mode === 'reporting') endWithoutReport(draft, event.error);
      break;
  }
  tellSides(draft);
  return draft;
}

/** Begins what may begin; passes from stage to stage while nothing is on its way. */
function goForward(draft: Draft): void {
  while (draft.mode === 'forward') {
    const stage = draft.stages[draft.stage];
    if (stage === undefined) return arrive(draft);
    if (draft.next === 0) enter(draft, stage);
    while (draft.next < stage.steps.length && draft.open.length < Math.max(1, stage.parallel)) {
      const step = stage.steps[draft.next++];
      if (step !== undefined) startStep(draft, step);
    }
    if (draft.open.length > 0) return;
    leave(draft, stage);
    if (draft.blocked !== undefined) return turnBack(draft, { cancelled: false, error: draft.blocked });
  }
}

/** Nothing is undone any more as soon as the final stage begins: from here on the target has the application. */
function enter(draft: Draft, { phase, final }: Stage): void {
  if (draft.stages[draft.stage - 1]?.phase !== phase) {
    draft.commands.push({ do: 'tell', what: 'phase-started', phase });
  }
  if (final) {
    draft.final = true;
    draft.owed = [];
  }
}

function leave(draft: Draft, { phase }: Stage): void {
  draft.stage += 1;
  draft.next = 0;
  // A check that refuses ends its phase, whatever would have come after it.
  if (draft.blocked === undefined && draft.stages[draft.stage]?.phase === phase) return;
  if (phase === 'apply' && !draft.facts.dryRun) draft.arrived = true;
  draft.commands.push({ do: 'tell', what: 'phase-done', phase });
  tellSides(draft);
}

/** Begins a step, or begins it again after a `resume`. */
function startStep(draft: Draft, step: Step): void {
  if (step.id !== step.phase || draft.open.some((open) => open.step.id === step.id)) {
    draft.commands.push({ do: 'tell', what: 'step-started', step });
  }
  draft.short = draft.short.filter((id) => id !== step.id);
  const open: OpenStep = { step, act: 0, waiting: false };
  replace(draft, step.id, open);
  act(draft, open);
}

/** Does the act the step stands at. Its compensation is owed from before it is begun: its outcome may stay unknown. */
function act(draft: Draft, open: OpenStep): void {
  const next = open.step.acts[open.act];
  if (next === undefined) return endStep(draft, open);
  const { undo, item } = next;
  const step = open.step.id;
  if (undo !== undefined && !draft.owed.some((one) => one.step === step && one.by === undo.by)) {
    draft.owed = [...draft.owed, { step, by: undo.by, item, title: undo.title }];
  }
  const cancellable = next.always !== true && !draft.final;
  draft.commands.push({ do: 'act', step: open.step, act: next, cancellable });
}

/** After a problem, and when the run turns back, only what is done in any case is left of the step. */
function actEnded(draft: Draft, event: Extract<CourseEvent, { step: string }>): void {
  const open = draft.open.find(({ step, waiting }) => step.id === event.step && !waiting);
  const ended = open?.step.acts[open.act];
  if (open === undefined || ended === undefined) return;
  let problem = open.problem;
  if (event.type === 'done') {
    if (ended.discharges !== undefined) {
      draft.owed = draft.owed.filter((one) => one.step !== event.step || one.by !== ended.discharges);
    }
    if (ended.does === 'open-run') draft.opened = true;
    if (event.short === true) draft.short = [...draft.short, event.step];
    const error = learn(draft, event, ended.does === 'plan');
    if (error !== undefined) problem = { error };
  } else {
    // What failed counts more than that it was to stop; the first failure is the one to tell.
    const failed = event.type === 'failed' || draft.final;
    problem = { error: problem?.error ?? (failed ? event.error : undefined) };
    // Somebody else stopped it, such as an operator who cancelled a child workflow: as if the run was cancelled.
    if (!failed && draft.mode === 'forward') turning(draft, { cancelled: true, error: event.error });
  }
  const { acts } = open.step;
  const over = problem !== undefined || draft.mode !== 'forward';
  const following = acts.findIndex((one, index) => index > open.act && (!over || one.always === true));
  const at = following === -1 ? acts.length : following;
  if (at > open.act + 1) problem ??= { error: undefined };
  const next: OpenStep = { step: open.step, act: at, waiting: false, ...(problem === undefined ? {} : { problem }) };
  replace(draft, open.step.id, next);
  act(draft, next);
  if (draft.mode === 'forward') goForward(draft);
  else if (draft.mode === 'turning' && draft.open.length === 0) startUndo(draft);
}

/** Takes over what an act found; answers an error when a plan is no plan. */
function learn(draft: Draft, result: ActResult, planned: boolean): ErrorDetail | undefined {
  if (result.blocked !== undefined && draft.mode === 'forward') draft.blocked = result.blocked;
  if (result.frozen !== undefined) draft.frozen = result.frozen;
  if (result.incomplete !== undefined) draft.incomplete = result.incomplete;
  if (!planned) return undefined;
  if (result.learned === undefined) return errorDetail('INTERNAL', { what: 'the plan was made but not published' });
  draft.facts = { ...draft.facts, plan: result.learned };
  draft.stages = courseOf(draft.facts);
  return undefined;
}

function endStep(draft: Draft, { step, problem }: OpenStep): void {
  const own = step.id !== step.phase;
  const error = problem?.error;
  const waits = error !== undefined && step.keeps && draft.facts.onFailure === 'keep' && draft.mode === 'forward';
  if (problem === undefined) {
    if (own) draft.commands.push({ do: 'tell', what: 'step-done', step });
  } else if (error === undefined) {
    if (own) draft.commands.push({ do: 'tell', what: 'step-stopped', step });
  } else if (own || waits) {
    draft.commands.push({ do: 'tell', what: 'step-failed', step, error });
  }
  if (waits) {
    draft.commands.push({ do: 'tell', what: 'step-waiting', step });
    return replace(draft, step.id, { step, act: 0, waiting: true, ...(problem === undefined ? {} : { problem }) });
  }
  draft.open = draft.open.filter((open) => open.step.id !== step.id);
  if (error !== undefined && draft.final) return endShort(draft, step.phase, error);
  if (error !== undefined && draft.mode === 'forward') turnBack(draft, { cancelled: false, error });
}

/** A failure past the point of no return: told, nothing is undone, and the run is partial. */
function endShort(draft: Draft, phase: PhaseName, error: ErrorDetail): void {
  draft.commands.push({ do: 'tell', what: 'phase-failed', phase, error });
  draft.short = [...draft.short, phase];
  arrive(draft);
}

/** The good end: whole, or partial with the reason why it is known to be incomplete. */
function arrive(draft: Draft): void {
  const { incomplete, short } = draft;
  if (incomplete !== undefined) return conclude(draft, { outcome: 'partial', error: incomplete });
  conclude(draft, { outcome: short.length > 0 ? 'partial' : 'succeeded' });
}

function replace(draft: Draft, id: string, open: OpenStep): void {
  const index = draft.open.findIndex(({ step }) => step.id === id);
  draft.open = index === -1 ? [...draft.open, open] : draft.open.with(index, open);
}
