import { CancellationScope, CancelledFailure, isCancellation, setHandler, workflowInfo } from '@temporalio/workflow';
import { errorDetail } from '../../src/core/errors.ts';
import type { ErrorCode, ErrorDetail } from '../../src/core/errors.ts';
import type { MigrateInput, MigrationPlan, PreflightResult, RunContext } from '../../src/core/migration/contract.ts';
import { phaseNames } from '../../src/core/run/events.ts';
import type { PhaseName, RunOutcome } from '../../src/core/run/events.ts';
import { exitCodeOf } from '../../src/core/run/exit-code.ts';
import type { Ending } from '../../src/core/run/exit-code.ts';
import type { StoredRef } from '../../src/core/stored-ref.ts';
import { effects, reads, undos } from '../lib/activities.ts';
import { undoAll } from '../lib/compensations.ts';
import type { UndoOutcome } from '../lib/compensations.ts';
import { toErrorDetail, toFailure } from '../lib/failures.ts';
import { stepInfo } from '../lib/journal.ts';
import { eventsQuery, reportQuery, resumeSignal } from '../lib/messages.ts';
import { applyPlan } from './apply.ts';
import { captureScope } from './capture.ts';
import { contextOf, createRun, runPhase, runStep } from './run.ts';
import type { Run } from './run.ts';
import { moveVolumes, removeSourceVolumes } from './volumes.ts';

/** How a run ended: what the CLI turns into its last lines and its exit code. */
export interface MigrateOutcome {
  readonly outcome: RunOutcome;
  readonly exitCode: number;
  /** Absent when the location did not take it. */
  readonly report?: StoredRef;
}

/**
 * Moves a scope from one cluster to another: preflight, capture, plan, volumes, apply, verify, finish. A failure for
 * good or a cancel undoes everything in reverse, not cancellable, and closes the run as Failed or Cancelled.
 */
export async function migrate(input: MigrateInput): Promise<MigrateOutcome> {
  const run = createRun(input);
  setHandler(eventsQuery, (since) => run.journal.since(since, 500));
  setHandler(reportQuery, () =>
    run.report === undefined ? undefined : { ref: run.report, location: input.spec.location }
  );
  setHandler(resumeSignal, () => void (run.resumes += 1));

  const startedAt = new Date().toISOString();
  const { name, source, target } = input.spec;
  run.journal.emit({
    type: 'hello',
    kind: 'migrate',
    name,
    schemaMinor: 0,
    source: source.name,
    target: target.name,
    phases: phasesOf(input),
  });
  run.journal.emit({ type: 'side', source: 'serving', target: 'empty', writable: 'source' });
  let opened: Awaited<ReturnType<typeof runPreflight>>;
  let outcome: RunOutcome;
  try {
    opened = await runPreflight(run);
    outcome = await forward(run, opened.context, opened.preflight);
  } catch (error) {
    throw await turnBack(run, startedAt, error);
  }
  return conclude(run, opened.context, startedAt, outcome);
}

/** What was to be done is done: neither a cancel nor a store that takes no report changes that any more. */
async function conclude(
  run: Run,
  context: RunContext,
  startedAt: string,
  outcome: RunOutcome
): Promise<MigrateOutcome> {
  try {
    return await CancellationScope.nonCancellable(() => finish(run, context, startedAt, { outcome }, []));
  } catch (error) {
    const detail = toErrorDetail(error);
    run.journal.emit({ type: 'result', outcome: 'partial', exitCode: 3, error: detail });
    return { outcome: 'partial', exitCode: 3 };
  }
}

/** Undoes everything, writes the report of it and gives the failure the workflow closes with. */
async function turnBack(run: Run, startedAt: string, error: unknown): Promise<unknown> {
  const cancelled = isCancellation(error);
  const detail = toErrorDetail(error);
  const undone = await undoAll(run.compensations, run.journal);
  const complete = undone.every((step) => step.ok);
  const undo = run.compensations.length === 0 ? 'none' : complete ? 'complete' : 'incomplete';
  const outcome: RunOutcome = cancelled ? 'cancelled' : undo === 'complete' ? 'rolled-back' : 'failed';
  const ending: Ending = { outcome, undo, error: detail, ...(detail.side === undefined ? {} : { side: detail.side }) };
  const failure = cancelled ? error : toFailure(detail);
  const known = run.context;
  try {
    if (known !== undefined) {
      await CancellationScope.nonCancellable(() => finish(run, known, startedAt, ending, undone));
      return failure;
    }
  } catch {
    // The store does not take the report; the ending itself is still told and kept in the history.
  }
  run.journal.emit({ type: 'result', outcome, exitCode: exitCodeOf(ending), error: detail });
  return failure;
}

function phasesOf(input: MigrateInput): readonly PhaseName[] {
  const { dryRun, volumes } = input.spec;
  return phaseNames.filter(
    (phase) =>
      phase !== 'undo' &&
      !(phase === 'volumes' && (dryRun || volumes.mode === 'none')) &&
      !(dryRun && (phase === 'verify' || phase === 'finish'))
  );
}

/** The way forward; what it returns tells whether everything arrived. */
async function forward(run: Run, context: RunContext, preflight: PreflightResult): Promise<RunOutcome> {
  const captured = await captureScope(run, context, preflight);
  run.found.captured = captured;
  const plan = await runPhase(
    run,
    'plan',
    'plan',
    () =>
      runStep(run, {
        info: stepInfo('plan', 'transform and order', 'plan/objects'),
        body: () => reads.planApply({ context, capture: captured.capture, stepId: 'plan/objects' }),
        summary: (made) => ({ counts: { objects: made.objects, changed: made.changed, leftOut: made.leftOut } }),
      }),
    (made) => ({
      counts: { objects: made.objects, changed: made.changed, leftOut: made.leftOut, claims: made.claims.length },
    })
  );
  run.found.plan = plan;
  stopOnBlockers(run, plan.findings, plan.blockers);
  if (run.input.spec.dryRun) return dryRun(run, context);

  if (plan.claims.length > 0) await moveVolumes(run, context, plan);
  run.found.recoveryPoint = await effects.commitRecoveryPoint({
    context,
    capture: captured.capture,
    claims: plan.claims,
    volumes: run.found.volumes,
    createdAt: workflowInfo().startTime.toISOString(),
    preflight,
    stepId: 'capture/commit',
  });
  await applyPlan(run, context, plan);
  run.journal.emit({ type: 'side', source: 'serving', target: 'serving', writable: 'source' });
  return verifyAndClean(run, context);
}

async function runPreflight(run: Run): Promise<{ context: RunContext; preflight: PreflightResult }> {
  const { input } = run;
  const opened = await runPhase(
    run,
    'preflight',
    'preflight',
    async () => {
      const context = contextOf(input, await effects.openRun({ input }));
      run.context = context;
      return { context, preflight: await reads.preflight({ context, stepId: 'preflight' }) };
    },
    ({ preflight }) => ({ counts: { kinds: preflight.kindCount, findings: preflight.findings.length } })
  );
  const { preflight } = opened;
  run.found.preflight = preflight;
  stopOnBlockers(run, preflight.findings, preflight.blockers);
  return opened;
}

/** Tells every finding; the first blocker becomes the error of the run, and nothing has been touched. */
function stopOnBlockers(run: Run, findings: PreflightResult['findings'], blockers: number): void {
  for (const finding of findings) run.journal.emit({ type: 'finding', ...finding });
  const worst = findings.find((finding) => finding.severity === 'blocker');
  if (worst === undefined) return;
  const others = blockers > 1 ? ` (and ${blockers - 1} more)` : '';
  const detail: ErrorDetail = errorDetail(worst.code as ErrorCode, {
    what: `${worst.subject}: ${worst.message}${others}`,
    fix: worst.remedy,
    ...(worst.side === undefined ? {} : { side: worst.side }),
  });
  throw toFailure(detail);
}

async function dryRun(run: Run, context: RunContext): Promise<RunOutcome> {
  const plan = run.found.plan;
  if (plan === undefined) return 'succeeded';
  await runPhase(
    run,
    'apply',
    'server-side dry run',
    async () => {
      for (const wave of plan.waves) {
        for (const batch of wave.batches) {
          run.found.applied.push(await reads.dryRunBatch({ context, batch, stepId: `apply/${wave.name}` }));
        }
      }
    },
    () => ({
      counts: {
        objects: plan.objects,
        failed: failures(run),
        notAsked: run.found.applied.reduce((sum, { notAsked = 0 }) => sum + notAsked, 0),
      },
    })
  );
  return failures(run) === 0 ? 'succeeded' : 'partial';
}

async function verifyAndClean(run: Run, context: RunContext): Promise<RunOutcome> {
  const plan = run.found.plan;
  if (plan === undefined) return 'succeeded';
  const verified = await runPhase(
    run,
    'verify',
    'verify',
    () => reads.verifyObjects({ context, plan: plan.plan, stepId: 'verify' }),
    ({ missing, extra, different }) => ({ counts: { missing, extra, different } })
  );
  run.found.verified = verified;
  // Verification may end although a cancel was asked for; what follows cannot be cancelled, so here is the last word.
  if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('cancelled before the end');
  const equal = verified.missing === 0 && verified.different === 0;
  const clean = await cleanUp(run, context, plan);
  return equal && clean && failures(run) === 0 ? 'succeeded' : 'partial';
}

/**
 * From here on the target has the application: nothing is undone any more. What cannot be cleaned up is told and makes
 * the run partial; a cancel comes too late.
 */
async function cleanUp(run: Run, context: RunContext, plan: MigrationPlan): Promise<boolean> {
  run.compensations.length = 0;
  const { claims } = plan;
  try {
    await CancellationScope.nonCancellable(() =>
      runPhase(
        run,
        'finish',
        'clean up',
        async () => {
          if (claims.length === 0) return;
          await removeSourceVolumes(context, claims);
          await effects.commitHandOvers({ context, claims });
          await undos.removeNamespaces({ context });
        },
        () => ({ counts: { claims: claims.length } })
      )
    );
    return true;
  } catch {
    // Told as step.failed with its error; the application itself is where it should be.
    return false;
  }
}

function failures(run: Run): number {
  return run.found.applied.reduce((sum, result) => sum + result.failed, 0);
}

/** Writes the report and tells the end. */
async function finish(
  run: Run,
  context: RunContext,
  startedAt: string,
  ending: Ending,
  undo: readonly UndoOutcome[]
): Promise<MigrateOutcome> {
  const exitCode = exitCodeOf(ending);
  const { outcome, error } = ending;
  const known = error === undefined ? {} : { error };
  const written = await effects.writeReport({
    context,
    request: {
      ...run.found,
      ...known,
      outcome,
      exitCode,
      startedAt,
      finishedAt: new Date().toISOString(),
      phases: run.journal.phases,
      undo,
    },
  });
  run.report = written.report;
  run.journal.emit({ type: 'result', outcome, exitCode, ...written.summary, report: written.report.key, ...known });
  return { outcome, exitCode, report: written.report };
}
