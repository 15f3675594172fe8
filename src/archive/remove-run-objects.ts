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
  /** The point was copied here: its run has worked elsewhere, and reports nothing to this Location. */
  readonly isCopy?: boolean;
}

/**
 * Removes what a run has stored for itself. `kept`, with nothing removed: the run has not reported its end or could not undo what it
 * did, and its objects are what it is undone by. `sealed`, with nothing removed: its report says so, and there is no key to read it.
 * The report goes last.
 */
export async function removeRunObjects(
  location: Location,
  run: string,
  { remove, isCopy = false, ...options }: RemoveOptions
): Promise<'removed' | 'kept' | 'sealed'> {
  const prefix = `runs/${run}/`;
  const reports: ListedObject[] = [];
  const others: ListedObject[] = [];
  for (const stored of await provenList(location, prefix, options)) {
    (stored.key.startsWith(`${prefix}report/`) ? reports : others).push(stored);
  }
  if (!isCopy && reports.length > 0 && location.seal?.hasIdentity === false) return 'sealed';
  const isEmpty = others.length === 0 && reports.length === 0;
  if (!isCopy && !(await isOver(location, reports, options))) return isEmpty ? 'removed' : 'kept';
  for (const stored of [...others, ...reports]) await remove(stored);
  return 'removed';
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
