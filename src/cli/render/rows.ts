import { formatDuration } from '../../core/run/format.ts';
import {
  isOver,
  isPressing,
  stepTree,
  type RunView,
  type StepState,
  type StepView,
  type UndoView,
} from '../../core/run/view.ts';
import { span, type Appearance, type Span } from './style.ts';
import { amountText, stepText, type StepText } from './step-text.ts';

/** In which order rows are dropped when the height does not do: the highest goes first, `keep` goes last of all. */
export const dropOrder = { keep: 0, pressing: 1, running: 2, phase: 3, detail: 4, queued: 5, finished: 6 } as const;
type DropOrder = (typeof dropOrder)[keyof typeof dropOrder];

/** One line of the body before it is fitted into the width. */
export interface Row {
  /** Who counts it when it is hidden; '' = the run. */
  readonly group: string;
  readonly depth: number;
  readonly state: StepState;
  readonly name: string;
  readonly time: string;
  readonly text: StepText;
  readonly dropOrder: DropOrder;
}

interface Build {
  readonly view: RunView;
  readonly tree: ReadonlyMap<string, readonly StepView[]>;
  readonly now: number;
  readonly appearance: Appearance;
}

const depthMax = 8;

/** Every row of a run in its order: phases, and the children of those that are not finished. */
export function bodyRows(view: RunView, now: number, appearance: Appearance): Row[] {
  const build: Build = { view, tree: stepTree(view), now, appearance };
  return [...phasesOf(view).flatMap((phase) => phaseRows(build, phase)), ...undoRows(build)];
}

/** The phases of a run in order, with those that came unannounced. */
export function phasesOf(view: RunView): string[] {
  const seen = new Set(view.phases);
  for (const step of view.steps.values()) seen.add(step.phase);
  seen.delete('undo');
  return [...seen];
}

/** State of a phase: that of its own step, else what its children make likely. */
export function phaseState(view: RunView, phase: string): StepState {
  const own = view.steps.get(phase);
  if (own !== undefined) return own.state;
  const children = [...view.steps.values()].filter((step) => step.phase === phase);
  if (children.some((step) => step.state === 'failed')) return 'failed';
  return children.some((step) => step.state !== 'queued') ? 'running' : 'queued';
}

function phaseRows(build: Build, phase: string): Row[] {
  const { view, now, appearance } = build;
  const own = [...(build.tree.get('') ?? [])].filter((step) => step.phase === phase && step.id === phase);
  const others = [...(build.tree.get('') ?? [])].filter((step) => step.phase === phase && step.id !== phase);
  const step = own[0];
  const children = [...others, ...(build.tree.get(phase) ?? [])];
  const state = phaseState(view, phase);
  const pending = view.result === undefined ? 'queued' : 'not run';
  const running = state === 'running';
  const text: StepText =
    step === undefined
      ? { main: [span(running ? 'running' : pending, running ? 'active' : 'dim')], rates: [], details: [] }
      : withChildren(stepText(step, now, appearance), step, children);
  const active = state === 'running' || state === 'waiting' || state === 'retrying' || state === 'failed';
  const row: Row = {
    group: '',
    depth: 0,
    state,
    name: phase,
    time: step === undefined ? '' : timeOf(step, now),
    text,
    dropOrder: active ? dropOrder.keep : dropOrder.phase,
  };
  return [
    row,
    ...childRows(build, { children, group: phase, depth: 1, folded: state === 'done' || state === 'skipped' }),
  ];
}

interface Children {
  readonly children: readonly StepView[];
  readonly group: string;
  readonly depth: number;
  /** Under a finished parent only what needs an eye is shown. */
  readonly folded: boolean;
}

function childRows(build: Build, { children, group, depth, folded }: Children): Row[] {
  if (depth > depthMax) return [];
  return children.flatMap((step) => {
    if (folded && !isPressing(step)) return [];
    const inner = build.tree.get(step.id) ?? [];
    const row: Row = {
      group,
      depth,
      state: step.state,
      name: step.title === '' ? step.id : step.title,
      time: timeOf(step, build.now),
      text: withChildren(stepText(step, build.now, build.appearance), step, inner),
      dropOrder: rank(step),
    };
    const next = { children: inner, group: step.id, depth: depth + 1, folded: isOver(step) && step.state !== 'failed' };
    return [row, ...childRows(build, next)];
  });
}

function rank(step: StepView): DropOrder {
  if (isPressing(step)) return dropOrder.pressing;
  if (isOver(step)) return dropOrder.finished;
  return step.state === 'queued' ? dropOrder.queued : dropOrder.running;
}

/** `4 of 6 done` for a step with children; what it reports itself of all of them together stands behind it. */
function withChildren(text: StepText, step: StepView, children: readonly StepView[]): StepText {
  if (step.state !== 'running' || children.length === 0) return text;
  if (children.length === 1 && step.progress === undefined) return { ...text, rates: [] };
  const done = children.filter((child) => child.state === 'done').length;
  const main = [span(`${done} of ${children.length} done`)];
  if (step.progress === undefined) return { ...text, main, rates: [] };
  const { rates, details } = text;
  return { main: [...main, span(`   ${amountText(step.progress)}`)], rates, details };
}

function undoRows(build: Build): Row[] {
  const entries = [...build.view.undo.values()];
  if (entries.length === 0) return [];
  const failed = entries.filter((entry) => entry.state === 'failed').length;
  const running = entries.some((entry) => entry.state === 'running');
  const done = entries.filter((entry) => entry.state === 'done').length;
  const state: StepState = running ? 'running' : failed > 0 ? 'failed' : 'done';
  const main: Span[] = [span(`${done} undone`), ...(failed > 0 ? [span(`, ${failed} NOT UNDONE`, 'bad')] : [])];
  const head: Row = {
    group: '',
    depth: 0,
    state,
    name: 'undo',
    time: formatDuration(undoEnd(entries, build.now) - (entries[0]?.startedAt ?? build.now)),
    text: { main, rates: [], details: [] },
    dropOrder: dropOrder.keep,
  };
  return [head, ...entries.map((entry) => undoRow(entry, build))];
}

function undoRow(entry: UndoView, { view, now, appearance }: Build): Row {
  const step = entry.state === 'running' ? view.steps.get(entry.id) : undefined;
  // What it waits for, and until when, as of every other step.
  if (step !== undefined && isPressing(step)) {
    const time = formatDuration(now - entry.startedAt);
    const text = stepText(step, now, appearance);
    return { group: 'undo', depth: 1, state: step.state, name: entry.title, time, text, dropOrder: dropOrder.pressing };
  }
  const failed = entry.state === 'failed';
  const words = {
    running: span('undoing', 'active'),
    done: span('undone', 'good'),
    failed: span(`NOT UNDONE ${entry.error?.code ?? ''}`, 'bad'),
  };
  return {
    group: 'undo',
    depth: 1,
    state: entry.state,
    name: entry.title,
    time: formatDuration(entry.durationMs ?? now - entry.startedAt),
    text: { main: [words[entry.state]], rates: [], details: entry.error === undefined ? [] : [entry.error.what] },
    dropOrder: failed ? dropOrder.pressing : entry.state === 'running' ? dropOrder.running : dropOrder.finished,
  };
}

function undoEnd(entries: readonly UndoView[], now: number): number {
  const ends = entries.map((entry) => (entry.durationMs === undefined ? now : entry.startedAt + entry.durationMs));
  return Math.max(...ends);
}

function timeOf(step: StepView, now: number): string {
  if (step.state === 'queued' || step.startedAt === undefined) return '';
  return formatDuration(step.durationMs ?? now - step.startedAt);
}
