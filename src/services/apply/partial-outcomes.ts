import { isLandfallError } from '../../core/errors.ts';
import { objectKey } from '../../core/resource.ts';
import type { StoredRef } from '../../core/stored-ref.ts';
import { putNamed, readNamed, sha256Of } from '../../archive/stored.ts';
import type { ObjectOutcome } from './write-object.ts';
import type { Session } from '../session.ts';

/**
 * Stores what became of the objects of a batch that was broken off, beside what earlier attempts did, and without regard
 * to the signal that broke it off. What cannot be stored is missing in a count and must not hide why the batch ended.
 */
export async function storePartial(
  session: Session<never>,
  batch: StoredRef,
  outcomes: readonly ObjectOutcome[]
): Promise<void> {
  if (outcomes.length === 0) return;
  try {
    const all = new Map((await loadPartial(session, batch)).map((one) => [objectKey(one.ref), one]));
    for (const one of outcomes) all.set(objectKey(one.ref), one);
    const bytes = Buffer.from(JSON.stringify([...all.values()]));
    await putNamed(session.location, { key: partialKey(session.runId, batch), bytes });
  } catch {
    // The error that broke the batch off is the one to report.
  }
}

/** What a batch that was broken off had done; nothing where it never began or ended well. */
export async function loadPartial(
  { location, runId }: Session<never>,
  batch: StoredRef
): Promise<readonly ObjectOutcome[]> {
  try {
    const bytes = await readNamed(location, partialKey(runId, batch));
    return JSON.parse(Buffer.from(bytes).toString('utf8')) as ObjectOutcome[];
  } catch (error) {
    if (isLandfallError(error, 'STORED_OBJECT_MISSING')) return [];
    throw error;
  }
}

function partialKey(runId: string, batch: StoredRef): string {
  return `runs/${runId}/applied-partly/${sha256Of(batch.key)}`;
}
