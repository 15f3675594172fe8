import { lockPoint } from '../src/archive/lock-point.ts';
import { readStoreClock } from '../src/archive/store-clock.ts';
import { isLandfallError, LandfallError } from '../src/core/errors.ts';
import { pointOfRun } from '../src/core/identity/names.ts';
import { openLock } from '../src/locations/open-lock.ts';
import type { Progress } from '../src/services/progress.ts';
import type { Session } from '../src/services/session.ts';

/** What a commit answers, once its point is locked as the Location says. */
export async function lockedAfter<T>(session: Session<never>, progress: Progress, commit: Promise<T>): Promise<T> {
  const committed = await commit;
  await lockCommitted(session, progress);
  return committed;
}

/**
 * Locks the recovery point that a run has committed, where its Location says so: everything it refers to, what older points brought
 * included, so that a lock is as long as the newest point needs it. Counts from the time of the store. Idempotent. A point that
 * cannot be locked stays, and the error says so.
 */
export async function lockCommitted({ spec, location, runId }: Session<never>, progress: Progress): Promise<void> {
  const { location: store } = spec;
  if (store.provider !== 's3' || store.lock === undefined) return;
  const { mode, forMs } = store.lock;
  const { signal } = progress;
  const point = pointOfRun(runId);
  const lock = await openLock(store);
  try {
    const wanted = { mode, untilMs: (await readStoreClock(location, { signal })) + forMs };
    const onLocked = (objects: number): void => progress.update({ note: `locking objects: ${objects}` });
    await lockPoint(location, { lock, point, wanted }, { signal, onLocked });
  } catch (error) {
    signal.throwIfAborted();
    if (!isLandfallError(error)) throw error;
    const { code, what, why, fix, ref } = error.detail;
    throw new LandfallError(code, {
      what: `recovery point ${point} is committed and not locked: ${what}`,
      ...(why === undefined ? {} : { why }),
      fix: `${fix}; then lock it with \`landfall points lock\``,
      ...(ref === undefined ? {} : { ref }),
      cause: error,
    });
  } finally {
    await lock.close();
  }
}
