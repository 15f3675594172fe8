import type { ErrorDetail } from '../../src/core/errors.ts';
import type { StepInfo } from '../../src/core/run/events.ts';
import type { MachineEvent, RunEnding } from '../../src/saga/state.ts';
import type { Step } from '../../src/saga/table.ts';
import { stepDone, stepFailed, stepInfo } from './journal.ts';
import type { StepSummary } from './journal.ts';
import type { Run, RunKind } from './run.ts';

/** Why a step was cancelled, which is no failure: a user cancelled the run, or another step failed. */
function whyCancelled<Found>({ table }: AnyKind<Found>): string {
  const rollsBack = Object.values(table.compensations).some(({ release }) => release !== true);
  return `stopped early: the run ${rollsBack ? 'rolls back' : 'ends'}`;
}

/** Failures that travel with a run, in at most 8 KiB each. */
const failuresKept = 50;

// eslint-disable-next-line typescript/no-explicit-any
type AnyKind<Found> = RunKind<any, Found>;

/** The first events of a run: who it is, its phases in order, and its sides. */
export function emitHello<Found>({ table, introduce, facts }: AnyKind<Found>, run: Run<Found>): void {
  const { name, source, target } = introduce(run.found);
  const phases = table.phases(facts(run.found)).map((phase) => phase.name);
  run.journal.emit({ type: 'hello', kind: table.kind, name, schemaMinor: 0, source, target, phases });
  if (run.sides.source !== 'unknown') run.journal.emit({ type: 'side', ...run.sides });
}

/** Writes into the journal what the machine says happened. */
export function emitMachineEvent<Found>(
  kind: AnyKind<Found>,
  run: Run<Found>,
  { event, facts }: { readonly event: MachineEvent; readonly facts: unknown }
): void {
  const { journal } = run;
  const phaseInfo = (name: string) =>
    stepInfo(name, kind.table.phases(facts).find((phase) => phase.name === name)?.title ?? name);
  switch (event.type) {
    case 'phase-started':
      return start(run, phaseInfo(event.phase));
    case 'phase-done': {
      const { summaries, startedMs } = run;
      const summary = summaries.get(event.phase) ?? kind.phaseSummary(run, event.phase);
      journal.emit(stepDone(phaseInfo(event.phase), startedMs.get(event.phase), summary));
      return endPhase(run, event.phase);
    }
    case 'phase-failed':
      noteFailure(run, event.phase, event.error);
      journal.emit(stepFailed(phaseInfo(event.phase), run.startedMs.get(event.phase), event.error));
      return endPhase(run, event.phase);
    case 'step-started':
      return start(run, infoOf(event.step), undoOf(kind, event.step, facts));
    case 'step-done':
      journal.emit(stepDone(infoOf(event.step), run.startedMs.get(event.step.id), summaryOf(run, event.step.id)));
      return forget(run, event.step);
    case 'step-failed':
      noteFailure(run, event.step.id, event.error);
      journal.emit(stepFailed(infoOf(event.step), run.startedMs.get(event.step.id), event.error));
      return forget(run, event.step);
    case 'step-cancelled':
      journal.emit({ type: 'step.skipped', step: infoOf(event.step), reason: whyCancelled(kind) });
      return forget(run, event.step);
    case 'step-skipped':
      run.skipped.set(event.step.id, event.needs);
      return journal.emit({
        type: 'step.skipped',
        step: infoOf(event.step),
        reason: `it needs ${event.needs}, which was not made`,
      });
    case 'step-waiting':
      return journal.emit({
        type: 'step.waiting',
        step: infoOf(event.step),
        waitingFor: { kind: 'person', ref: run.id, condition: 'landfall resume or landfall cancel' },
        since: new Date().toISOString(),
        deadline: '',
        then: 'nothing: the run waits until somebody answers',
      });
    case 'compensation-started':
    case 'compensated':
    case 'not-compensated': {
      const { title } = event.compensation;
      const step = stepInfo('undo', title, `undo/${event.index}`);
      if (event.type === 'not-compensated')
        return journal.emit({ type: 'undo.failed', step, title, error: event.error });
      return journal.emit({ type: event.type === 'compensated' ? 'undo.done' : 'undo.started', step, title });
    }
    case 'sides':
      run.sides = event.sides;
      return journal.emit({ type: 'side', ...event.sides });
  }
}

/** The last event: how it ended, with the numbers of the report where there is one. */
export function emitResult<Found>(kind: AnyKind<Found>, run: Run<Found>, ending: RunEnding): void {
  const { outcome, exitCode, error } = ending;
  run.journal.emit({
    type: 'result',
    outcome,
    exitCode,
    ...kind.result(run),
    ...(error === undefined ? {} : { error }),
  });
}

/** What will undo a step, as people read it while it runs: the newest of its compensations. */
function undoOf<Found>({ table }: AnyKind<Found>, { actions }: Step, facts: unknown): string | undefined {
  return actions
    .map(({ name, item }) => {
      const named = table.actions[name]?.compensation;
      const undo = typeof named === 'function' ? named(facts) : named;
      return undo === undefined ? undefined : table.compensations[undo]?.title(facts, item);
    })
    .findLast((title) => title !== undefined);
}

function start<Found>(run: Run<Found>, step: StepInfo, undo?: string): void {
  run.startedMs.set(step.id, Date.now());
  run.journal.emit({ type: 'step.started', step, ...(undo === undefined ? {} : { undo }) });
}

/** What is known of a step that has ended does not travel on: a run may have thousands. */
function forget<Found>({ startedMs, summaries }: Run<Found>, { id }: Step): void {
  startedMs.delete(id);
  summaries.delete(id);
}

function noteFailure<Found>(run: Run<Found>, id: string, error: ErrorDetail): void {
  run.failed += 1;
  if (run.failures.size < failuresKept) run.failures.set(id, error);
}

function endPhase<Found>({ journal, startedMs }: Run<Found>, phase: string): void {
  journal.phaseDone(phase, Date.now() - (startedMs.get(phase) ?? Date.now()));
}

function summaryOf<Found>(run: Run<Found>, id: string): StepSummary {
  return run.summaries.get(id) ?? { counts: {} };
}

function infoOf({ phase, title, id }: Step): StepInfo {
  return stepInfo(phase, title, id);
}
