import { setHandler } from '@temporalio/workflow';
import type { RestoreInput } from '../../src/core/run/context.ts';
import type { ApplyFacts } from '../../src/saga/tables/applying.ts';
import { restoreTable } from '../../src/saga/tables/restore.ts';
import type { RestoreAction, RestoreCompensation } from '../../src/saga/tables/restore.ts';
import { applyActions, applyCompensations } from '../migrate/apply.ts';
import { finishActions } from '../migrate/finish.ts';
import { factsOf, newFound, type MigrateFound } from '../migrate/found.ts';
import { phaseSummary, type MigrateOutcome } from '../migrate/migrate.ts';
import { openingActions } from '../migrate/opening.ts';
import { volumeActions, volumeCompensations } from '../migrate/volumes.ts';
import { pointActions } from '../opening/point.ts';
import { keepEvents } from '../opening/scope.ts';
import { drive, throwUnlessWell } from '../saga/drive.ts';
import { reportQuery } from '../saga/messages.ts';
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
  result: ({ found: { report, reportSummary } }) => ({
    ...reportSummary,
    ...(report === undefined ? {} : { report: report.key }),
  }),
};

/**
 * Brings a recovery point to a cluster. A failure for good or a cancel undoes everything in reverse, not cancellable, and
 * closes the run as Failed or Cancelled. The cluster that was captured is not asked.
 */
export async function restore(
  input: RestoreInput,
  ...carried: CarriedArguments<MigrateFound>
): Promise<MigrateOutcome> {
  const run = openRun({ id: input.runId, input, found: newFound(input) }, carried);
  setHandler(reportQuery, () => {
    const { report } = run.found;
    return report === undefined ? undefined : { ref: report, location: input.spec.location };
  });
  const ending = await drive(restoreKind, run, carried[0]);
  throwUnlessWell(ending);
  const { outcome, exitCode } = ending;
  const { report } = run.found;
  return { outcome, exitCode, ...(report === undefined ? {} : { report }) };
}
