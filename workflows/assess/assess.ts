import { setHandler } from '@temporalio/workflow';
import type { AssessInput, ConcludedAssessment } from '../../src/assess/contract.ts';
import { assessmentExitCode } from '../../src/assess/exit-code.ts';
import type { StoredRef } from '../../src/core/stored-ref.ts';
import { assessTable } from '../../src/saga/tables/assess.ts';
import type { AssessAction, AssessCompensation, AssessFacts } from '../../src/saga/tables/assess.ts';
import { captureActions } from '../opening/capture.ts';
import { capturedOf, contextOf, keepEvents, openContext } from '../opening/scope.ts';
import { openingSummary } from '../opening/summaries.ts';
import { activities } from '../saga/activities.ts';
import { drive, required, throwUnlessWell } from '../saga/drive.ts';
import { reportQuery } from '../saga/messages.ts';
import { openRun } from '../saga/run.ts';
import type { ActionHandler, CarriedArguments, Run, RunKind } from '../saga/run.ts';
import { checkActions, removeNamespaces } from './checks.ts';
import { conclude, removalStep } from './conclude.ts';
import { factsOf, newFound, scratchSpec, type AssessFound } from './found.ts';

export interface AssessOutcome {
  readonly exitCode: number;
  readonly report: StoredRef;
  readonly verdict: ConcludedAssessment['verdict'];
  readonly counts: ConcludedAssessment['counts'];
}

const actions: Readonly<Record<AssessAction, ActionHandler<AssessFound>>> = {
  ...captureActions,
  ...checkActions,

  async 'open-run'(run) {
    const spec = scratchSpec(run.found.input);
    run.found.context = await openContext({ input: { runId: run.id, spec } });
  },

  /** A blocker of the preflight is a finding like any other: the assessment says everything it can. */
  async 'check-clusters'(run, { stepId }) {
    const asking = { kind: 'assess', probes: run.found.input.probes } as const;
    run.found.preflight = await activities.preflight({ context: contextOf(run), stepId, asking });
  },

  async plan(run, { stepId }) {
    const { capture } = capturedOf(run);
    run.found.plan = await activities.computeDesiredState({ context: contextOf(run), capture, stepId });
  },

  async conclude(run, { stepId }) {
    const concluded = await conclude(run, stepId);
    run.found.concluded = concluded;
    for (const finding of concluded.worst) run.journal.emit({ type: 'finding', ...finding });
    const exitCode = assessmentExitCode(concluded.counts, run.found.input.exitCodeOnWarnings);
    return { ending: { outcome: 'succeeded', exitCode } };
  },

  'remove-scratch': removeScratch,
};

/** Assessments as they are done; their order is in src/saga/tables/assess.ts. */
export const assessKind: RunKind<AssessFacts, AssessFound, AssessAction, AssessCompensation> = {
  table: assessTable,
  actions,
  compensations: {
    'remove-scratch': removeScratch,
    'remove-namespaces': (run) => removeNamespaces(run, removalStep),
  },
  introduce: ({ input: { spec } }) => ({ name: spec.name, source: spec.source.name, target: spec.target.name }),
  facts: factsOf,
  phaseSummary: (run, phase) => openingSummary(run, phase) ?? { counts: {} },
  keepEvents,
  result: ({ journal, found: { concluded } }) => ({
    phases: journal.phases,
    ...(concluded === undefined ? {} : { report: concluded.assessment.key }),
  }),
};

/**
 * Looks at a migration before anything is touched: what both sides serve, whether everything that moves fits and is
 * taken, what lies outside. Works in a scratch prefix of the Location and in temporary namespaces of the target, all of
 * which it removes, also when it fails or is cancelled; the assessment itself is what stays.
 */
export async function assess(input: AssessInput, ...carried: CarriedArguments<AssessFound>): Promise<AssessOutcome> {
  const run = openRun({ id: input.runId, input, found: newFound(input) }, carried);
  setHandler(reportQuery, () => {
    const { concluded } = run.found;
    return concluded === undefined ? undefined : { ref: concluded.assessment, location: input.spec.location };
  });
  const ending = await drive(assessKind, run, carried[0]);
  throwUnlessWell(ending);
  const { assessment, verdict, counts } = required(run.found.concluded, 'assessment');
  return { exitCode: ending.exitCode, report: assessment, verdict, counts };
}

async function removeScratch(run: Run<AssessFound>): Promise<void> {
  await activities.removeScratch({ context: contextOf(run), stepId: 'finish' });
}
