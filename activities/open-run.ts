import { storeJson } from '../src/archive/run-objects.ts';
import type { MigrateInput } from '../src/core/migration/contract.ts';
import type { StoredRef } from '../src/core/stored-ref.ts';
import type { Dependencies } from './lib/dependencies.ts';
import { firstContact, toTemporalFailure } from './lib/failures.ts';
import { openProgress } from './lib/progress.ts';
import type { Progress } from './lib/progress.ts';
import { noteRetry, tellingRetries } from './lib/session.ts';

/** Stores the specification in the location, so that everything after it travels by reference. Idempotent. */
export async function openRun(dependencies: Dependencies, input: MigrateInput): Promise<StoredRef> {
  const progress = openProgress('preflight');
  try {
    return await firstContact(tellingRetries(progress, () => storeSpec(dependencies, input, progress)));
  } catch (error) {
    throw toTemporalFailure(error);
  } finally {
    progress.stop();
  }
}

async function storeSpec(dependencies: Dependencies, input: MigrateInput, progress: Progress): Promise<StoredRef> {
  const location = await dependencies.openLocation(input.spec.location, noteRetry, 'brief');
  try {
    return await storeJson(location, `runs/${input.runId}/spec`, input.spec, { signal: progress.signal });
  } finally {
    await location.close();
  }
}
