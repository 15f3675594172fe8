import { runFolder, storeJson, storeLines } from '../../archive/run-objects.ts';
import { createSegmentWriter } from '../../archive/segment-writer.ts';
import type { CapturedObject } from '../../archive/entry.ts';
import { emptyPart, groupExcluded, mergeParts } from '../../core/capture/capture-part.ts';
import type { CapturePart, ExcludedObject } from '../../core/capture/capture-part.ts';
import type { StoredRef } from '../../core/stored-ref.ts';
import type { Session } from '../session.ts';

/** An object on its way to the archive. */
export interface HeldObject {
  readonly object: CapturedObject;
  readonly bytes: Uint8Array;
}

/** What one list gave. */
export interface ListFound {
  /** Without what is in `held` and `excluded`. */
  readonly part: CapturePart;
  /** All objects of a small list; none of one that is stored by itself. */
  readonly held: readonly HeldObject[];
  readonly excluded: readonly ExcludedObject[];
}

/** Bytes that wait for company; then they go. */
const pendingBytesMax = 8 * 1024 * 1024;
/** Excluded objects that wait in memory. */
const pendingExcludedMax = 10_000;

/**
 * Puts small lists together: most kinds have a handful of objects in a namespace, and a segment, an index and a list of
 * what was excluded for each would be four requests to the store for nothing. Not for concurrent use.
 */
export interface CapturePending {
  add(found: ListFound): void;
  /** True when enough waits. */
  readonly isFull: boolean;
  /** Stores everything that waits as one part; undefined when nothing was added. */
  flush(): Promise<StoredRef | undefined>;
}

export function createCapturePending(session: Session<never>, signal: AbortSignal): CapturePending {
  let found: ListFound[] = [];
  let bytes = 0;
  let excluded = 0;
  return {
    add(list) {
      found.push(list);
      bytes += list.held.reduce((sum, held) => sum + held.bytes.byteLength, 0);
      excluded += list.excluded.length;
    },
    get isFull() {
      return bytes >= pendingBytesMax || excluded >= pendingExcludedMax;
    },
    async flush() {
      if (found.length === 0) return undefined;
      const lists = found;
      found = [];
      bytes = 0;
      excluded = 0;
      const stored = await storeTogether(session, lists, signal);
      const part = lists.reduce((sum, { part: one }) => mergeParts(sum, one), stored);
      return storeJson(runFolder(session, 'capture'), part, { signal });
    },
  };
}

async function storeTogether(
  session: Session<never>,
  lists: readonly ListFound[],
  signal: AbortSignal
): Promise<CapturePart> {
  const writer = createSegmentWriter(session.location, { signal });
  for (const { held } of lists) for (const { object, bytes } of held) await writer.add(object, bytes);
  const { index, stats } = await writer.finish();
  const excluded = lists.flatMap((list) => list.excluded);
  const refs = excluded.length === 0 ? [] : [await storeLines(runFolder(session, 'excluded'), excluded, { signal })];
  return {
    ...emptyPart,
    indexes: index === undefined ? [] : [index],
    objects: stats.objects,
    rawBytes: stats.rawBytes,
    storedBytes: stats.storedBytes,
    excludedCount: excluded.length,
    excludedGroups: groupExcluded(excluded),
    excludedRefs: refs,
  };
}
