import type { ApplyFacts } from '../../src/saga/tables/applying.ts';
import { migrateTable } from '../../src/saga/tables/migrate.ts';
import type { MigrateAction, MigrateCompensation } from '../../src/saga/tables/migrate.ts';
import { keepEvents } from '../opening/scope.ts';
import { openingSummary } from '../opening/summaries.ts';
import type { StepSummary } from '../saga/journal.ts';
import { driveReported, reportedResult, type ReportedOutcome } from '../saga/reported-run.ts';
import { openRun } from '../saga/run.ts';
import type { CarriedArguments, Run, RunKind } from '../saga/run.ts';
import { applyActions, applyCompensations, applySummary, dryRunSummary } from './apply.ts';
import { writeReport } from '../volumes/write-report.ts';
import { finishActions } from './finish.ts';
import { factsOf, newFound, type MigrateFound } from './found.ts';
import { openingActions } from './opening.ts';
import { volumeActions, volumeCompensations } from './volumes.ts';
import type { MigrateInput } from '../../src/core/run/context.ts';

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
  result: reportedResult,
};

/**
 * Moves a scope from one cluster to another. A failure for good or a cancel undoes everything in reverse, not
 * cancellable, and closes the run as Failed or Cancelled.
 */
export async function migrate(
  input: MigrateInput,
  ...carried: CarriedArguments<MigrateFound>
): Promise<ReportedOutcome> {
  const run = openRun({ id: input.runId, input, found: newFound(input) }, carried);
  return driveReported(migrateKind, run, { location: input.spec.location, carried: carried[0] });
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
