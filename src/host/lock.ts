import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { identifyProcess, isAlive, type ProcessIdentity } from './process-identity.ts';
import { waitFor } from './wait.ts';

/**
 * Runs `work` while holding the lock file. The file names its holder, and the lock of a dead holder is taken over.
 * Fails when a living holder keeps it past the deadline, and at once when the file system refuses to hold a lock.
 */
export async function withLock<T>(
  file: string,
  options: { deadlineMs: number; onWait?: () => void },
  work: () => Promise<T> | T
): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  await acquire(file, options);
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** Links a file that already holds its content, so that nobody ever reads a half-written lock. */
async function acquire(file: string, options: { deadlineMs: number; onWait?: () => void }): Promise<void> {
  const own = `${file}.${randomUUID()}`;
  let reported = false;
  let refused: unknown;
  try {
    writeFileSync(own, JSON.stringify(identifyProcess(process.pid)));
    const probe = (): true | undefined => {
      try {
        if (link(own, file)) return true;
      } catch (error) {
        refused = error;
      }
      if (!reported) options.onWait?.();
      reported = true;
      return undefined;
    };
    const unrecoverable = (): string | undefined => (refused instanceof Error ? refused.message : undefined);
    await waitFor(probe, { what: `the lock ${file}`, deadlineMs: options.deadlineMs, unrecoverable });
  } catch (error) {
    throw refused ?? error;
  } finally {
    rmSync(own, { force: true });
  }
}

/** False when somebody holds the lock; the lock of a dead holder is taken away. */
function link(own: string, file: string): boolean {
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const holder = readHolder(file);
    if (holder !== undefined && !isAlive(holder)) removeDead(file);
    return false;
  }
}

/** Moves the lock aside before looking again: of several who saw the same dead holder, none removes the next one's lock. */
function removeDead(file: string): void {
  const aside = `${file}.${randomUUID()}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  const holder = readHolder(aside);
  if (holder !== undefined && isAlive(holder)) linkSync(aside, file);
  rmSync(aside, { force: true });
}

function readHolder(file: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}
