import { loadJson } from '../src/archive/run-objects.ts';
import type { CaptureSelection } from '../src/core/capture/capture-kinds.ts';
import { groupResource } from '../src/core/resource.ts';
import type { StoredRef } from '../src/core/stored-ref.ts';
import { createCapturePending } from '../src/services/capture/capture-pending.ts';
import { createRelatives } from '../src/services/capture/relatives.ts';
import type { CaptureBatch, CaptureResult } from '../src/core/capture/contract.ts';
import type { Session } from '../src/services/session.ts';
import type { Progress } from '../src/services/progress.ts';
import { summariseParts, selectionOf, captureKind } from '../src/services/capture/capture-kind.ts';

/** What earlier attempts have stored: the parts, and how many kinds are in them. */
interface CaptureCursor {
  readonly parts: readonly StoredRef[];
  readonly kinds: number;
}

/**
 * Captures kinds [from, to) of the capture selection, kind by kind. Kinds with few objects are stored together; what is stored
 * is the cursor of the heartbeat, so a lost attempt repeats little, and a repeat stores nothing that is there already.
 */
export async function captureKinds(
  session: Session<'source'>,
  progress: Progress,
  batch: CaptureBatch
): Promise<CaptureResult> {
  const { signal } = progress;
  const plan = await loadJson<CaptureSelection>(session.location, batch.kinds);
  const cursor = (progress.cursor as CaptureCursor | undefined) ?? { parts: [], kinds: 0 };
  const parts = [...cursor.parts];
  const pending = createCapturePending(session, signal);
  const selection = selectionOf(session, plan);
  const relatives = createRelatives({ session, plan, selection, signal });
  let objects = 0;
  const onObjects = (count: number) => progress.update({ done: (objects += count) });
  const kinds = plan.kinds.slice(batch.from + cursor.kinds, batch.to);
  for (const [at, kind] of kinds.entries()) {
    progress.update({ note: groupResource(kind.resource), unit: 'objects', done: objects });
    for (const list of await captureKind({ session, progress, selection, relatives, onObjects }, kind))
      pending.add(list);
    if (!pending.isFull && at < kinds.length - 1) continue;
    const part = await pending.flush();
    if (part !== undefined) parts.push(part);
    progress.checkpoint({ parts, kinds: cursor.kinds + at + 1 } satisfies CaptureCursor);
  }
  return summariseParts(session, parts);
}
