import { storeJson } from '../../src/archive/run-objects.ts';
import { pointRunPrefix } from '../../src/archive/layout.ts';
import type { LocationContext, PointsRequest } from '../../src/core/retention/contract.ts';
import type { StoredRef } from '../../src/core/stored-ref.ts';
import type { Dependencies } from '../runtime/dependencies.ts';
import { firstContact, toTemporalFailure } from '../runtime/failures.ts';
import { openProgress } from '../runtime/progress.ts';
import { noteRetry, tellingRetries } from '../runtime/session.ts';

interface OpenRequest {
  readonly context: LocationContext;
  readonly request: PointsRequest;
}

/**
 * Stores what is asked for and by whom, before anything is done. The first contact with the Location: a store that does not
 * answer is reported within 10 seconds. Idempotent by content.
 */
export async function openPointRun(dependencies: Dependencies, { context, request }: OpenRequest): Promise<StoredRef> {
  const progress = openProgress('preflight', dependencies.contactMs);
  const store = async (): Promise<StoredRef> => {
    const location = await dependencies.openLocation(context.location, noteRetry, 'brief');
    try {
      return await storeJson({ location, path: `${pointRunPrefix(context.runId)}/request` }, request, {
        signal: progress.signal,
      });
    } finally {
      await location.close();
    }
  };
  try {
    return await tellingRetries(progress, () => firstContact(store()));
  } catch (error) {
    throw toTemporalFailure(error);
  } finally {
    await progress.stop();
  }
}
