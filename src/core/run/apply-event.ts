import type { ErrorDetail } from '../errors.ts';
import type { RunEvent, StepInfo } from './events.ts';
import { parseInstant } from './instant.ts';
import { advance } from './progress.ts';
import { movesVolume, volumesTogether } from './volumes-together.ts';
import { isOver, type RunView, type StepView, type UndoView } from './view.ts';

/** Errors a view keeps; the report has all of them. */
const errorsMax = 200;
/** A wait that was not confirmed for so long is over as soon as progress is reported. */
const waitFreshMs = 5_000;

/**
 * The view after one more event. Pure and total: events in any order, twice, or of types of later versions never
 * throw; what makes no sense (progress of a finished step) changes nothing.
 */
export function applyEvent(view: RunView, event: RunEvent): RunView {
  const at = parseInstant(event.time) ?? view.lastAt ?? 0;
  const next: RunView = {
    ...view,
    run: view.run === '' ? event.run : view.run,
    seq: Math.max(view.seq, event.seq),
    startedAt: view.startedAt ?? at,
    lastAt: Math.max(view.lastAt ?? at, at),
  };
  switch (event.type) {
    case 'hello':
      return {
        ...next,
        kind: event.kind,
        name: event.name,
        sourceName: event.source,
        targetName: event.target,
        plan: event.plan ?? '',
        file: event.file ?? '',
        phases: event.phases,
      };
    case 'object':
      return { ...next, objects: countObject(next.objects, event.outcome) };
    case 'finding':
      return { ...next, findings: [...next.findings, event] };
    case 'approval':
      return { ...next, approvals: new Map(next.approvals).set(event.gate, event) };
    case 'side':
      return { ...next, sides: { source: event.source, target: event.target }, undoSeconds: event.undoSeconds };
    case 'undo.started':
    case 'undo.done':
    case 'undo.failed':
      return applyUndo(next, event, at);
    case 'result':
      return withError({ ...next, result: event }, event.error);
    case 'log':
      return next;
    default:
      return 'step' in event && isStepType(event.type) ? applyStep(next, event, at) : next;
  }
}

type StepChange = Extract<RunEvent, { type: `step.${string}` }>;
type UndoChange = Extract<RunEvent, { type: `undo.${string}` }>;

function isStepType(type: string): type is StepChange['type'] {
  return type.startsWith('step.');
}

function applyStep(view: RunView, event: StepChange, at: number): RunView {
  const before = view.steps.get(event.step.id);
  const after = changeStep(before ?? newStep(event.step, at), event, at);
  if (after === before) return view;
  const next = withVolumes({ ...view, steps: new Map(view.steps).set(after.id, after) }, after, at);
  return event.type === 'step.failed' ? withError(next, event.error) : next;
}

/** The phase of the volumes reports how far all of them are together. */
function withVolumes(view: RunView, changed: StepView, at: number): RunView {
  const phase = view.steps.get('volumes');
  const together = phase === undefined || isOver(phase) || !movesVolume(changed) ? undefined : volumesTogether(view);
  if (phase === undefined || together === undefined) return view;
  const progress = advance(phase.progress, together, at);
  return { ...view, steps: new Map(view.steps).set(phase.id, { ...phase, progress, lastEventAt: at }) };
}

function changeStep(step: StepView, event: StepChange, at: number): StepView {
  switch (event.type) {
    case 'step.started':
      return startStep(step, event, at);
    case 'step.done':
      return {
        ...endStep(step, at, event.durationMs),
        state: 'done',
        counts: event.counts,
        note: event.note ?? '',
        error: undefined,
      };
    case 'step.skipped':
      return { ...endStep(step, at, 0), state: 'skipped', note: event.reason };
    case 'step.failed':
      return { ...endStep(step, at, event.durationMs), state: 'failed', error: event.error };
    case 'step.waiting':
    case 'step.retry':
      // A failed step may wait for a person, or be tried again; nothing happens any more to one that is done.
      return step.state === 'done' || step.state === 'skipped' ? step : changeRunning(step, event, at);
    case 'step.progress':
      return isOver(step) ? step : changeRunning(step, event, at);
    default:
      return step;
  }
}

function changeRunning(
  step: StepView,
  event: Extract<StepChange, { type: 'step.progress' | 'step.waiting' | 'step.retry' }>,
  at: number
): StepView {
  const running = { ...step, startedAt: step.startedAt ?? at, lastEventAt: at, durationMs: undefined };
  switch (event.type) {
    case 'step.progress': {
      const { done, total, unit, totalIsEstimate, note = '', files } = event;
      const reported = { done, total, unit, totalIsEstimate, note, ...(files === undefined ? {} : { files }) };
      const progress = advance(step.progress, reported, at);
      const moved = progress.done > (step.progress?.done ?? 0);
      // The same value reported again is no news: it may be an old heartbeat.
      const lastEventAt = moved || note !== (step.progress?.note ?? '') ? at : step.lastEventAt;
      const stillWaits = step.waiting !== undefined && !moved && at - step.waiting.seenAt < waitFreshMs;
      if (stillWaits) return { ...running, lastEventAt, progress };
      return { ...running, lastEventAt, progress, state: 'running', waiting: undefined, retry: undefined };
    }
    case 'step.waiting': {
      const reported = parseInstant(event.since) ?? at;
      const same = step.waiting?.kind === event.waitingFor.kind && step.waiting.ref === event.waitingFor.ref;
      const since = same ? Math.min(step.waiting?.since ?? reported, reported) : reported;
      const waiting = {
        ...event.waitingFor,
        since,
        deadline: parseInstant(event.deadline),
        afterwards: event.then,
        seenAt: at,
      };
      return { ...running, state: 'waiting', waiting, retry: undefined };
    }
    case 'step.retry': {
      const { attempt, attemptsMax, error } = event;
      const again = step.retry?.attempt === attempt;
      const retry = { attempt, attemptsMax, error, nextAt: parseInstant(event.nextAt) ?? at };
      return { ...running, state: 'retrying', retry, waiting: undefined, retries: step.retries + (again ? 0 : 1) };
    }
  }
}

/** A step that starts again keeps its progress (it goes on at its cursor), unless it had come to a good end. */
function startStep(step: StepView, event: Extract<StepChange, { type: 'step.started' }>, at: number): StepView {
  const fresh = step.state === 'done' || step.state === 'skipped';
  return {
    ...step,
    title: event.step.title,
    state: 'running',
    lastEventAt: at,
    startedAt: fresh ? at : (step.startedAt ?? at),
    durationMs: undefined,
    attempt: event.attempt ?? step.attempt,
    progress: fresh ? undefined : step.progress,
    waiting: undefined,
    retry: undefined,
    undo: event.undo ?? step.undo,
    error: undefined,
  };
}

function endStep(step: StepView, at: number, durationMs: number): StepView {
  const startedAt = step.startedAt ?? at - durationMs;
  return { ...step, startedAt, lastEventAt: at, durationMs, waiting: undefined, retry: undefined };
}

function newStep(step: StepInfo, at: number): StepView {
  return {
    id: step.id,
    phase: step.phase,
    parent: step.parent === step.id ? '' : step.parent,
    title: step.title,
    state: 'queued',
    startedAt: undefined,
    lastEventAt: at,
    durationMs: undefined,
    attempt: 1,
    retries: 0,
    progress: undefined,
    waiting: undefined,
    retry: undefined,
    counts: {},
    note: '',
    undo: '',
    error: undefined,
  };
}

function applyUndo(view: RunView, event: UndoChange, at: number): RunView {
  const before = view.undo.get(event.step.id);
  const state: UndoView['state'] =
    event.type === 'undo.started' ? 'running' : event.type === 'undo.done' ? 'done' : 'failed';
  const startedAt = before?.startedAt ?? at;
  const error = event.type === 'undo.failed' ? event.error : undefined;
  const durationMs = state === 'running' ? undefined : Math.max(0, at - startedAt);
  const entry: UndoView = { id: event.step.id, title: event.title, state, startedAt, durationMs, error };
  // What its heartbeats said of it is over with it.
  const steps = new Map(view.steps);
  if (state !== 'running') steps.delete(entry.id);
  return withError({ ...view, steps, undo: new Map(view.undo).set(entry.id, entry) }, error);
}

function withError(view: RunView, error: ErrorDetail | undefined): RunView {
  if (error === undefined || view.errors.length >= errorsMax) return view;
  const known = view.errors.some((one) => one.code === error.code && one.what === error.what && one.ref === error.ref);
  return known ? view : { ...view, errors: [...view.errors, error] };
}

/** `applied` counts the changed ones too, as the report does. */
function countObject(counts: RunView['objects'], outcome: string): RunView['objects'] {
  switch (outcome) {
    case 'applied':
      return { ...counts, applied: counts.applied + 1 };
    case 'changed':
      return { ...counts, applied: counts.applied + 1, changed: counts.changed + 1 };
    case 'excluded':
      return { ...counts, excluded: counts.excluded + 1 };
    case 'failed':
      return { ...counts, failed: counts.failed + 1 };
    default:
      return counts;
  }
}
