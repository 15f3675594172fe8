import { CsiError } from './errors.ts';
import type { PageRequest } from './messages.ts';
import type { StoredRecord } from './store.ts';

/** A slice of a listing and the token that continues it; an empty token ends it. */
export interface Page<Kind> {
  readonly entries: readonly Kind[];
  readonly nextToken: string;
}

/**
 * Cuts one page out of records ordered by creation. The token names the last record seen, not a position, so that entries
 * deleted or added between two pages neither hide nor repeat others. Fails with ABORTED on a token it never gave out, as
 * the specification asks of ListVolumes and ListSnapshots.
 */
export function paginate<Kind extends StoredRecord>(
  records: readonly Kind[],
  { maxEntries, startingToken }: PageRequest
): Page<Kind> {
  if (maxEntries < 0) throw new CsiError('INVALID_ARGUMENT', 'max_entries must not be negative');
  const after = parseToken(startingToken);
  const remaining = records.filter((record) => record.sequence > after);
  const entries = maxEntries === 0 ? remaining : remaining.slice(0, maxEntries);
  const last = entries.at(-1);
  const complete = last === undefined || entries.length === remaining.length;
  return { entries, nextToken: complete ? '' : `after-${String(last.sequence)}` };
}

function parseToken(token: string): number {
  if (token === '') return 0;
  const sequence = /^after-(\d+)$/.exec(token)?.[1];
  if (sequence === undefined) {
    throw new CsiError('ABORTED', `starting_token ${JSON.stringify(token)} is not one of ours`);
  }
  return Number(sequence);
}
