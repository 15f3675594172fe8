import type { WorkflowHandle } from '@temporalio/client';
import { loadJson } from '../archive/run-objects.ts';
import { pointsReportSchema } from '../core/retention/report.ts';
import type { PointsReport } from '../core/retention/report.ts';
import { reportSchema } from '../core/run/report.ts';
import type { RunReport } from '../core/run/report.ts';
import type { LocationSpec } from '../core/spec/spec.ts';
import type { StoredRef } from '../core/stored-ref.ts';
import { openLocation } from '../locations/open-location.ts';
import { assessmentSchema } from '../assess/assessment.ts';
import type { Assessment } from '../assess/assessment.ts';

interface StoredReport {
  readonly ref: StoredRef;
  readonly location: LocationSpec;
}

/**
 * Reads the report of a migration out of its location; undefined while there is none, and for runs whose report has another
 * form. Throws LOCATION_* where this machine cannot read the location the worker wrote to.
 */
export async function readReport(handle: WorkflowHandle): Promise<RunReport | undefined> {
  const stored = await readStored(handle);
  return stored?.schema === reportSchema ? (stored as RunReport) : undefined;
}

/** The same for an assessment. */
export async function readAssessment(handle: WorkflowHandle): Promise<Assessment | undefined> {
  const stored = await readStored(handle);
  return stored?.schema === assessmentSchema ? (stored as Assessment) : undefined;
}

/** The same for a run about recovery points. */
export async function readPointsReport(handle: WorkflowHandle): Promise<PointsReport | undefined> {
  const stored = await readStored(handle);
  return stored?.schema === pointsReportSchema ? (stored as PointsReport) : undefined;
}

async function readStored(handle: WorkflowHandle): Promise<{ readonly schema: string } | undefined> {
  const stored = await handle.query<StoredReport | undefined, []>('report');
  if (stored === undefined) return undefined;
  const location = await openLocation(stored.location);
  try {
    return await loadJson<{ readonly schema: string }>(location, stored.ref);
  } finally {
    await location.close();
  }
}
