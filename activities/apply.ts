import type { StoredRef } from '../src/core/stored-ref.ts';
import type { TransformedObject } from '../src/services/planning/desired-batch.ts';
import { writeObject } from '../src/services/apply/write-object.ts';
import type { ObjectOutcome } from '../src/services/apply/write-object.ts';
import type { ApplyResult } from '../src/core/apply/contract.ts';
import type { Session } from '../src/services/session.ts';
import type { Progress } from '../src/services/progress.ts';
import { eachOfBatch } from '../src/services/apply/each-of-batch.ts';

/**
 * Creates the objects of a batch. Create first; an object that is there is compared, and the policy decides. What an
 * earlier attempt of this run made is known by its field manager, so a repeat makes nothing twice. One bad object does
 * not stop the others; once all were tried it fails the batch, and the policy decides what that means for the run.
 */
export async function applyBatch(
  session: Session<'target'>,
  progress: Progress,
  batch: StoredRef
): Promise<ApplyResult> {
  return eachOfBatch(session, { progress, batch }, (object) => applyObject(session, progress, object));
}

function applyObject(
  session: Session<'target'>,
  progress: Progress,
  object: TransformedObject
): Promise<ObjectOutcome> {
  return writeObject(session, object, { dryRun: false, signal: progress.signal });
}
