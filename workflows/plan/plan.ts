import { CancellationScope, CancelledFailure, isCancellation, patched, setHandler } from '@temporalio/workflow';
import type { ErrorDetail } from '../../src/core/errors.ts';
import type { MadePlan, PlanRunInput } from '../../src/core/migration/contract.ts';
import type { Counts, PhaseName, RunOutcome } from '../../src/core/run/events.ts';
import { exitCodeOf } from '../../src/core/run/exit-code.ts';
import { activities } from '../lib/activities.ts';
import { toErrorDetail, toFailure } from '../lib/failures.ts';
import { stepDone, stepFailed, stepInfo } from '../lib/journal.ts';
import type { StepSummary } from '../lib/journal.ts';
import { eventsQuery, planQuery, reportQuery, resumeSignal } from '../lib/messages.ts';
import { captureDeeds } from '../migrate/capture.ts';
import { checkDeeds } from '../migrate/check.ts';
import type { DeedResult } from '../migrate/deeds.ts';
import { capturedOf, contextOf, createRun, planOf, preflightOf } from '../migrate/run.ts';
import type { Run } from '../migrate/run.ts';

/** How planning ended. */
export interface PlanOutcome {
  readonly outcome: RunOutcome;
  readonly exitCode: number;
  readonly plan?: MadePlan;
}

/**
 * Plans a migration: the acts of a migration up to its plan, then a comparison with the live target. Writes nothing on a
 * cluster; what it stores in the Location is content-addressed, so there is nothing to undo. A plan with blockers is
 * made all the same, and the exit code is 5.
 */
export async function plan(input: PlanRunInput): Promise<PlanOutcome> {
  const run = createRun({ runId: input.runId, spec: input.spec }, true);
  let made: MadePlan | undefined;
  setHandler(eventsQuery, (since) => run.journal.since(since, 500));
  setHandler(reportQuery, () => undefined);
  setHandler(resumeSignal, () => undefined);
  setHandler(planQuery, () => (made === undefined ? undefined : { plan: made, context: contextOf(run) }));
  tellHello(run);
  try {
    made = await makePlan(run, input.by);
  } catch (error) {
    throw tellFailure(run, error);
  } finally {
    await letGo(run);
  }
  const exitCode = made.blockers > 0 ? 5 : 0;
  const outcome: RunOutcome = made.blockers > 0 ? 'failed' : 'succeeded';
  run.journal.emit({ type: 'result', outcome, exitCode, phases: run.journal.phases });
  return { outcome, exitCode, plan: made };
}

/** What was captured for the plan is captured again by the run that is held to it. A use that stays is told by `points`. */
async function letGo({ context }: Run): Promise<void> {
  if (context === undefined || !patched('close-run')) return;
  await CancellationScope.nonCancellable(() => activities.closeRun({ context })).catch(() => undefined);
}

async function makePlan(run: Run, by: string): Promise<MadePlan> {
  await phase(run, 'preflight', async () => {
    await checkDeeds['open-run'](run);
    refuse(await checkDeeds['check-clusters'](run, 0, 'preflight'));
    const { kindCount, findings } = preflightOf(run);
    return { kinds: kindCount, findings: findings.length };
  });
  await phase(run, 'capture', async () => {
    await step(run, 'capture/objects', 'namespaced objects', captureDeeds['capture-objects']);
    await step(run, 'capture/cluster', 'cluster-scoped dependencies', captureDeeds['capture-dependencies']);
    await step(run, 'capture/index', 'index', captureDeeds['merge-capture']);
    const { objects, leftOut, storedBytes } = capturedOf(run);
    return { objects, leftOut, storedBytes };
  });
  let made: MadePlan | undefined;
  await phase(run, 'plan', async () => {
    await step(run, 'plan/objects', 'transform and order', checkDeeds.plan);
    await step(run, 'plan/target', 'compare with the target', async (_run, _item, stepId) => {
      made = await activities.makePlan({ context: contextOf(run), request: requestOf(run, by), stepId });
      return { summary: { counts: made.totals } };
    });
    const { blockers = 0, accepted, losses = 0 } = made ?? {};
    return { blockers, ...(accepted === undefined ? {} : { accepted }), losses };
  });
  return made as unknown as MadePlan;
}

function requestOf(run: Run, by: string): Parameters<typeof activities.makePlan>[0]['request'] {
  const { plan: stored, claims } = planOf(run);
  const { spec } = contextOf(run);
  const { capture } = capturedOf(run);
  return { spec, plan: stored, capture, preflight: preflightOf(run), claims, by, at: run.startedAt };
}

/** What the preflight finds ends a planning run: there is nothing to plan with. Blockers of the plan stand in it. */
function refuse({ blocked }: { readonly blocked?: ErrorDetail }): void {
  if (blocked !== undefined) throw toFailure(blocked);
}

async function phase(run: Run, name: PhaseName, body: () => Promise<Counts>): Promise<void> {
  const info = stepInfo(name, name);
  const startedMs = Date.now();
  await told(run, info, async () => ({ counts: await body() }));
  run.journal.phaseDone(name, Date.now() - startedMs);
}

type Deed = (run: Run, item: number, stepId: string) => Promise<DeedResult | void>;

async function step(run: Run, id: `${PhaseName}/${string}`, title: string, deed: Deed): Promise<void> {
  const name = id.slice(0, id.indexOf('/')) as PhaseName;
  await told(run, stepInfo(name, title, id), async () => (await deed(run, 0, id))?.summary ?? { counts: {} });
}

async function told(run: Run, info: ReturnType<typeof stepInfo>, body: () => Promise<StepSummary>): Promise<void> {
  const startedMs = Date.now();
  run.journal.emit({ type: 'step.started', step: info });
  try {
    run.journal.emit(stepDone(info, startedMs, await body()));
  } catch (error) {
    run.journal.emit(stepFailed(info, startedMs, toErrorDetail(error)));
    throw error;
  }
}

function tellHello({ journal, input }: Run): void {
  const { name, source, target } = input.spec;
  const phases = ['preflight', 'capture', 'plan'] as const;
  journal.emit({ type: 'hello', kind: 'plan', name, schemaMinor: 0, source: source.name, target: target.name, phases });
  journal.emit({ type: 'side', source: 'serving', target: 'unknown', writable: 'source' });
}

/** The end is told and the workflow closes with its cause. */
function tellFailure(run: Run, error: unknown): unknown {
  const cancelled = isCancellation(error) || CancellationScope.current().consideredCancelled;
  const detail = toErrorDetail(error);
  const outcome: RunOutcome = cancelled ? 'cancelled' : 'failed';
  const exitCode = exitCodeOf({ outcome, undo: 'none', error: detail });
  run.journal.emit({ type: 'result', outcome, exitCode, error: detail, phases: run.journal.phases });
  return cancelled
    ? new CancelledFailure('planning was cancelled', [{ outcome, exitCode }])
    : toFailure(detail, { outcome, exitCode });
}
