import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { withLock } from './lock.ts';

/** As long as the longest build of an executable may take, and some more. */
const fillDeadlineMs = 45 * 60_000;

/**
 * Returns the file or folder `target`, made by `produce` if it is not there yet. Of several processes that want it at the
 * same time one makes it and the others wait for it. It is made beside its place and moved there whole, so that an
 * interrupted run leaves no half of it: rename(2) puts a file over another, but refuses a folder that is not empty.
 */
export async function fillOnce(target: string, produce: (partial: string) => Promise<void>): Promise<string> {
  if (existsSync(target)) return target;
  mkdirSync(dirname(target), { recursive: true });
  return withLock(`${target}.lock`, { deadlineMs: fillDeadlineMs }, async () => {
    if (existsSync(target)) return target;
    const partial = `${target}.partial-${randomUUID()}`;
    try {
      await produce(partial);
      renameSync(partial, target);
      return target;
    } finally {
      rmSync(partial, { force: true, recursive: true });
    }
  });
}
