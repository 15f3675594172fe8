import { formatDuration } from '../../core/run/format.ts';
import type { RunEvent } from '../../core/run/events.ts';
import type { ProgressView } from '../../core/run/progress.ts';
import type { RunView, StepView, WaitView } from '../../core/run/view.ts';
import { eventLine, progressText, type EventLine } from './event-line.ts';
import type { Sink } from './sink.ts';
import { amountText, formatMoment } from './step-text.ts';
import { clean } from './width.ts';
import type { Writer } from './writer.ts';

const firstProgressMs = 10_000;
const progressEveryMs = 60_000;
const progressPoints = 5;

export interface LinesOptions {
  readonly sink: Sink;
  /** Folds phases into groups of GitHub Actions. */
  readonly github: boolean;
  /** For screen readers: whole sentences, and one every 30 s while nothing else is said. */
  readonly accessible: boolean;
}

interface Reported {
  readonly at: number;
  readonly percent: number;
}

interface State {
  readonly progress: Map<string, Reported>;
  readonly waits: Map<string, { readonly key: string; readonly at: number }>;
  readonly retries: Map<string, string>;
  lastLineAt: number;
  group: string;
}

/**
 * One self-contained line for each change of state (T9), for logs and screen readers: UTC time, run, step, word, rest.
 * Progress when it moved by 5 points or a minute passed; a wait again every minute; never a bare dot, never silence
 * for longer than a minute.
 */
export function linesWriter(options: LinesOptions): Writer {
  const state: State = { progress: new Map(), waits: new Map(), retries: new Map(), lastLineAt: 0, group: '' };
  const put = (at: number, view: RunView, line: EventLine): void => {
    state.lastLineAt = at;
    const name = clean(line.step).padEnd(10);
    const head = `${isoSeconds(at)} ${clean(view.run)} ${name} ${line.word.padEnd(9)}`;
    options.sink.write(`${`${head} ${clean(line.text)}`.trimEnd()}\n`);
  };
  return {
    event(event, view) {
      const at = view.lastAt ?? 0;
      if (options.github) openGroup(options.sink, state, event);
      const line = reported(event, state, at) ? eventLine(event) : undefined;
      if (line !== undefined) put(at, view, line);
      if (event.type === 'step.progress' || event.type === 'step.waiting') {
        const step = view.steps.get(event.step.id);
        const beat = step === undefined ? undefined : beatOf(step, state, at);
        if (beat !== undefined) put(at, view, beat);
      }
      if (options.github) closeGroup(options.sink, state, event);
    },
    tick(now, view) {
      if (view.result !== undefined) return;
      for (const step of view.steps.values()) {
        const beat = beatOf(step, state, now);
        if (beat !== undefined) put(now, view, beat);
      }
      if (state.lastLineAt === 0 || now - state.lastLineAt < (options.accessible ? 30_000 : progressEveryMs)) return;
      const still = stillLine(view, now, options.accessible);
      if (still !== undefined) put(now, view, still);
    },
    end() {
      if (state.group !== '') options.sink.write('::endgroup::\n');
      state.group = '';
    },
  };
}

/** A retry is printed once for each attempt, however often it is repeated. */
function reported(event: RunEvent, state: State, at: number): boolean {
  if (event.type === 'step.started') state.progress.set(event.step.id, { at, percent: 0 });
  if (event.type !== 'step.retry') return true;
  const key = `${event.attempt} ${event.error.code}`;
  if (state.retries.get(event.step.id) === key) return false;
  state.retries.set(event.step.id, key);
  return true;
}

/** The line about a running or waiting step that is due, if any. */
function beatOf(step: StepView, state: State, now: number): EventLine | undefined {
  const { id, waiting } = step;
  if (step.state === 'waiting' && waiting !== undefined) return waitBeat({ id, waiting }, state, now);
  state.waits.delete(id);
  if (step.state !== 'running' || step.progress === undefined) return undefined;
  const last = state.progress.get(id);
  const since = now - (last?.at ?? step.startedAt ?? now);
  if (last === undefined || !isDue(step.progress, last, { since, first: last.percent === 0 })) {
    if (last === undefined) state.progress.set(id, { at: step.startedAt ?? now, percent: 0 });
    return undefined;
  }
  state.progress.set(id, { at: now, percent: step.progress.percent });
  return { step: id, word: 'progress', text: progressText(step.progress, now) };
}

function isDue(
  progress: ProgressView,
  last: Reported,
  time: { readonly since: number; readonly first: boolean }
): boolean {
  if (time.since < firstProgressMs && time.first) return false;
  if (time.first && progress.percent > 0) return true;
  return time.since >= progressEveryMs || progress.percent - last.percent >= progressPoints;
}

interface WaitingStep {
  readonly id: string;
  readonly waiting: WaitView;
}

function waitBeat({ id, waiting }: WaitingStep, state: State, now: number): EventLine | undefined {
  const key = `${waiting.kind} ${waiting.ref} ${waiting.condition}`;
  const last = state.waits.get(id);
  const changed = last?.key !== key;
  if (!changed && now - last.at < progressEveryMs) return undefined;
  state.waits.set(id, { key, at: now });
  const what = `${waiting.kind} ${waiting.ref}${waiting.condition === '' ? '' : `: ${waiting.condition}`}`;
  if (!changed)
    return { step: id, word: 'waiting', text: `${formatDuration(now - waiting.since)} ${what} (no change)` };
  // One word each: a moment of another day has its date before the clock.
  const moment = (ms: number): string => formatMoment(ms, now).replace(' ', 'T');
  const until = waiting.deadline === undefined ? 'until=never' : `until=${moment(waiting.deadline)}`;
  const then = waiting.afterwards === '' ? '' : ` then: ${waiting.afterwards}`;
  return { step: id, word: 'waiting', text: `${what} since=${moment(waiting.since)} ${until}${then}` };
}

/** What a long silence is broken with. */
function stillLine(view: RunView, now: number, accessible: boolean): EventLine | undefined {
  const busy = [...view.steps.values()].filter((step) => step.state === 'running' || step.state === 'retrying');
  const step = busy.at(-1);
  if (step === undefined) return undefined;
  const took = formatDuration(now - (step.startedAt ?? now));
  const amount = step.progress === undefined ? '' : amountText(step.progress);
  if (!accessible) return { step: step.id, word: 'running', text: `${took} ${amount}`.trim() };
  const how = amount === '' ? '' : `, ${amount}`;
  return { step: step.id, word: 'running', text: `Still working on ${step.title} after ${took}${how}.` };
}

function openGroup(sink: Sink, state: State, event: RunEvent): void {
  if (event.type !== 'step.started' || event.step.parent !== '' || event.step.id === state.group) return;
  if (state.group !== '') sink.write('::endgroup::\n');
  state.group = event.step.id;
  sink.write(`::group::${clean(event.step.id)}: ${clean(event.step.title)}\n`);
}

function closeGroup(sink: Sink, state: State, event: RunEvent): void {
  const over = event.type === 'step.done' || event.type === 'step.failed' || event.type === 'step.skipped';
  if (!over || event.step.id !== state.group) return;
  state.group = '';
  sink.write('::endgroup::\n');
}

function isoSeconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
