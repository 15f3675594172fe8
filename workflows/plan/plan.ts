import { CancellationScope, isCancellation, setHandler, workflowInfo } from '@temporalio/workflow';
import type { MadePlan, PlanRunInput, RunContext } from '../../src/core/migration/contract.ts';
import type { RunOutcome } from '../../src/core/run/events.ts';
import { exitCodeOf } from '../../src/core/run/exit-code.ts';
import { reads } from '../lib/activities.ts';
import { toErrorDetail, toFailure } from '../lib/failures.ts';
import { stepInfo } from '../lib/journal.ts';
import { eventsQuery, planQuery, reportQuery, resumeSignal } from '../lib/messages.ts';
import { captureScope } from '../migrate/capture.ts';
import { createRun, runPhase, runStep } from '../migrate/run.ts';
import type { Run } from '../migrate/run.ts';
import { preflightRun } from './preflight.ts';

/** How planning ended. */
export interface PlanOutcome {
  readonly outcome: RunOutcome;
  readonly exitCode: number;
  readonly plan?: MadePlan;
}

/**
 * Plans a migration: preflight, capture, plan, and a comparison with the live target. Writes nothing on a cluster; what
 * it stores in the Location is content-addressed. A plan with blockers is made all the same, and the exit code is 5.
 */
export async function plan(input: PlanRunInput): Promise<PlanOutcome> {
  const run = createRun({ runId: input.runId, spec: input.spec });
  let made: MadePlan | undefined;
  setHandler(eventsQuery, (since) => run.journal.since(since, 500));
  setHandler(reportQuery, () => undefined);
  setHandler(resumeSignal, () => void (run.resumes += 1));
  setHandler(planQuery, () =>
    made === undefined || run.context === undefined ? undefined : { plan: made, context: run.context }
  );
  const { name, source, target } = input.spec;
  run.journal.emit({
    type: 'hello',
    kind: 'plan',
    name,
    schemaMinor: 0,
    source: source.name,
    target: target.name,
    phases: ['preflight', 'capture', 'plan'],
  });
  run.journal.emit({ type: 'side', source: 'serving', target: 'empty', writable: 'source' });
  try {
    made = await makePlan(run, input.by);
  } catch (error) {
    throw tellEnd(run, error);
  }
  const exitCode = made.blockers > 0 ? 5 : 0;
  const outcome: RunOutcome = made.blockers > 0 ? 'failed' : 'succeeded';
  run.journal.emit({ type: 'result', outcome, exitCode, phases: run.journal.phases });
  return { outcome, exitCode, plan: made };
}

async function makePlan(run: Run, by: string): Promise<MadePlan> {
  const { context, preflight } = await preflightRun(run);
  const captured = await captureScope(run, context, preflight);
  return runPhase(
    run,
    'plan',
    'plan',
    async () => {
      const applied = await runStep(run, {
        info: stepInfo('plan', 'transform and order', 'plan/objects'),
        body: () => reads.planApply({ context, capture: captured.capture, stepId: 'plan/objects' }),
        summary: (found) => ({ counts: { objects: found.objects, changed: found.changed, leftOut: found.leftOut } }),
      });
      for (const finding of applied.findings) run.journal.emit({ type: 'finding', ...finding });
      return writePlan(run, context, {
        spec: context.spec,
        plan: applied.plan,
        capture: captured.capture,
        preflight,
        claims: applied.claims,
        by,
        at: workflowInfo().startTime.toISOString(),
      });
    },
    ({ totals, blockers }) => ({ counts: { ...totals, blockers } })
  );
}

function writePlan(
  run: Run,
  context: RunContext,
  request: Parameters<typeof reads.makePlan>[0]['request']
): Promise<MadePlan> {
  return runStep(run, {
    info: stepInfo('plan', 'compare with the target', 'plan/target'),
    body: () => reads.makePlan({ context, request, stepId: 'plan/target' }),
    summary: ({ totals }) => ({ counts: totals }),
  });
}

/** Nothing was changed, so there is nothing to undo: the end is told and the workflow closes with its cause. */
function tellEnd(run: Run, error: unknown): unknown {
  const cancelled = isCancellation(error) || CancellationScope.current().consideredCancelled;
  const detail = toErrorDetail(error);
  const outcome: RunOutcome = cancelled ? 'cancelled' : 'failed';
  const exitCode = exitCodeOf({ outcome, undo: 'none', error: detail });
  run.journal.emit({ type: 'result', outcome, exitCode, error: detail, phases: run.journal.phases });
  return cancelled ? error : toFailure(detail);
}
