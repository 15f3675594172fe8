import type { IndexEntry } from '../../archive/entry.ts';
import { readObjects } from '../../archive/read-objects.ts';
import { loadLines } from '../../archive/run-objects.ts';
import type { DesiredObject } from '../../core/planning/desired-object.ts';
import type { StoredRef } from '../../core/stored-ref.ts';
import { readHead } from '../../core/select/head.ts';
import { transformObject } from '../../core/transform/transform-object.ts';
import type { AdditionalOutcome, TransformContext, TransformOutcome } from '../../core/transform/rule.ts';
import { planDigest } from '../../core/planning/desired-object.ts';
import { LandfallError } from '../../core/errors.ts';
import { describeRef, objectKey } from '../../core/resource.ts';
import { sha256Of } from '../../archive/stored.ts';
import { resourceOf } from '../capture/stored-capture.ts';
import { textOf } from '../objects/text.ts';
import { translated } from './translation.ts';
import type { Session } from '../session.ts';

/** One object with what is desired on the target. */
export interface TransformedObject {
  readonly entry: DesiredObject<IndexEntry>;
  readonly outcome: TransformOutcome;
  /** As it was captured; absent where a rule made the object. */
  readonly captured?: string;
}

/**
 * Reads a batch of the plan and makes its objects again from the capture: the archive verifies every byte before it is
 * given out, and the text must have the digest the plan was made with. Transforms are pure, so nothing is stored twice.
 * An object that a rule made beside another is made again from that one. `wanted` picks objects by their entries; the
 * others are not read.
 */
export async function* readBatch(
  session: Session<never>,
  batch: StoredRef,
  {
    context,
    signal,
    wanted = () => true,
  }: {
    readonly context: TransformContext;
    readonly signal: AbortSignal;
    readonly wanted?: (entry: DesiredObject<IndexEntry>) => boolean;
  }
): AsyncGenerator<TransformedObject> {
  const entries: DesiredObject<IndexEntry>[] = [];
  for await (const entry of loadLines<DesiredObject<IndexEntry>>(session.location, batch, { signal })) {
    if (wanted(entry)) entries.push(entry);
  }
  const whole = await translated(session, context);
  let index = 0;
  for await (const { bytes } of readObjects(
    session.location,
    entries.map(({ entry }) => entry),
    { signal, cache: session.segments }
  )) {
    const entry = entries[index++] as DesiredObject<IndexEntry>;
    const text = textOf(bytes);
    const outcome = outcomeOf(entry, text, whole);
    if (outcome === undefined || sha256Of(planDigest(outcome)) !== entry.digest) {
      throw new LandfallError('INTERNAL', {
        what: `${describeRef(entry.ref)} is transformed differently from when the plan was made`,
        fix: 'the worker was changed in the middle of the run: cancel it and start it again',
      });
    }
    yield { entry, outcome, ...(entry.additional === true ? {} : { captured: text }) };
  }
}

/** The outcome an entry stands for: of the object it was captured as, or of one a rule made of that. */
function outcomeOf(
  entry: DesiredObject<IndexEntry>,
  text: string,
  context: TransformContext
): TransformOutcome | undefined {
  const resource = entry.additional === true ? resourceOf(entry.entry) : entry.resource;
  const { keptFinalizers = [] } = entry;
  const outcome = transformObject({ head: readHead(text, resource), text, resource }, { ...context, keptFinalizers });
  // Which owners are cluster-scoped the plan has asked the target; here nobody asks again.
  if (entry.additional !== true) return entry.owners === undefined ? outcome : { ...outcome, owners: entry.owners };
  const key = objectKey(entry.ref);
  const made = outcome.additional.find(({ ref }) => objectKey(ref) === key);
  return made === undefined ? undefined : additionalOutcome(made);
}

/** An object a rule made, as the outcome of a desired object of its own. */
export function additionalOutcome({ text, ref, changes }: AdditionalOutcome): TransformOutcome {
  return { text, ref, changes, notes: [], deferred: [], owners: [], additional: [] };
}
