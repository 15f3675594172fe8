import pMap from 'p-map';
import { loadLines } from '../src/archive/run-objects.ts';
import { isLandfallError, LandfallError } from '../src/core/errors.ts';
import { limits } from '../src/core/limits.ts';
import type { DesiredObject } from '../src/core/planning/desired-object.ts';
import type { StoredRef } from '../src/core/stored-ref.ts';
import { undoObject } from '../src/services/undo/undo-object.ts';
import type { Session } from '../src/services/session.ts';
import type { Progress } from '../src/services/progress.ts';

/** Objects that are named when they could not be undone; the log of the worker has all of them. */
const namedMax = 20;

/** What is final for one object and says nothing of the others. */
const objectErrors = ['UNDO_INCOMPLETE', 'DELETION_HELD'] as const;

/**
 * Undoes what a batch did to the target: removes what the run created, brings back what it changed, leaves everything
 * else alone. Goes by the managers in the live object, so an effect whose outcome nobody learned is undone, too. Tries every
 * object whatever becomes of the others, and waits until what it removed is gone. Idempotent. Throws what may pass by
 * itself first, so that it is tried again; else UNDO_INCOMPLETE or DELETION_HELD with every object that stays.
 */
export async function undoBatch(session: Session<'target'>, progress: Progress, batch: StoredRef): Promise<void> {
  const entries: DesiredObject[] = [];
  for await (const entry of loadLines<DesiredObject>(session.location, batch, { signal: progress.signal })) {
    entries.push(entry);
  }
  let done = 0;
  const stays: LandfallError[] = [];
  const failures: unknown[] = [];
  progress.update({ unit: 'objects', total: entries.length });
  await pMap(
    entries,
    async (entry) => {
      try {
        await undoObject(session, progress, entry);
      } catch (error) {
        progress.signal.throwIfAborted();
        if (isLandfallError(error, 'WORKER_LOST')) throw error;
        if (isLandfallError(error, ...objectErrors)) stays.push(error);
        else failures.push(error);
      }
      progress.update({ done: ++done });
    },
    { concurrency: limits.parallelApply, signal: progress.signal }
  );
  const [failure] = failures;
  if (failure !== undefined) throw failure;
  const [first, ...others] = stays;
  if (first === undefined) return;
  if (others.length === 0) throw first;
  const named = stays.slice(0, namedMax).map(({ detail }) => detail.what);
  const more = stays.length > namedMax ? [`and ${stays.length - namedMax} more`] : [];
  throw new LandfallError(first.code, {
    ...{ what: `${first.detail.what} (and ${others.length} more)`, why: [...named, ...more].join('; ') },
    ...(first.detail.ref === undefined ? {} : { ref: first.detail.ref }),
    fix: first.detail.fix,
  });
}
