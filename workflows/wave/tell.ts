import type { ErrorDetail } from '../../src/core/errors.ts';
import type { RunOutcome, StepInfo } from '../../src/core/run/events.ts';
import { exitCodeOf } from '../../src/core/run/exit-code.ts';
import { isBad, isOpen } from '../../src/core/wave/schedule.ts';
import type { WaveItem } from '../../src/core/wave/wave.ts';
import type { WaveRun } from './run.ts';

const phase: StepInfo = { id: 'wave', phase: 'wave', parent: '', title: 'move namespaces' };

/** The first events of a part. */
export function tellHello(run: WaveRun): void {
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
  run.journal.emit({ type: 'step.started', step: phase });
}

/** A later part says where it stands; every item is in the answer to the query. */
export function tellGoesOn(run: WaveRun): void {
  const ended = run.items.filter((item) => !isOpen(item));
  run.journal.emit({
    type: 'log',
    level: 'info',
    message: 'the wave goes on in a new part of its history',
    fields: { part: run.parts + 1, ended: ended.length, bad: ended.filter(isBad).length, of: run.items.length },
  });
}

/** Tells a group once, with its first member. */
export function groupStarted(run: WaveRun, index: number): void {
  const { group } = run.items[index] as WaveItem;
  if (run.groups.has(group)) return;
  run.groups.set(group, Date.now());
  run.journal.emit({ type: 'step.started', step: groupStep(run, group) });
}

/** Tells the end of a group with its last member. */
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

export function itemDone(run: WaveRun, index: number): void {
  const { startedMs, endedMs, run: id, state } = run.items[index] as WaveItem;
  const note = state === 'done' ? id : `${id}, PARTIAL: landfall report ${id}`;
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

export function tellWaiting(run: WaveRun, reason: string, untilMs: number | undefined): void {
  run.journal.emit({
    type: 'step.waiting',
    step: phase,
    waitingFor: { kind: 'window', ref: run.input.spec.name, condition: reason },
    since: new Date().toISOString(),
    deadline: untilMs === undefined ? '' : new Date(untilMs).toISOString(),
    then: 'it goes on by itself',
  });
}

export function tellOpen(run: WaveRun): void {
  run.journal.emit({ type: 'step.started', step: phase });
}

export function tellStopped(run: WaveRun, reason: string): void {
  run.journal.emit({
    type: 'step.waiting',
    step: phase,
    waitingFor: { kind: 'person', ref: run.input.runId, condition: `${reason}; landfall resume or landfall cancel` },
    since: new Date().toISOString(),
    deadline: '',
    then: 'nothing: without an answer the wave waits',
  });
}

/** The last events; gives the exit code. */
export function tellResult(run: WaveRun, outcome: RunOutcome, error?: ErrorDetail): number {
  const ended = run.items.filter((item) => !isOpen(item));
  const counts = {
    namespaces: run.items.length,
    done: ended.filter((item) => !isBad(item)).length,
    failed: ended.filter(isBad).length,
  };
  const durationMs = Date.now() - Date.parse(run.startedAt);
  if (error === undefined) run.journal.emit({ type: 'step.done', step: phase, durationMs, counts });
  else run.journal.emit({ type: 'step.failed', step: phase, durationMs, error });
  const exitCode = exitCodeOf({ outcome, ...(error === undefined ? {} : { error }) });
  run.journal.emit({ type: 'result', outcome, exitCode, ...(error === undefined ? {} : { error }) });
  return exitCode;
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
