import pMap from 'p-map';
import { isLandfallError, LandfallError } from '../src/core/errors.ts';
import { restoredManagers } from '../src/core/existing/managed-fields.ts';
import { read } from '../src/core/json/node.ts';
import { limits } from '../src/core/limits.ts';
import type { StoredRef } from '../src/core/stored-ref.ts';
import { readBatch } from '../src/services/planning/desired-batch.ts';
import type { TransformedObject } from '../src/services/planning/desired-batch.ts';
import { textOf } from '../src/services/objects/text.ts';
import { transformContext } from '../src/services/planning/transform-context.ts';
import type { Session } from '../src/services/session.ts';
import type { Progress } from '../src/services/progress.ts';

/** Controllers write to an object as soon as it is there: so often the entries are read and put together again. */
const readAgainMax = 8;
/** Refusals that are about one object: it keeps the run as the manager of its fields. */
const refusals = ['OBJECT_INVALID', 'ADMISSION_DENIED', 'OBJECT_CONFLICT', 'OBJECT_TOO_LARGE'] as const;

/**
 * Leaves the fields of the objects of a batch to those who applied them on the source (docs/decisions/0021). managedFields
 * are ignored on create (api-server-facts 22), so it is a request of its own, for objects that somebody applies server-side
 * alone, and comes when nothing is undone any more: an undo goes by who owns what. Tries every object, then throws what the
 * server said to the first it refused. Idempotent.
 */
export async function giveFieldsBack(session: Session<'target'>, progress: Progress, batch: StoredRef): Promise<void> {
  const { signal } = progress;
  let done = 0;
  const refused: LandfallError[] = [];
  progress.update({ unit: 'objects', done, note: 'field ownership' });
  const context = transformContext(session.spec, []);
  await pMap(
    readBatch(session, batch, { context, signal, wanted: ({ applied }) => applied === true }),
    async (object) => {
      const refusal = await giveBack(session, object, signal);
      if (refusal !== undefined) refused.push(refusal);
      progress.update({ done: ++done });
    },
    { concurrency: limits.parallelApply, signal }
  );
  const [first] = refused;
  if (first === undefined) return;
  const others = refused.length === 1 ? '' : ` (and ${refused.length - 1} more)`;
  const { cause: _, ...detail } = first.detail;
  throw new LandfallError(first.code, {
    ...detail,
    what: `field ownership could not be given back: ${detail.what}${others}`,
  });
}

async function giveBack(
  session: Session<'target'>,
  { entry, captured }: TransformedObject,
  signal: AbortSignal
): Promise<LandfallError | undefined> {
  const { target, fieldManager } = session;
  const { ref, resource } = entry;
  if (captured === undefined) return undefined;
  const source = read(captured, '/metadata/managedFields');
  for (let attempt = 1; ; attempt++) {
    const live = await target.get({ ...ref, resource }, { signal });
    if (live === undefined) return undefined;
    const text = textOf(live.bytes);
    const managedFields = restoredManagers(source, read(text, '/metadata/managedFields'), fieldManager);
    if (managedFields === undefined) return undefined;
    const patch = JSON.stringify({
      metadata: { resourceVersion: read(text, '/metadata/resourceVersion'), managedFields },
    });
    const contentType = 'application/merge-patch+json';
    try {
      await target.patch({ ...ref, resource, patch }, { fieldManager, contentType, signal });
      return undefined;
    } catch (error) {
      if (isLandfallError(error, ...refusals)) return error;
      if (!isLandfallError(error, 'OBJECT_CHANGED') || attempt > readAgainMax) throw error;
    }
  }
}
