import type { BackupInput } from '../../src/core/run/context.ts';
import { backupTable } from '../../src/saga/tables/backup.ts';
import type { BackupAction, BackupCompensation, BackupFacts } from '../../src/saga/tables/backup.ts';
import { keepEvents } from '../opening/scope.ts';
import { openingSummary } from '../opening/summaries.ts';
import type { StepSummary } from '../saga/journal.ts';
import { driveReported, reportedResult, type ReportedOutcome } from '../saga/reported-run.ts';
import { openRun } from '../saga/run.ts';
import type { CarriedArguments, Run, RunKind } from '../saga/run.ts';
import { takingCompensations } from '../volumes/taking.ts';
import { defined, writeReport } from '../volumes/write-report.ts';
import { backupActions } from './actions.ts';
import { factsOf, copiesOf, newFound, volumesOf, type BackupFound } from './found.ts';

/** How a backup ended, and how much it has taken. */
export interface BackupOutcome extends ReportedOutcome {
  readonly objects: number;
  /** The data of volumes. */
  readonly bytes: number;
}

/** Backups as they are done; their order and what undoes what is in src/saga/tables/backup.ts. */
export const backupKind: RunKind<BackupFacts, BackupFound, BackupAction, BackupCompensation> = {
  table: backupTable,
  actions: backupActions,
  compensations: takingCompensations,
  introduce: ({ input: { spec } }) => ({ name: spec.name, source: spec.source.name, target: '' }),
  facts: factsOf,
  phaseSummary,
  keepEvents,
  writeReport: (run, ending, tried) =>
    writeReport(run, {
      ...{ ending, tried, volumes: volumesOf(run.found), applied: [] },
      ...defined({ copies: copiesOf(run.found) }),
    }),
  result: reportedResult,
};

/**
 * Writes a scope of a cluster into a recovery point. A failure for good or a cancel before the point is committed undoes
 * everything in reverse, not cancellable, and closes the run as Failed or Cancelled.
 */
export async function backup(input: BackupInput, ...carried: CarriedArguments<BackupFound>): Promise<BackupOutcome> {
  const run = openRun({ id: input.runId, input, found: newFound(input) }, carried);
  const ended = await driveReported(backupKind, run, { location: input.spec.location, carried: carried[0] });
  const { captured, takenBytes } = run.found;
  return { ...ended, objects: captured?.objects ?? 0, bytes: takenBytes };
}

/** What a phase says when it is done; each number once, from what was found. */
function phaseSummary(run: Run<BackupFound>, phase: string): StepSummary {
  const { plan, captured, takenBytes, newBytes } = run.found;
  const claims = plan?.claims.length ?? 0;
  switch (phase) {
    case 'volumes':
      return { counts: { claims, bytes: takenBytes, transferredBytes: newBytes } };
    case 'commit':
      return { counts: { objects: captured?.objects ?? 0, claims } };
    case 'finish':
      return { counts: { claims } };
    default:
      return openingSummary(run, phase) ?? { counts: {} };
  }
}
