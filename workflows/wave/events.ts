import type { ErrorDetail } from '../../src/core/errors.ts';
import type { ResultEvent, StepInfo } from '../../src/core/run/events.ts';
import { exitCodeOf } from '../../src/core/run/exit-code.ts';
import { isBad, isOpen } from '../../src/core/wave/schedule.ts';
import { purposeOf } from '../../src/core/wave/wave.ts';
import type { WaveItem, WavePurpose } from '../../src/core/wave/wave.ts';
import type { WaveRun } from './run.ts';

const titles: Readonly<Record<WavePurpose, string>> = {
  move: 'move namespaces',
  'dry-run': 'dry run of namespaces',
  plan: 'plan namespaces',
};

/** Said at the beginning: a wave that moves nothing looks like one that moves. */
const reminders: Readonly<Record<WavePurpose, string>> = {
  move: '',
  'dry-run': 'this is a dry run: nothing is moved',
  plan: 'every namespace is only planned: nothing is moved',
};

function phaseOf({ input }: WaveRun): StepInfo {
  return { id: 'wave', phase: 'wave', parent: '', title: titles[purposeOf(input)] };
}

/** The first events of a part. */
export function emitHello(run: WaveRun): void {
  const { spec } = run.input;
  const names = (side: 'source' | 'target'): string =>
    [...new Set(spec.migrations.map((one) => one[side].name))].join(', ');
  run.journal.emit({
    type: 'hello',
    kind: 'wave',
    name: spec.name,
    schemaMinor: 0,
    source: names('source'),
    target: names('target'),
    phases: ['wave'],
  });
  const message = reminders[purposeOf(run.input)];
  if (message !== '') run.journal.emit({ type: 'log', level: 'info', message, fields: {} });
  run.journal.emit({ type: 'step.started', step: phaseOf(run) });
}

/** A later part, and a wave that continues another, says where it stands; every item is in the answer to the query. */
export function emitGoesOn(run: WaveRun): void {
  const { continues = '' } = run.input;
  const ended = run.items.filter((item) => !isOpen(item));
  const begins = run.parts === 0;
  run.journal.emit({
    type: 'log',
    level: 'info',
    message: begins ? `continues wave ${continues}` : 'the wave goes on in a new part of its history',
    fields: begins
      ? { arrived: ended.length, again: run.items.length - ended.length }
      : { part: run.parts + 1, ended: ended.length, bad: ended.filter(isBad).length, of: run.items.length },
  });
}

/** Emits the start of a group once, with its first member. */
export function groupStarted(run: WaveRun, index: number): void {
  const { group } = run.items[index] as WaveItem;
  if (run.groups.has(group)) return;
  run.groups.set(group, Date.now());
  run.journal.emit({ type: 'step.started', step: groupStep(run, group) });
}

/** Emits the end of a group with its last member. */
export function groupEnded(run: WaveRun, index: number): void {
  const { group } = run.items[index] as WaveItem;
  const members = run.items.filter((item) => item.group === group);
  const startedMs = run.groups.get(group);
  if (startedMs === undefined || members.some(isOpen)) return;
  const bad = members.filter(isBad).length;
  run.journal.emit({
    type: 'step.done',
    step: groupStep(run, group),
    durationMs: Date.now() - startedMs,
    counts: { namespaces: members.length, failed: bad },
  });
}

export function itemStarted(run: WaveRun, index: number): void {
  const { attempts } = run.items[index] as WaveItem;
  run.journal.emit({ type: 'step.started', step: itemStep(run, index), attempt: attempts });
}

/** What is to be looked at of a run that came to its end and not well. */
const partial: Readonly<Record<WavePurpose, string>> = {
  move: 'PARTIAL: landfall report',
  'dry-run': 'NOT ALL ACCEPTED: landfall report',
  plan: 'BLOCKED: landfall plan show',
};

export function itemDone(run: WaveRun, index: number): void {
  const { startedMs, endedMs, run: id, state } = run.items[index] as WaveItem;
  const note = state === 'done' ? id : `${id}, ${partial[purposeOf(run.input)]} ${id}`;
  run.journal.emit({
    type: 'step.done',
    step: itemStep(run, index),
    durationMs: endedMs - startedMs,
    counts: {},
    note,
  });
}

export function itemFailed(run: WaveRun, index: number, error: ErrorDetail): void {
  const { startedMs, endedMs, run: id } = run.items[index] as WaveItem;
  const { cause: _, ...rest } = error;
  const named = { ...rest, what: `${id}: ${error.what}` };
  run.journal.emit({ type: 'step.failed', step: itemStep(run, index), durationMs: endedMs - startedMs, error: named });
}

export function itemStopped(run: WaveRun, index: number): void {
  run.journal.emit({ type: 'step.skipped', step: itemStep(run, index), reason: 'cancelled with the wave; undone' });
}

export function emitWaiting(run: WaveRun, reason: string, untilMs: number | undefined): void {
  run.journal.emit({
    type: 'step.waiting',
    step: phaseOf(run),
    waitingFor: { kind: 'window', ref: run.input.spec.name, condition: reason },
    since: new Date().toISOString(),
    deadline: untilMs === undefined ? '' : new Date(untilMs).toISOString(),
    then: 'it continues automatically',
  });
}

export function emitOpen(run: WaveRun): void {
  run.journal.emit({ type: 'step.started', step: phaseOf(run) });
}

export function emitStopped(run: WaveRun, reason: string): void {
  run.journal.emit({
    type: 'step.waiting',
    step: phaseOf(run),
    waitingFor: { kind: 'person', ref: run.input.runId, condition: `${reason}; landfall resume or landfall cancel` },
    since: new Date().toISOString(),
    deadline: '',
    then: 'nothing: the wave waits until somebody answers',
  });
}

/** The last events; gives the exit code, where none is given that of the error. */
export function emitResult(
  run: WaveRun,
  { outcome, error, exitCode }: Pick<ResultEvent, 'outcome' | 'error'> & { readonly exitCode?: number }
): number {
  const ended = run.items.filter((item) => !isOpen(item));
  const counts = {
    namespaces: run.items.length,
    done: ended.filter((item) => !isBad(item)).length,
    failed: ended.filter(isBad).length,
  };
  const durationMs = Date.now() - Date.parse(run.startedAt);
  const why = error === undefined ? {} : { error };
  if (error === undefined) run.journal.emit({ type: 'step.done', step: phaseOf(run), durationMs, counts });
  else run.journal.emit({ type: 'step.failed', step: phaseOf(run), durationMs, error });
  const code = exitCode ?? exitCodeOf({ outcome, ...why });
  run.exitCode = code;
  run.journal.emit({ type: 'result', outcome, exitCode: code, ...why });
  return code;
}

function groupStep(run: WaveRun, group: number): StepInfo {
  const name = run.input.spec.groups[group]?.name ?? '';
  return { id: `wave/${name}`, phase: 'wave', parent: 'wave', title: name };
}

function itemStep(run: WaveRun, index: number): StepInfo {
  const { group, namespace } = run.items[index] as WaveItem;
  const parent = groupStep(run, group).id;
  return { id: `${parent}/${namespace}`, phase: 'wave', parent, title: namespace };
}
