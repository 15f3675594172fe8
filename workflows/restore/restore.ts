import type { RestoreInput } from '../../src/core/run/context.ts';
import type { ApplyFacts } from '../../src/saga/tables/applying.ts';
import { restoreTable } from '../../src/saga/tables/restore.ts';
import type { RestoreAction, RestoreCompensation } from '../../src/saga/tables/restore.ts';
import { applyActions, applyCompensations } from '../migrate/apply.ts';
import { finishActions } from '../migrate/finish.ts';
import { factsOf, newFound, type MigrateFound } from '../migrate/found.ts';
import { phaseSummary } from '../migrate/migrate.ts';
import { openingActions } from '../migrate/opening.ts';
import { volumeActions, volumeCompensations } from '../migrate/volumes.ts';
import { pointActions } from '../opening/point.ts';
import { keepEvents } from '../opening/scope.ts';
import { driveReported, reportedResult, type ReportedOutcome } from '../saga/reported-run.ts';
import { openRun } from '../saga/run.ts';
import { writeReport } from '../volumes/write-report.ts';
import type { CarriedArguments, RunKind } from '../saga/run.ts';

/** Restores as they are done; their order and what undoes what are in src/saga/tables/restore.ts. */
export const restoreKind: RunKind<ApplyFacts, MigrateFound, RestoreAction, RestoreCompensation> = {
  table: restoreTable,
  actions: {
    ...openingActions,
    ...pointActions({ kind: 'restore' }),
    ...volumeActions,
    ...applyActions,
    ...finishActions,
  },
  compensations: { ...volumeCompensations, ...applyCompensations },
  introduce: ({ input: { spec } }) => ({
    name: spec.name,
    source: spec.point?.id ?? '',
    target: spec.target?.name ?? '',
  }),
  facts: factsOf,
  phaseSummary,
  keepEvents,
  writeReport: (run, ending, tried) =>
    writeReport(run, { ending, tried, volumes: run.found.volumes, applied: run.found.applied.flat() }),
  result: reportedResult,
};

/**
 * Brings a recovery point to a cluster. A failure for good or a cancel undoes everything in reverse, not cancellable, and
 * closes the run as Failed or Cancelled. The cluster that was captured is not asked.
 */
export async function restore(
  input: RestoreInput,
  ...carried: CarriedArguments<MigrateFound>
): Promise<ReportedOutcome> {
  const run = openRun({ id: input.runId, input, found: newFound(input) }, carried);
  return driveReported(restoreKind, run, { location: input.spec.location, carried: carried[0] });
}
