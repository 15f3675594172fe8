import { condition, isCancellation } from '@temporalio/workflow';
import type { MigrateInput, ReportRequest, RunContext } from '../../src/core/migration/contract.ts';
import type { PhaseName, StepInfo } from '../../src/core/run/events.ts';
import type { StoredRef } from '../../src/core/stored-ref.ts';
import type { Compensation } from '../lib/compensations.ts';
import { toErrorDetail } from '../lib/failures.ts';
import { openJournal, stepDone, stepFailed, stepInfo } from '../lib/journal.ts';
import type { StepSummary } from '../lib/journal.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** What one run of the workflow knows: its input, its journal, what would undo it and what it has found so far. */
export interface Run {
  readonly input: MigrateInput;
  readonly journal: ReturnType<typeof openJournal>;
  readonly compensations: Compensation[];
  /** Filled by the phases; becomes the report. */
  readonly found: Writable<Pick<ReportRequest, 'preflight' | 'captured' | 'plan' | 'verified' | 'recoveryPoint'>> & {
    applied: ReportRequest['applied'][number][];
    volumes: ReportRequest['volumes'][number][];
  };
  /** What every activity gets, once the specification is stored. */
  context?: RunContext;
  /** Where the report is, once there is one. */
  report?: StoredRef;
  /** Grows with every `resume` signal. */
  resumes: number;
}

export function createRun(input: MigrateInput): Run {
  return {
    input,
    journal: openJournal(input.runId),
    compensations: [],
    found: { applied: [], volumes: [] },
    resumes: 0,
  };
}

/** One step of a run: what people see, what undoes it, what it does and how its result reads. */
export interface StepPlan<T> {
  readonly info: StepInfo;
  readonly undo?: Compensation;
  readonly body: () => Promise<T>;
  readonly summary: (result: T) => StepSummary;
}

/** A step that is cancelled did not fail: a user cancelled the run, or another step failed. */
const stopped = 'stopped before its end: the run turns back';

/**
 * Runs a step: registers its compensation first, tells start and end, and on a failure for good either waits for a
 * user's `resume` (policy `keep`) or throws to the workflow, which undoes everything.
 */
export async function runStep<T>(run: Run, plan: StepPlan<T>): Promise<T> {
  if (plan.undo !== undefined) run.compensations.push(plan.undo);
  for (;;) {
    const startedMs = Date.now();
    run.journal.emit({
      type: 'step.started',
      step: plan.info,
      ...(plan.undo === undefined ? {} : { undo: plan.undo.title }),
    });
    try {
      const result = await plan.body();
      run.journal.emit(stepDone(plan.info, startedMs, plan.summary(result)));
      return result;
    } catch (error) {
      if (isCancellation(error)) run.journal.emit({ type: 'step.skipped', step: plan.info, reason: stopped });
      else run.journal.emit(stepFailed(plan.info, startedMs, toErrorDetail(error)));
      if (isCancellation(error) || run.input.spec.onFailure !== 'keep') throw error;
      await awaitResume(run, plan.info);
    }
  }
}

/** Runs a phase as a step of its own and keeps its time for the report. */
export async function runPhase<T>(
  run: Run,
  name: PhaseName,
  title: string,
  body: () => Promise<T>,
  summary: (result: T) => StepSummary
): Promise<T> {
  const info = stepInfo(name, title);
  const startedMs = Date.now();
  run.journal.emit({ type: 'step.started', step: info });
  try {
    const result = await body();
    run.journal.emit(stepDone(info, startedMs, summary(result)));
    return result;
  } catch (error) {
    run.journal.emit(stepFailed(info, startedMs, toErrorDetail(error)));
    throw error;
  } finally {
    run.journal.phaseDone(name, Date.now() - startedMs);
  }
}

async function awaitResume(run: Run, step: StepInfo): Promise<void> {
  const seen = run.resumes;
  const since = new Date();
  run.journal.emit({
    type: 'step.waiting',
    step,
    waitingFor: { kind: 'person', ref: run.input.runId, condition: 'landfall resume or landfall cancel' },
    since: since.toISOString(),
    deadline: '',
    then: 'nothing: without an answer the run waits',
  });
  await condition(() => run.resumes > seen);
}

/** The context every activity gets, once the specification is stored. */
export function contextOf(input: MigrateInput, spec: RunContext['spec']): RunContext {
  return { runId: input.runId, location: input.spec.location, spec };
}
