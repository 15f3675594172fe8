import { isLandfallError } from '../../src/core/errors.ts';
import { hasAppliers, restoredManagers } from '../../src/core/existing/managed-fields.ts';
import { read } from '../../src/core/json/node.ts';
import { readListedHead } from '../../src/core/select/head.ts';
import type { RawObject } from '../../src/ports/cluster.ts';
import type { PlannedObject } from './plan-batch.ts';
import type { Session } from './session.ts';
import { textOf } from './text.ts';

/** Controllers write to an object as soon as it is there: so often the entries are read and put together again. */
const readAgainMax = 4;
/** Refusals that are about this request; the object is there, and the run goes on. */
const refusals = ['OBJECT_INVALID', 'ADMISSION_DENIED', 'OBJECT_CONFLICT', 'OBJECT_TOO_LARGE'] as const;

/**
 * Leaves the fields of an object to those who applied them on the source, after the last write of the run on it
 * (docs/decisions/0021). managedFields are ignored on create (api-server-facts 22), so it is a request of its own, for
 * objects that somebody applies server-side alone. Gives what the server said where it refuses. Idempotent.
 */
export async function giveFieldsBack(
  session: Session,
  { entry, captured }: PlannedObject,
  written: RawObject | undefined,
  signal: AbortSignal
): Promise<readonly string[]> {
  const { target, fieldManager } = session;
  const { ref, resource } = entry;
  if (captured === undefined || !hasAppliers(readListedHead(captured, resource).managers)) return [];
  const source = read(captured, '/metadata/managedFields');
  let live = written;
  for (let attempt = 1; ; attempt++) {
    live ??= await target.get(resource, ref.namespace, ref.name, { signal });
    if (live === undefined) return [];
    const text = textOf(live.bytes);
    const managedFields = restoredManagers(source, read(text, '/metadata/managedFields'), fieldManager);
    if (managedFields === undefined) return [];
    const resourceVersion = read(text, '/metadata/resourceVersion');
    const patch = JSON.stringify({ metadata: { resourceVersion, managedFields } });
    const contentType = 'application/merge-patch+json';
    try {
      await target.patch(resource, ref.namespace, ref.name, patch, { fieldManager, contentType, signal });
      return [];
    } catch (error) {
      if (isLandfallError(error, ...refusals)) return [`field ownership is not as on the source: ${error.detail.what}`];
      if (!isLandfallError(error, 'OBJECT_CHANGED') || attempt > readAgainMax) throw error;
      live = undefined;
    }
  }
}
