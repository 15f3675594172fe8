import type { ApplyFacts } from '../../src/saga/tables/applying.ts';
import { setHandler } from '@temporalio/workflow';
import type { RunOutcome } from '../../src/core/run/events.ts';
import type { StoredRef } from '../../src/core/stored-ref.ts';
import { migrateTable } from '../../src/saga/tables/migrate.ts';
import type { MigrateAction, MigrateCompensation } from '../../src/saga/tables/migrate.ts';
import { keepEvents } from '../opening/scope.ts';
import { openingSummary } from '../opening/summaries.ts';
import { drive, throwUnlessWell } from '../saga/drive.ts';
import type { StepSummary } from '../saga/journal.ts';
import { reportQuery } from '../saga/messages.ts';
import { openRun } from '../saga/run.ts';
import type { CarriedArguments, Run, RunKind } from '../saga/run.ts';
import { applyActions, applyCompensations, applySummary, dryRunSummary } from './apply.ts';
import { writeReport } from '../volumes/write-report.ts';
import { finishActions } from './finish.ts';
import { factsOf, newFound, type MigrateFound } from './found.ts';
import { openingActions } from './opening.ts';
import { volumeActions, volumeCompensations } from './volumes.ts';
import type { MigrateInput } from '../../src/core/run/context.ts';

/** How a run ended: what the CLI turns into its last lines and its exit code. */
export interface MigrateOutcome {
  readonly outcome: RunOutcome;
  readonly exitCode: number;
  /** Absent when the location did not take it. */
  readonly report?: StoredRef;
}

/** Migrations as they are done; their order and what undoes what is in src/saga/tables/migrate.ts. */
export const migrateKind: RunKind<ApplyFacts, MigrateFound, MigrateAction, MigrateCompensation> = {
  table: migrateTable,
  actions: { ...openingActions, ...volumeActions, ...applyActions, ...finishActions },
  compensations: { ...volumeCompensations, ...applyCompensations },
  introduce: ({ input: { spec } }) => ({ name: spec.name, source: spec.source.name, target: spec.target?.name ?? '' }),
  facts: factsOf,
  phaseSummary,
  keepEvents,
  writeReport: (run, ending, tried) =>
    writeReport(run, { ending, tried, volumes: run.found.volumes, applied: run.found.applied.flat() }),
  result: ({ found: { report, reportSummary } }) => ({
    ...reportSummary,
    ...(report === undefined ? {} : { report: report.key }),
  }),
};

/**
 * Moves a scope from one cluster to another. A failure for good or a cancel undoes everything in reverse, not
 * cancellable, and closes the run as Failed or Cancelled.
 */
export async function migrate(
  input: MigrateInput,
  ...carried: CarriedArguments<MigrateFound>
): Promise<MigrateOutcome> {
  const run = openRun({ id: input.runId, input, found: newFound(input) }, carried);
  setHandler(reportQuery, () => {
    const { report } = run.found;
    return report === undefined ? undefined : { ref: report, location: input.spec.location };
  });
  const ending = await drive(migrateKind, run, carried[0]);
  throwUnlessWell(ending);
  const { outcome, exitCode } = ending;
  const { report } = run.found;
  return { outcome, exitCode, ...(report === undefined ? {} : { report }) };
}

/** What a phase says when it is done; each number once, from what was found. */
export function phaseSummary(run: Run<MigrateFound>, phase: string): StepSummary {
  const { plan, verified, volumes, movedBytes, applied, input } = run.found;
  switch (phase) {
    case 'volumes':
      return { counts: { claims: volumes.length, bytes: movedBytes } };
    case 'apply':
      return input.spec.dryRun && plan !== undefined
        ? dryRunSummary(plan, applied.flat())
        : applySummary(applied.flat());
    case 'verify': {
      const { missing = 0, extra = 0, different = 0 } = verified ?? {};
      return { counts: { missing, extra, different } };
    }
    case 'finish':
      return { counts: { claims: plan?.claims.length ?? 0 } };
    default:
      return openingSummary(run, phase) ?? { counts: {} };
  }
}
