import type { ErrorDetail } from '../core/errors.ts';
import {
  arrive,
  afterCompensation,
  compensateNext,
  emit,
  end,
  endWithoutReport,
  startCompensating,
  stop,
  stopping,
} from './compensate.ts';
import type { Draft } from './draft.ts';
import { emitSides, sidesBefore } from './sides.ts';
import type { ActionResult, MachineEvent, OpenStep, RunHappening, RunState, SavedState } from './state.ts';
import type { RunTable, Stage, Step } from './table.ts';

/**
 * Runs a table as a state machine. The workflow feeds it what happened and does what it commands, nothing else, so what
 * the walks show of this file holds for every run (docs/decisions/0011, 0025).
 *
 *   forward ──(failed for good, cancel, blocked)──▶ stopping ──(nothing is under way)──▶ compensating ──▶ reporting ──▶ ended
 *      │  ▲                                                                                                ▲
 *      │  └── resume ── waiting (onFailure: keep)                                                          │
 *      └── last stage done (a final stage is past the point of no return) ─────────────────────────────────┘
 */

/** The first state of a run and its first commands. */
export function begin<Facts>(table: RunTable<Facts>, facts: Facts): RunState<Facts> {
  const draft: Draft<Facts> = {
    table,
    facts,
    stages: table.stages(facts),
    stage: 0,
    begun: [],
    mode: 'forward',
    open: [],
    held: false,
    resumed: [],
    isCompensating: false,
    missed: [],
    pending: [],
    tried: [],
    sides: sidesBefore(table.sides(facts)),
    reached: {},
    canReport: false,
    abandoned: [],
    final: false,
    short: [],
    incomplete: undefined,
    blocked: undefined,
    conclusion: undefined,
    cause: undefined,
    ending: undefined,
    commands: [],
  };
  goForward(draft);
  return draft;
}

/** What of a state has to be kept to go on from it; see `restore`. */
export function save<Facts>(state: RunState<Facts>): SavedState {
  const { table: _, facts: __, stages: ___, held: ____, commands: _____, ...saved } = state;
  return saved;
}

/**
 * A run that continued as new: the state it had, with what it would have done next if nothing had held it. `facts` are
 * those it had learned by then.
 */
export function restore<Facts>(table: RunTable<Facts>, facts: Facts, saved: SavedState): RunState<Facts> {
  const again = { table, facts, stages: table.stages(facts), held: false, resumed: [], commands: [] };
  const draft: Draft<Facts> = { ...saved, ...again };
  for (const { step } of draft.open) if (saved.resumed.includes(step.id)) startStep(draft, step);
  goOn(draft);
  emitSides(draft);
  return draft;
}

/** The state after one more event, with what to do next. Pure and total. */
export function advance<Facts>(state: RunState<Facts>, happening: RunHappening): RunState<Facts> {
  const draft: Draft<Facts> = { ...state, commands: [] };
  happen(draft, happening);
  emitSides(draft);
  if (draft.held && !isUnderWay(draft)) draft.commands.push({ do: 'continue-as-new' });
  return draft;
}

/** Something that was commanded has not been answered. What waits for a person is not under way. */
function isUnderWay({ mode, open, isCompensating }: Draft): boolean {
  if (mode === 'forward' || mode === 'stopping') return open.some(({ waiting }) => !waiting);
  return mode === 'compensating' ? isCompensating : true;
}

function goOn(draft: Draft): void {
  if (draft.mode === 'forward') goForward(draft);
  else if (draft.mode === 'compensating') compensateNext(draft);
}

function happen(draft: Draft, happening: RunHappening): void {
  switch (happening.type) {
    case 'done':
    case 'failed':
    case 'cancelled':
      return actionEnded(draft, happening);
    case 'cancel':
      if (draft.mode === 'forward' && !draft.final) stop(draft, { cancelled: true, error: happening.error });
      return;
    case 'resume':
      return resume(draft);
    case 'hold':
      if (draft.mode !== 'reporting' && draft.mode !== 'ended') draft.held = true;
      return;
    case 'compensated':
    case 'compensation-failed':
      if (draft.isCompensating)
        afterCompensation(draft, happening.type === 'compensation-failed' ? happening.error : undefined);
      return;
    case 'reported':
      if (draft.mode === 'reporting') end(draft);
      return;
    case 'report-failed':
      if (draft.mode === 'reporting') endWithoutReport(draft, happening.error);
  }
}

/** What waits for a person begins again; in the next history where this one is held. */
function resume(draft: Draft): void {
  const waiting = draft.open.filter((open) => open.waiting).map(({ step }) => step);
  if (draft.held) draft.resumed = waiting.map(({ id }) => id);
  else if (draft.mode === 'forward') for (const step of waiting) startStep(draft, step);
}

/** Begins what may begin; passes from stage to stage while nothing is under way. */
function goForward(draft: Draft): void {
  while (draft.mode === 'forward') {
    const stage = draft.stages[draft.stage];
    if (stage === undefined) return arrive(draft);
    if (draft.held) return;
    if (draft.begun.length === 0) enter(draft, stage);
    for (let step = nextStep(draft, stage); step !== undefined; step = nextStep(draft, stage)) startStep(draft, step);
    if (draft.open.length > 0) return;
    leave(draft, stage);
    if (draft.blocked !== undefined) return stop(draft, { cancelled: false, error: draft.blocked });
  }
}

/** The next step of the stage that may begin now; those that can not begin any more are skipped on the way. */
function nextStep(draft: Draft, { steps, parallel }: Stage): Step | undefined {
  const begun = new Set(draft.begun);
  for (const step of steps) {
    if (begun.has(step.id)) continue;
    const missing = step.needs?.find((id) => draft.missed.includes(id));
    if (missing !== undefined) skip(draft, step, missing);
    else if (draft.open.length < Math.max(1, parallel) && !isAwaiting(draft, step)) return step;
  }
  return undefined;
}

/** A step of the same stage that it needs has not begun, or is under way. */
function isAwaiting({ stages, stage, begun, open }: Draft, { needs = [] }: Step): boolean {
  if (needs.length === 0) return false;
  const ids = stages[stage]?.steps.map(({ id }) => id) ?? [];
  return needs.some((id) => ids.includes(id) && (!begun.includes(id) || open.some(({ step }) => step.id === id)));
}

function skip(draft: Draft, step: Step, needs: string): void {
  draft.begun = [...draft.begun, step.id];
  draft.missed = [...draft.missed, step.id];
  emit(draft, { type: 'step-skipped', step, needs });
}

/** Nothing is compensated any more as soon as the final stage begins. */
function enter(draft: Draft, { phase, final }: Stage): void {
  if (draft.stages[draft.stage - 1]?.phase !== phase) emit(draft, { type: 'phase-started', phase });
  if (!final || draft.final) return;
  draft.final = true;
  draft.pending = [];
}

function leave(draft: Draft, { phase, reached }: Stage): void {
  draft.stage += 1;
  draft.begun = [];
  if (draft.blocked === undefined && reached !== undefined) draft.reached = { ...draft.reached, ...reached };
  // A check that refuses ends its phase, whatever would have come after it.
  if (draft.blocked === undefined && draft.stages[draft.stage]?.phase === phase) return;
  if (!draft.missed.includes(phase)) emit(draft, { type: 'phase-done', phase });
  emitSides(draft);
}

/** Begins a step, or begins it again after a `resume`. */
function startStep(draft: Draft, step: Step): void {
  if (!draft.begun.includes(step.id)) draft.begun = [...draft.begun, step.id];
  if (step.id !== step.phase) emit(draft, { type: 'step-started', step });
  draft.short = draft.short.filter((id) => id !== step.id);
  execute(draft, replace(draft, { step, action: 0, waiting: false }));
}

/** Does the action the step is at. Its compensation is pending from before it begins: its outcome may stay unknown. */
function execute(draft: Draft, open: OpenStep): void {
  const action = open.step.actions[open.action];
  if (action === undefined) return endStep(draft, open);
  const { table, facts, pending } = draft;
  const row = table.actions[action.name];
  const name = typeof row?.compensation === 'function' ? row.compensation(facts) : row?.compensation;
  const step = open.step.id;
  if (name !== undefined && !pending.some((one) => one.step === step && one.name === name)) {
    const title = table.compensations[name]?.title(facts, action.item) ?? name;
    draft.pending = [...pending, { step, name, item: action.item, title }];
  }
  draft.commands.push({ do: 'execute', step: open.step, action, cancellable: row?.always !== true && !draft.final });
}

/** After a problem, and when the run is stopping, only what is always done is left of the step. */
function actionEnded(draft: Draft, event: Extract<RunHappening, { step: string }>): void {
  const open = draft.open.find(({ step, waiting }) => step.id === event.step && !waiting);
  const ended = open?.step.actions[open.action];
  if (open === undefined || ended === undefined) return;
  let problem = open.problem;
  if (event.type === 'done') learn(draft, ended.name, event);
  else {
    // What failed counts more than that it was cancelled; the first failure is the one to report.
    const failed = event.type === 'failed' || draft.final;
    problem = { error: problem?.error ?? (failed ? event.error : undefined) };
    // Somebody else cancelled it, such as an operator a child workflow: as if the run was cancelled.
    if (!failed && draft.mode === 'forward') stopping(draft, { cancelled: true, error: event.error });
  }
  const { actions } = open.step;
  const isOver = problem !== undefined || draft.mode !== 'forward';
  const isAlways = (name: string): boolean => draft.table.actions[name]?.always === true;
  const following = actions.findIndex(({ name }, index) => index > open.action && (!isOver || isAlways(name)));
  const at = following === -1 ? actions.length : following;
  if (at > open.action + 1) problem ??= { error: undefined };
  const next = { step: open.step, action: at, waiting: false, ...(problem === undefined ? {} : { problem }) };
  execute(draft, replace(draft, next));
  if (draft.mode === 'forward') goForward(draft);
  else if (draft.mode === 'stopping' && draft.open.length === 0) startCompensating(draft);
}

/** Takes over what an action found. */
function learn(draft: Draft, name: string, result: ActionResult & { readonly step: string }): void {
  const { supersedes, opensReport = false } = draft.table.actions[name] ?? {};
  if (supersedes !== undefined) {
    if (result.abandoned === true) draft.abandoned = [...draft.abandoned, supersedes];
    draft.pending = draft.pending.filter(({ name: one }) => one !== supersedes);
  }
  if (opensReport) draft.canReport = true;
  if (result.short === true) draft.short = [...draft.short, result.step];
  if (result.blocked !== undefined && draft.mode === 'forward') draft.blocked = result.blocked;
  if (result.incomplete !== undefined) draft.incomplete = result.incomplete;
  if (result.ending !== undefined) draft.conclusion = result.ending;
  if (result.facts === undefined) return;
  draft.facts = result.facts;
  draft.stages = draft.table.stages(draft.facts);
}

function endStep(draft: Draft, { step, problem }: OpenStep): void {
  const isOwnLine = step.id !== step.phase;
  const error = problem?.error;
  const waits = error !== undefined && step.onFailure === 'waits' && draft.mode === 'forward' && !draft.final;
  if (isOwnLine || waits) emit(draft, stepEvent(step, problem));
  if (waits) {
    emit(draft, { type: 'step-waiting', step });
    return void replace(draft, { step, action: 0, waiting: true, problem: { error } });
  }
  draft.open = draft.open.filter((open) => open.step.id !== step.id);
  if (error === undefined) return;
  if (step.onFailure === 'noted' && draft.mode === 'forward') note(draft, step, error);
  else if (draft.final) endShort(draft, step, error);
  else if (draft.mode === 'forward') stop(draft, { cancelled: false, error });
}

/** The run goes on without it, and without what needs it. */
function note(draft: Draft, { id, phase }: Step, error: ErrorDetail): void {
  draft.missed = [...draft.missed, id];
  if (id === phase) emit(draft, { type: 'phase-failed', phase, error });
}

function stepEvent(step: Step, problem: OpenStep['problem']): MachineEvent {
  if (problem === undefined) return { type: 'step-done', step };
  return problem.error === undefined
    ? { type: 'step-cancelled', step }
    : { type: 'step-failed', step, error: problem.error };
}

/** A failure past the point of no return: nothing is compensated, and the run is partial. */
function endShort(draft: Draft, { phase }: Step, error: ErrorDetail): void {
  emit(draft, { type: 'phase-failed', phase, error });
  draft.short = [...draft.short, phase];
  arrive(draft);
}

function replace(draft: Draft, open: OpenStep): OpenStep {
  const index = draft.open.findIndex(({ step }) => step.id === open.step.id);
  draft.open = index === -1 ? [...draft.open, open] : draft.open.with(index, open);
  return open;
}
