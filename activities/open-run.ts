import { runFolder, storeJson } from '../src/archive/run-objects.ts';
import type { StoredRef } from '../src/core/stored-ref.ts';
import type { Dependencies } from './runtime/dependencies.ts';
import { firstContact, toTemporalFailure } from './runtime/failures.ts';
import { beginUsing } from './runtime/keep-using.ts';
import { openProgress } from './runtime/progress.ts';
import { noteRetry, tellingRetries } from './runtime/session.ts';
import type { RunInput } from '../src/core/run/context.ts';
import type { Progress } from '../src/services/progress.ts';

/**
 * Stores the specification in the location, so that everything after it travels by reference, and says that the run uses
 * its recovery point from here on; not with `leaves`, of one that only undoes what a run has left. Waits for a sweep of
 * the location by being tried again. Idempotent.
 */
export async function openRun(
  dependencies: Dependencies,
  { input, leaves = false }: { readonly input: RunInput; readonly leaves?: boolean }
): Promise<StoredRef> {
  const progress = openProgress('preflight', dependencies.contactMs);
  try {
    return await tellingRetries(progress, async () => {
      const spec = await firstContact(storeSpec(dependencies, input, progress));
      if (!leaves) await begin(dependencies, input, progress);
      return spec;
    });
  } catch (error) {
    throw toTemporalFailure(error);
  } finally {
    await progress.stop();
  }
}

async function storeSpec(dependencies: Dependencies, input: RunInput, progress: Progress): Promise<StoredRef> {
  const location = await dependencies.openLocation(input.spec.location, noteRetry, 'brief');
  try {
    return await storeJson(runFolder({ location, runId: input.runId }, 'spec'), input.spec, {
      signal: progress.signal,
    });
  } finally {
    await location.close();
  }
}

/** Opened anew, with the patience of a step: the first contact fails early, and it was made. */
async function begin(dependencies: Dependencies, input: RunInput, progress: Progress): Promise<void> {
  const location = await dependencies.openLocation(input.spec.location, noteRetry);
  try {
    await beginUsing(location, input.runId, { signal: progress.signal });
  } finally {
    await location.close();
  }
}
