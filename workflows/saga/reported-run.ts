import { setHandler } from '@temporalio/workflow';
import type { RunOutcome } from '../../src/core/run/events.ts';
import type { WrittenReport } from '../../src/core/run/report-request.ts';
import type { LocationSpec } from '../../src/core/spec/spec.ts';
import type { StoredRef } from '../../src/core/stored-ref.ts';
import { drive, throwUnlessWell } from './drive.ts';
import { reportQuery } from './messages.ts';
import type { Carried, Run, RunKind } from './run.ts';

/** How a run ended: what the command line turns into its last lines and its exit code. */
export interface ReportedOutcome {
  readonly outcome: RunOutcome;
  readonly exitCode: number;
  /** Absent when the Location did not take it. */
  readonly report?: StoredRef;
}

/** Where the report of a run is, once there is one, and what of it the last event says. */
interface Reported {
  report?: StoredRef;
  reportSummary?: WrittenReport['summary'];
}

/** What the last event says of a run that has written its report. */
export function reportedResult({
  found: { report, reportSummary },
}: Run<Reported>): ReturnType<RunKind<unknown, Reported>['result']> {
  return { ...reportSummary, ...(report === undefined ? {} : { report: report.key }) };
}

interface Driven<Found> {
  /** Where its report lies. */
  readonly location: LocationSpec;
  readonly carried: Carried<Found> | undefined;
}

/**
 * Drives a run that writes a report, and gives it out while its workflow is known. A run that did not end well closes as
 * Failed or Cancelled.
 */
export async function driveReported<Facts, Found extends Reported>(
  kind: RunKind<Facts, Found>,
  run: Run<Found>,
  { location, carried }: Driven<Found>
): Promise<ReportedOutcome> {
  setHandler(reportQuery, () => {
    const { report } = run.found;
    return report === undefined ? undefined : { ref: report, location };
  });
  const ending = await drive(kind, run, carried);
  throwUnlessWell(ending);
  const { outcome, exitCode } = ending;
  const { report } = run.found;
  return { outcome, exitCode, ...(report === undefined ? {} : { report }) };
}
