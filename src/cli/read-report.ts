import type { WorkflowHandle } from '@temporalio/client';
import { loadJson } from '../archive/run-objects.ts';
import type { RunReport } from '../core/run/report.ts';
import type { LocationSpec } from '../core/spec/spec.ts';
import type { StoredRef } from '../core/stored-ref.ts';
import { openLocation } from '../locations/open-location.ts';

interface StoredReport {
  readonly ref: StoredRef;
  readonly location: LocationSpec;
}

/**
 * Reads the report of a run out of its location; undefined while there is none. Throws LOCATION_* where this machine
 * cannot read the location the worker wrote to.
 */
export async function readReport(handle: WorkflowHandle): Promise<RunReport | undefined> {
  const stored = await handle.query<StoredReport | undefined, []>('report');
  if (stored === undefined) return undefined;
  const location = await openLocation(stored.location);
  try {
    return await loadJson<RunReport>(location, stored.ref);
  } finally {
    await location.close();
  }
}
