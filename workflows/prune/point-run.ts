import type { LocationContext, PointsRequest, PruneInput, VerifyInput } from '../../src/core/retention/contract.ts';
import type { CopyInput } from '../../src/core/retention/copy-contract.ts';
import { sitesOf } from '../../src/core/run/sites.ts';
import type { Run } from '../saga/run.ts';

type PointRun = Run<{ readonly input: PruneInput | VerifyInput | CopyInput }>;

/** What every activity of a run about recovery points gets. */
export function contextOf({ found: { input } }: PointRun): LocationContext {
  const { runId, location } = input;
  const sites = sitesOf({ location });
  return { runId, location, ...(Object.keys(sites).length === 0 ? {} : { sites }) };
}

/** Who asks for the run, and when it began. */
export function requestOf(run: PointRun, kind: PointsRequest['kind']): PointsRequest {
  const { asked } = run.found.input;
  return { schema: 'landfall.dev/points-request/v1', run: run.id, kind, asked, at: run.startedAt };
}
