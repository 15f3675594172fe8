import type { IndexEntry } from '../../archive/entry.ts';
import { runFolder, storeLines } from '../../archive/run-objects.ts';
import type { DependencyGraph } from '../../core/graph/apply-groups.ts';
import { limits } from '../../core/limits.ts';
import type { DesiredObject } from '../../core/planning/desired-object.ts';
import { objectKey } from '../../core/resource.ts';
import type { StoredRef } from '../../core/stored-ref.ts';
import type { EntryBlocks } from './entry-blocks.ts';
import type { ApplyGroup } from '../../core/planning/contract.ts';
import type { Session } from '../session.ts';

type Entry = DesiredObject<IndexEntry>;

/** What one pass over the captured objects has collected of the entries that are to be ordered. */
interface Unordered {
  readonly entries: EntryBlocks<Entry>;
  readonly graph: DependencyGraph;
  readonly settle: readonly Entry[];
  readonly claimEntries: readonly Entry[];
}

/** What is known of entries when all of them are. */
interface Judged {
  readonly isAbsent: (entry: Entry) => boolean;
  /** It cannot become ready, since something that is excluded is missing. */
  readonly isStuck: (entry: Entry) => boolean;
}

/** Cuts the ordered apply groups into stored batches. Claims that move are in no batch: they are bound. */
export async function storeApplyGroups(
  session: Session<never>,
  draft: Unordered,
  judged: Judged
): Promise<ApplyGroup[]> {
  const moved = new Set(draft.claimEntries.map((entry) => objectKey(entry.ref)));
  const applyGroups: ApplyGroup[] = [];
  let claimsPlaced = moved.size === 0;
  for (const { name, keys } of draft.graph.applyGroups()) {
    const claims = !claimsPlaced && keys.some((key) => moved.has(key));
    claimsPlaced ||= claims;
    const made = keys.filter((key) => !moved.has(key));
    if (made.length === 0 && !claims) continue;
    const batches = await storeBatches(session, made, { entryOf: (key) => draft.entries.get(key), ...judged });
    applyGroups.push({ name, objects: keys.length, batches, claims, settle: false });
  }
  if (draft.settle.length > 0) {
    const batches = await storeBatches(session, draft.settle, { entryOf: (entry) => entry, ...judged });
    applyGroups.push({ name: 'settle', objects: draft.settle.length, batches, claims: false, settle: true });
  }
  return applyGroups;
}

/** Stores entries in batches; `entryOf` gives each when its batch is written, so that few are in memory. */
async function storeBatches<T>(
  session: Session<never>,
  items: readonly T[],
  { entryOf, isAbsent, isStuck }: Judged & { readonly entryOf: (item: T) => Entry | undefined }
): Promise<StoredRef[]> {
  const batches: StoredRef[] = [];
  for (let start = 0; start < items.length; start += limits.batchObjects) {
    const entries = items.slice(start, start + limits.batchObjects).flatMap((item) => entryOf(item) ?? []);
    const batch = entries.map((entry) => ({
      ...entry,
      awaited: entry.awaited && !isStuck(entry),
      absent: isAbsent(entry),
    }));
    batches.push(await storeLines(runFolder(session, 'batches'), batch));
  }
  return batches;
}
