import type { ErrorDetail } from '../errors.ts';
import type { Counts, Finding, ResultEvent, SideState, StepInfo, WaitingFor } from './events.ts';
import type { ProgressView } from './progress.ts';

export type StepState = 'queued' | 'running' | 'waiting' | 'retrying' | 'done' | 'skipped' | 'failed';

export interface WaitView extends WaitingFor {
  readonly since: number;
  /** Undefined = for ever. */
  readonly deadline: number | undefined;
  /** What happens when the deadline passes. */
  readonly afterwards: string;
  /** When the wait was last confirmed. */
  readonly seenAt: number;
}

export interface RetryView {
  readonly attempt: number;
  readonly attemptsMax: number;
  readonly nextAt: number;
  readonly error: ErrorDetail;
}

/** One step as it is now. Times are milliseconds since 1970, taken from the events. */
export interface StepView extends StepInfo {
  readonly state: StepState;
  readonly startedAt: number | undefined;
  /** When the last event about it came that said something new. */
  readonly lastEventAt: number;
  readonly durationMs: number | undefined;
  readonly attempt: number;
  /** Retries so far, and the code of the last one. */
  readonly retries: number;
  readonly progress: ProgressView | undefined;
  readonly waiting: WaitView | undefined;
  readonly retry: RetryView | undefined;
  readonly counts: Counts;
  readonly note: string;
  readonly undo: string;
  readonly error: ErrorDetail | undefined;
}

export interface UndoView {
  readonly id: string;
  readonly title: string;
  readonly state: 'running' | 'done' | 'failed';
  readonly startedAt: number;
  readonly durationMs: number | undefined;
  readonly error: ErrorDetail | undefined;
}

interface ApprovalView {
  readonly gate: string;
  readonly planHash: string;
  readonly state: string;
  readonly by: string;
  readonly expiresAt: string;
}

/** Everything a renderer draws from. Built by `applyEvent` alone; plain data, never changed in place. */
export interface RunView {
  readonly run: string;
  readonly kind: string;
  readonly name: string;
  readonly sourceName: string;
  readonly targetName: string;
  readonly plan: string;
  readonly file: string;
  readonly seq: number;
  readonly startedAt: number | undefined;
  readonly lastAt: number | undefined;
  readonly phases: readonly string[];
  /** In order of first appearance. */
  readonly steps: ReadonlyMap<string, StepView>;
  readonly undo: ReadonlyMap<string, UndoView>;
  readonly objects: {
    readonly applied: number;
    readonly changed: number;
    readonly excluded: number;
    readonly failed: number;
  };
  readonly findings: readonly Finding[];
  readonly approvals: ReadonlyMap<string, ApprovalView>;
  readonly sides: { readonly source: SideState | undefined; readonly target: SideState | undefined };
  readonly undoSeconds: number | undefined;
  readonly errors: readonly ErrorDetail[];
  readonly result: ResultEvent | undefined;
}

/** The view before the first event. */
export const emptyView: RunView = {
  run: '',
  kind: '',
  name: '',
  sourceName: '',
  targetName: '',
  plan: '',
  file: '',
  seq: 0,
  startedAt: undefined,
  lastAt: undefined,
  phases: [],
  steps: new Map(),
  undo: new Map(),
  objects: { applied: 0, changed: 0, excluded: 0, failed: 0 },
  findings: [],
  approvals: new Map(),
  sides: { source: undefined, target: undefined },
  undoSeconds: undefined,
  errors: [],
  result: undefined,
};

const depthMax = 8;

/**
 * Children by parent id in order of appearance; '' has the phases. A step whose parent never appeared, or that leads
 * round in a circle, hangs on its phase, so that every step is somewhere.
 */
export function stepTree(view: RunView): ReadonlyMap<string, readonly StepView[]> {
  const tree = new Map<string, StepView[]>();
  for (const step of view.steps.values()) {
    const parent = reachesTop(view, step) ? step.parent : step.id === step.phase ? '' : step.phase;
    const siblings = tree.get(parent);
    if (siblings === undefined) tree.set(parent, [step]);
    else siblings.push(step);
  }
  return tree;
}

function reachesTop(view: RunView, step: StepView): boolean {
  let parent = step.parent;
  for (let depth = 0; depth < depthMax && parent !== ''; depth += 1) {
    const next = view.steps.get(parent);
    if (next === undefined) return false;
    parent = next.parent;
  }
  return parent === '';
}

/** True for steps that a renderer must always show: they need somebody's eye. */
export function isPressing(step: StepView): boolean {
  return step.state === 'failed' || step.state === 'waiting' || step.state === 'retrying';
}

/** True when nothing more will happen to the step. */
export function isOver(step: StepView): boolean {
  return step.state === 'done' || step.state === 'skipped' || step.state === 'failed';
}
