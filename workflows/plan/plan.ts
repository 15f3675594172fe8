import { setHandler } from '@temporalio/workflow';
import type { RunOutcome } from '../../src/core/run/events.ts';
import { planTable } from '../../src/saga/tables/plan.ts';
import type { PlanAction, PlanCompensation, PlanningFacts } from '../../src/saga/tables/plan.ts';
import { pointActions } from '../opening/point.ts';
import { captureActions } from '../opening/capture.ts';
import {
  capturedOf,
  contextOf,
  keepEvents,
  openContext,
  planOf,
  preflightOf,
  refusal,
  todayOf,
} from '../opening/scope.ts';
import type { ScopeFound } from '../opening/scope.ts';
import { openingSummary } from '../opening/summaries.ts';
import { activities } from '../saga/activities.ts';
import { drive, throwUnlessWell } from '../saga/drive.ts';
import { toErrorDetail } from '../saga/failures.ts';
import { planQuery, reportQuery } from '../saga/messages.ts';
import { openRun } from '../saga/run.ts';
import type { ActionHandler, CarriedArguments, Run, RunKind } from '../saga/run.ts';
import type { PlanRunInput } from '../../src/core/run/context.ts';
import type { MadePlan } from '../../src/core/plan/contract.ts';

/** How planning ended. */
export interface PlanOutcome {
  readonly outcome: RunOutcome;
  readonly exitCode: number;
  readonly plan?: MadePlan;
}

export interface PlanFound extends ScopeFound {
  readonly input: PlanRunInput;
  made?: MadePlan;
}

const actions: Readonly<Record<PlanAction, ActionHandler<PlanFound>>> = {
  ...captureActions,
  ...pointActions({ kind: 'plan' }),

  async 'open-run'(run) {
    const { spec } = run.found.input;
    run.found.context = await openContext({ input: { runId: run.id, spec } });
  },

  /** What the preflight finds ends a planning run: there is nothing to plan with. Blockers of the plan stand in it. */
  async 'check-clusters'(run, { stepId }) {
    const asking = { kind: 'plan' } as const;
    const preflight = await activities.preflight({ context: contextOf(run), stepId, today: todayOf(run), asking });
    run.found.preflight = preflight;
    return refusal(run, preflight);
  },

  async plan(run, { stepId }) {
    const { capture } = capturedOf(run);
    const plan = await activities.computeDesiredState({
      context: contextOf(run),
      capture,
      stepId,
      today: todayOf(run),
    });
    run.found.plan = plan;
    refusal(run, plan);
    const { objects, changed, excluded } = plan;
    return { summary: { counts: { objects, changed, excluded } } };
  },

  async 'make-plan'(run, { stepId }) {
    const context = contextOf(run);
    const { plan } = planOf(run);
    const { capture } = capturedOf(run);
    const by = { by: run.found.input.by, at: run.startedAt };
    const request = { spec: context.spec, plan, capture, preflight: preflightOf(run), ...by };
    const made = await activities.makePlan({ context, request, stepId });
    run.found.made = made;
    // A plan with blockers is made all the same.
    const ending = made.blockers > 0 ? ({ outcome: 'failed', exitCode: 5 } as const) : undefined;
    return { summary: { counts: made.totals }, ...(ending === undefined ? {} : { ending }) };
  },

  'close-run': closeRun,
};

/** Planning as it is done; its order is in src/saga/tables/plan.ts. */
export const planKind: RunKind<PlanningFacts, PlanFound, PlanAction, PlanCompensation> = {
  table: planTable,
  actions,
  compensations: { 'close-run': closeRun },
  introduce: ({ input: { spec } }) => ({
    name: spec.name,
    source: spec.point?.id ?? spec.source.name,
    target: spec.target.name,
  }),
  facts: ({ input: { spec } }) => ({ fromPoint: spec.point !== undefined }),
  phaseSummary: (run, phase) => {
    if (phase !== 'plan') return openingSummary(run, phase) ?? { counts: {} };
    const { blockers = 0, accepted, losses = 0 } = run.found.made ?? {};
    return { counts: { blockers, ...(accepted === undefined ? {} : { accepted }), losses } };
  },
  keepEvents,
  result: ({ journal }) => ({ phases: journal.phases }),
};

/**
 * Plans a migration or a restore. Writes nothing on a cluster; what it stores in the Location is content-addressed, so there is nothing
 * to undo. A plan with blockers is made all the same, and the exit code is 5.
 */
export async function plan(input: PlanRunInput, ...carried: CarriedArguments<PlanFound>): Promise<PlanOutcome> {
  const run = openRun({ id: input.runId, input, found: { input, parts: [] } }, carried);
  setHandler(reportQuery, () => undefined);
  setHandler(planQuery, () => {
    const { made } = run.found;
    return made === undefined ? undefined : { plan: made, context: contextOf(run) };
  });
  const ending = await drive(planKind, run, carried[0]);
  const { outcome, exitCode } = ending;
  const { made } = run.found;
  if (made === undefined || ending.error !== undefined) throwUnlessWell(ending);
  return { outcome, exitCode, ...(made === undefined ? {} : { plan: made }) };
}

/** What was captured for the plan is captured again by the run that is held to it. A use that stays ends no plan. */
async function closeRun(run: Run<PlanFound>): Promise<void> {
  try {
    await activities.closeRun({ context: contextOf(run) });
  } catch (error) {
    const { code, what } = toErrorDetail(error);
    const message = `what was captured for the plan still counts as used; landfall points shows it (${code}: ${what})`;
    run.journal.emit({ type: 'log', level: 'warn', message, fields: {} });
  }
}
