import { mayContinue } from '../../core/existing/object-policy.ts';
import { dependenciesOf } from '../../core/graph/dependencies-of.ts';
import { describeRef, objectKey } from '../../core/resource.ts';
import type { ObjectRef } from '../../core/resource.ts';
import type { AffectedObject } from '../../core/run/report.ts';
import { readListedHead } from '../../core/select/head.ts';
import type { StoredRef } from '../../core/stored-ref.ts';
import { putNamed, readNamed, sha256Of } from '../../archive/stored.ts';
import { readBatch } from '../planning/desired-batch.ts';
import type { TransformedObject } from '../planning/desired-batch.ts';
import { transformContext } from '../planning/transform-context.ts';
import type { ObjectOutcome } from './write-object.ts';
import type { Session } from '../session.ts';

/** Remembers which objects of a batch the run goes on without; the last attempt counts. Nothing where none may be. */
export async function keepRefused(
  { location, runId, spec }: Session<never>,
  batch: StoredRef,
  outcomes: readonly ObjectOutcome[]
): Promise<void> {
  if (!mayContinue(spec)) return;
  const keys = outcomes.filter(({ continued }) => continued === true).map(({ ref }) => objectKey(ref));
  const key = `${prefixOf(runId)}${sha256Of(batch.key)}`;
  await putNamed(location, { key, bytes: Buffer.from(JSON.stringify(keys)) });
}

/** Keys of the objects the run goes on without. */
export async function readRefused(
  { location, runId, spec }: Session<never>,
  signal: AbortSignal
): Promise<Set<string>> {
  const refused = new Set<string>();
  if (!mayContinue(spec)) return refused;
  for await (const { key } of location.list(prefixOf(runId), { signal })) {
    const keys = JSON.parse(Buffer.from(await readNamed(location, key, { signal })).toString('utf8')) as string[];
    for (const one of keys) refused.add(one);
  }
  return refused;
}

/** What an object needs that was refused; empty for most. */
function needsOf({ entry, outcome }: TransformedObject, refused: ReadonlySet<string>): readonly ObjectRef[] {
  const head = readListedHead(outcome.text, entry.resource);
  return dependenciesOf(outcome.text, head).filter((ref) => refused.has(objectKey(ref)));
}

/**
 * Keys of those objects of a batch nobody waits for: the refused ones, and those that need one of them, since they
 * cannot become ready. They count as refused for what needs them in turn.
 */
export async function withoutRefused(
  session: Session<never>,
  { batch, refused }: { readonly batch: StoredRef; readonly refused: Set<string> },
  signal: AbortSignal
): Promise<ReadonlySet<string>> {
  const remaining = new Set(refused);
  if (refused.size === 0) return remaining;
  const context = transformContext(session.spec, []);
  for await (const object of readBatch(session, batch, { context, signal, wanted: ({ awaited }) => awaited })) {
    if (needsOf(object, refused).length === 0) continue;
    remaining.add(objectKey(object.entry.ref));
    refused.add(objectKey(object.entry.ref));
  }
  return remaining;
}

/** The objects of a plan that need one that was refused, by name. */
export async function affectedBy(
  session: Session<never>,
  { batches, refused }: { readonly batches: readonly StoredRef[]; readonly refused: ReadonlySet<string> },
  signal: AbortSignal
): Promise<readonly AffectedObject[]> {
  const affected: AffectedObject[] = [];
  if (refused.size === 0) return affected;
  for (const batch of batches) {
    for await (const object of readBatch(session, batch, { context: transformContext(session.spec, []), signal })) {
      const { ref } = object.entry;
      if (refused.has(objectKey(ref))) continue;
      const needs = needsOf(object, refused);
      if (needs.length > 0) affected.push({ object: describeRef(ref), needs: needs.map(describeRef) });
    }
  }
  return affected;
}

function prefixOf(runId: string): string {
  return `runs/${runId}/refused/`;
}
