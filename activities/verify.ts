import pMap from 'p-map';
import { loadJson, loadLines, runFolder, storeJson, storeLines } from '../src/archive/run-objects.ts';
import { LandfallError } from '../src/core/errors.ts';
import { desiredOnExisting } from '../src/core/existing/desired-on-existing.ts';
import { existingPolicyOf } from '../src/core/existing/object-policy.ts';
import { sharingOf } from '../src/core/existing/sharing.ts';
import { applyPatch } from '../src/core/json/patch.ts';
import { limits } from '../src/core/limits.ts';
import type { DesiredState } from '../src/core/planning/desired-state.ts';
import { describeRef, namespaceResource, objectKey } from '../src/core/resource.ts';
import type { ApiResource, ObjectRef } from '../src/core/resource.ts';
import { reportNamesMax } from '../src/core/run/report.ts';
import type { Parity } from '../src/core/run/report.ts';
import { compareObjects } from '../src/core/verify/compare.ts';
import type { Difference } from '../src/core/verify/compare.ts';
import { differenceText } from '../src/core/verify/difference-text.ts';
import type { StoredRef } from '../src/core/stored-ref.ts';
import { readHead } from '../src/core/select/head.ts';
import { readAutoscaled } from '../src/services/verify/autoscaled.ts';
import { isOurs } from '../src/services/objects/ownership.ts';
import { openLiveObjects } from '../src/services/objects/live-objects.ts';
import type { LiveObjects } from '../src/services/objects/live-objects.ts';
import { readBatch } from '../src/services/planning/desired-batch.ts';
import type { TransformedObject } from '../src/services/planning/desired-batch.ts';
import { transformContext } from '../src/services/planning/transform-context.ts';
import type { VerifyResult } from '../src/core/verify/contract.ts';
import type { Session } from '../src/services/session.ts';
import type { Progress } from '../src/services/progress.ts';
import { applicationLists } from '../src/services/objects/application-lists.ts';

/** What is not as desired, by name. */
interface Found {
  readonly missing: string[];
  readonly different: string[];
  /** Every difference of every object, for the store. */
  readonly all: { readonly object: string; readonly differences: readonly Difference[] }[];
  readonly desired: Set<string>;
  counts: { missing: number; different: number };
}

/**
 * Reads every object of the plan back from the target and compares it with what was desired; then looks for unexpected
 * objects in the namespaces of the plan. Lists serve both, so an object costs a share of a request. Changes nothing.
 * Objects the policy left as they were count as different when they are: the policy decides what is done, not what is
 * reported.
 */
export async function verifyObjects(
  session: Session<'target'>,
  progress: Progress,
  ref: StoredRef
): Promise<VerifyResult> {
  const { signal } = progress;
  const plan = await loadJson<DesiredState>(session.location, ref);
  const counts = { missing: 0, different: 0 };
  const found: Found = { missing: [], different: [], all: [], desired: new Set(), counts };
  const total = plan.applyGroups
    .filter(({ settle }) => !settle)
    .reduce((sum, applyGroup) => sum + applyGroup.objects, 0);
  progress.update({ unit: 'objects', total });
  const autoscaled = await readAutoscaled(session, plan, signal);
  const remaining: { readonly resource: ApiResource; readonly text: string }[] = [];
  const live = openLiveObjects(session.target, signal, (resource, text) => void remaining.push({ resource, text }));
  const comparison = { session, autoscaled, found };
  let done = 0;
  for (const applyGroup of plan.applyGroups) {
    if (applyGroup.settle) continue;
    for (const batch of applyGroup.batches) {
      for await (const object of readBatch(session, batch, { context: transformContext(session.spec, []), signal })) {
        const { resource, ref: asked } = object.entry;
        // Namespaces are the first of the plan.
        if (isNamespace(asked)) live.foresee(asked.name);
        compareObject(comparison, object, await live.take(resource, asked));
        progress.update({ done: ++done });
      }
    }
  }
  for (const claim of plan.claims as readonly { ref: ObjectRef }[]) found.desired.add(objectKey(claim.ref));
  const extra = await findExtra(session, progress, {
    live,
    remaining,
    desired: found.desired,
    existing: plan.existing,
  });
  const { missing, different } = found.counts;
  const names = {
    missing: found.missing.slice(0, reportNamesMax),
    extra: extra.slice(0, reportNamesMax),
    different: found.different.slice(0, reportNamesMax),
  };
  const stored =
    found.all.length === 0 ? undefined : await storeLines(runFolder(session, 'differences'), found.all, { signal });
  const parity: Parity = {
    ...{ checked: true, missing, extra: extra.length, different, names },
    ...(stored === undefined ? {} : { differences: stored.key }),
  };
  return {
    result: await storeJson(runFolder(session, 'parity'), parity),
    missing,
    extra: extra.length,
    different,
  };
}

interface Comparison {
  readonly session: Session<never>;
  readonly autoscaled: ReadonlySet<string>;
  /** What it adds to. */
  readonly found: Found;
}

function compareObject(
  { session, autoscaled, found }: Comparison,
  { entry, outcome }: TransformedObject,
  live: string | undefined
): void {
  const { ref } = entry;
  const key = objectKey(ref);
  found.desired.add(key);
  if (isNamespace(ref)) refuseDeleted(ref, live);
  if (live === undefined) {
    found.counts.missing += 1;
    if (found.missing.length < reportNamesMax) found.missing.push(describeRef(ref));
    return;
  }
  const expected = expectedOf(session, { entry, outcome }, live);
  const differences = compareObjects(expected, live, { ref, autoscaled: autoscaled.has(key) });
  if (differences.length === 0) return;
  found.counts.different += 1;
  if (found.all.length < limits.batchObjectsMax) found.all.push({ object: describeRef(ref), differences });
  if (found.different.length < reportNamesMax) found.different.push(differenceText(describeRef(ref), differences));
}

/** What the target is to have: what is desired, with what belongs to others on an object that was there. */
function expectedOf(
  { spec, fieldManager }: Session<never>,
  { entry, outcome }: TransformedObject,
  live: string
): string {
  const desired = outcome.deferred.reduce((text, change) => applyPatch(text, change.patch), outcome.text);
  const { ref } = entry;
  if (sharingOf(ref) === 'definition' && isOurs(live, entry, fieldManager)) return desired;
  return desiredOnExisting(desired, live, { ref, policy: existingPolicyOf(spec, entry) });
}

function isNamespace({ group, kind }: ObjectRef): boolean {
  return group === '' && kind === 'Namespace';
}

/** All that is in a namespace goes with it: neither success nor a difference to be reported object by object. */
function refuseDeleted({ name }: ObjectRef, live: string | undefined): void {
  const deletedAt = live === undefined ? undefined : readHead(live, namespaceResource).deletionTimestamp;
  if (deletedAt === '') return;
  throw new LandfallError('NAMESPACE_DELETED', {
    what: `Namespace ${name} on the target ${deletedAt === undefined ? 'is gone' : `has been terminating since ${deletedAt}`}`,
    why: 'it existed when its objects were applied, and this run did not delete it',
    ref: `Namespace ${name}`,
    side: 'target',
  });
}

/** What the comparison has seen of the target. */
interface Seen {
  readonly live: LiveObjects;
  /** Listed and not asked for. */
  readonly remaining: { readonly resource: ApiResource; readonly text: string }[];
  readonly desired: ReadonlySet<string>;
  /** Keys of what was there before the run. */
  readonly existing: StoredRef;
}

/** What lives in the plan's namespaces now that is not desired and was not there before. */
async function findExtra(
  session: Session<'target'>,
  progress: Progress,
  { live, remaining, desired, existing }: Seen
): Promise<string[]> {
  const { signal } = progress;
  const known = new Set(desired);
  for await (const key of loadLines<string>(session.location, existing, { signal })) known.add(key);
  const namespaces = [...new Set([...desired].map((key) => key.split('/')[2] ?? ''))].filter((name) => name !== '');
  progress.update({ note: 'find extra objects' });
  if (namespaces.length === 0) return [];
  const { lists, isApplication } = await applicationLists(session, session.target, { namespaces, signal });
  const extra = new Map<string, string>();
  const judge = (): void => {
    for (const { resource, text } of remaining.splice(0)) {
      const head = readHead(text, resource);
      if (known.has(objectKey(head.ref)) || !isApplication({ head, text, resource })) continue;
      extra.set(objectKey(head.ref), describeRef(head.ref));
    }
  };
  await pMap(
    lists,
    async ({ resource, namespace }) => {
      await live.drain(resource, namespace);
      judge();
    },
    { concurrency: limits.parallelKinds, signal }
  );
  judge();
  return [...extra.values()];
}
