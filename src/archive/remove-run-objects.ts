import { isLandfallError } from '../core/errors.ts';
import type { RunReport } from '../core/run/report.ts';
import type { StoredRef } from '../core/stored-ref.ts';
import type { ListedObject, Location, StoreOptions } from '../ports/location.ts';
import { provenList } from './proven-list.ts';
import { loadJson } from './run-objects.ts';

/** Failed, and the undo is incomplete: `landfall cleanup` goes by the objects of the run. */
const undoIncomplete = 6;

interface RemoveOptions extends StoreOptions {
  readonly remove: (stored: ListedObject) => Promise<void>;
}

/**
 * Removes what a run has stored for itself. Answers false, and removes nothing, for a run that has not reported its end or
 * could not undo what it did: its objects are what it is undone by. The report, which says so, goes last.
 */
export async function removeRunObjects(
  location: Location,
  run: string,
  { remove, ...options }: RemoveOptions
): Promise<boolean> {
  const prefix = `runs/${run}/`;
  const reports: ListedObject[] = [];
  const others: ListedObject[] = [];
  for (const stored of await provenList(location, prefix, options)) {
    (stored.key.startsWith(`${prefix}report/`) ? reports : others).push(stored);
  }
  if (!(await isOver(location, reports, options))) return others.length === 0 && reports.length === 0;
  for (const stored of [...others, ...reports]) await remove(stored);
  return true;
}

async function isOver(location: Location, reports: readonly ListedObject[], options: StoreOptions): Promise<boolean> {
  for (const { key, sizeBytes } of reports) {
    const sha256 = /([0-9a-f]{64})\.json$/u.exec(key)?.[1] ?? '';
    const report = await loadUnlessGone(location, { key, sha256, sizeBytes }, options);
    if (report?.exitCode === undoIncomplete) return false;
  }
  return reports.length > 0;
}

/** A report goes last of what its run has stored: whoever has removed it has judged the run to be over. */
async function loadUnlessGone(
  location: Location,
  ref: StoredRef,
  options: StoreOptions
): Promise<RunReport | undefined> {
  try {
    return await loadJson<RunReport>(location, ref, options);
  } catch (error) {
    if (isLandfallError(error, 'STORED_OBJECT_MISSING')) return undefined;
    throw error;
  }
}
