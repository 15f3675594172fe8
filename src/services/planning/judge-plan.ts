import pMap from 'p-map';
import type { IndexEntry } from '../../archive/entry.ts';
import { loadLines } from '../../archive/run-objects.ts';
import { applyPatch } from '../../core/json/patch.ts';
import { limits } from '../../core/limits.ts';
import type { DesiredObject } from '../../core/planning/desired-object.ts';
import type { DesiredState } from '../../core/planning/desired-state.ts';
import { conflictFinding } from '../../core/plan/build-plan.ts';
import type { JudgedObject, JudgedApplyGroup } from '../../core/plan/build-plan.ts';
import { namespaceResource, objectKey } from '../../core/resource.ts';
import type { ApiResource } from '../../core/resource.ts';
import type { Finding } from '../../core/run/events.ts';
import type { StoredRef } from '../../core/stored-ref.ts';
import { contentHash } from '../../core/verify/compare.ts';
import { keptFindings, undecidedFindings } from '../../core/existing/findings.ts';
import { existingPolicyOf } from '../../core/existing/object-policy.ts';
import { decideConflict } from '../../core/existing/decide-conflict.ts';
import { sha256Of } from '../../archive/stored.ts';
import { isOurs } from '../objects/ownership.ts';
import { readBatch } from './desired-batch.ts';
import type { TransformedObject } from './desired-batch.ts';
import { textOf } from '../objects/text.ts';
import { transformContext } from './transform-context.ts';
import { askAboutUpdates } from './refused-updates.ts';
import type { PlannedUpdate, UndecidedUpdate } from './refused-updates.ts';
import type { Session } from '../session.ts';
import type { Progress } from '../progress.ts';

type Entry = DesiredObject<IndexEntry>;

/**
 * Judges every object of a desired state against the target as it is now: to be created, changed (with the differences),
 * kept or in conflict. Reads only. An object whose namespace or kind is not on the target is not asked for.
 */
export async function judgePlan(
  session: Session<'target'>,
  progress: Progress,
  plan: DesiredState<Entry>
): Promise<JudgedApplyGroup[]> {
  const autoscaled = new Set(plan.autoscaled ?? []);
  const total = plan.applyGroups.reduce((sum, applyGroup) => sum + (applyGroup.settle ? 0 : applyGroup.objects), 0);
  progress.update({ unit: 'objects', total, done: 0, note: 'compare with the target' });
  const exists = await openExistence(session, progress.signal);
  const applyGroups: JudgedApplyGroup[] = [];
  let done = 0;
  for (const applyGroup of plan.applyGroups) {
    if (applyGroup.settle) {
      applyGroups.push({ name: applyGroup.name, objects: [], claims: [], settle: applyGroup.objects });
      continue;
    }
    const objects: JudgedObject[] = [];
    for (const batch of applyGroup.batches) {
      objects.push(...(await judgeBatch(session, { batch, autoscaled, exists, signal: progress.signal })));
      done += limits.batchObjects;
      progress.update({ done: Math.min(done, total) });
    }
    const claims = applyGroup.claims
      ? plan.claims.map((entry) => judged(entry, autoscaled, { verdict: 'create' }))
      : [];
    applyGroups.push({ name: applyGroup.name, objects, claims, settle: 0 });
  }
  return applyGroups;
}

/**
 * What is on the target with other content: it stops the run, by its policy or since the target refuses the update, or stays
 * by the policy. For everybody who plans: `plan`, `assess` and the beginning of a run. Asks only for what the lists of the
 * target's namespaces have and for what is in no namespace.
 */
export async function findConflicts(
  session: Session<'target'>,
  progress: Progress,
  { applyGroups, autoscaled, findings }: Pick<DesiredState<Entry>, 'applyGroups' | 'autoscaled' | 'findings'>
): Promise<Finding[]> {
  const { signal } = progress;
  progress.update({ note: 'compare with the target' });
  const isThere = await openExistence(session, signal);
  const exists = async (entry: Entry): Promise<boolean> => entry.absent !== true && (await isThere(entry));
  const found: Finding[] = [];
  const kept: JudgedObject[] = [];
  const undecided: UndecidedUpdate[] = [];
  for (const batch of applyGroups.flatMap(({ settle, batches }) => (settle ? [] : batches))) {
    const updates: PlannedUpdate[] = [];
    const onUpdate = (update: PlannedUpdate): void => void updates.push(update);
    const request = { batch, autoscaled: new Set(autoscaled ?? []), exists, signal, onUpdate };
    const objects = await judgeBatch(session, request);
    const conflicts = objects.filter(({ verdict }) => verdict === 'conflict');
    found.push(...conflicts.map((object) => conflictFinding(session.spec, object)));
    const answered = await askAboutUpdates(session, updates, signal);
    found.push(...answered.refused);
    undecided.push(...answered.undecided);
    kept.push(...objects.filter(({ verdict, diff = [] }) => verdict === 'keep' && diff.length > 0));
  }
  found.push(
    ...keptFindings(session.spec.target.name, kept),
    ...undecidedFindings(session.spec.target.name, undecided)
  );
  const known = new Set(findings?.map(({ code, subject }) => `${code} ${subject}`));
  return found.filter(({ code, subject }) => !known.has(`${code} ${subject}`));
}

interface Batch {
  readonly batch: StoredRef;
  readonly autoscaled: ReadonlySet<string>;
  readonly exists: (entry: Entry) => Promise<boolean>;
  readonly signal: AbortSignal;
  /** Is given what would be replaced, with the body of the request. */
  readonly onUpdate?: (update: PlannedUpdate) => void;
}

/** Objects are transformed again only where there is something on the target to compare them with. */
async function judgeBatch(session: Session<'target'>, request: Batch): Promise<JudgedObject[]> {
  const { batch, autoscaled, exists, signal } = request;
  const entries: Entry[] = [];
  for await (const entry of loadLines<Entry>(session.location, batch, { signal })) entries.push(entry);
  const lives = await pMap(
    entries,
    async ({ resource, ref, ...entry }) => {
      if (!(await exists({ resource, ref, ...entry }))) return undefined;
      const live = await session.target.get({ ...ref, resource }, { signal });
      return live === undefined ? undefined : textOf(live.bytes);
    },
    { concurrency: limits.parallelApply, signal }
  );
  const desired = new Map<string, TransformedObject>();
  if (lives.some((live) => live !== undefined)) {
    const there = new Set(entries.filter((_, index) => lives[index] !== undefined).map(({ ref }) => objectKey(ref)));
    const wanted = ({ ref }: DesiredObject): boolean => there.has(objectKey(ref));
    const context = transformContext(session.spec, []);
    for await (const object of readBatch(session, batch, { context, signal, wanted })) {
      desired.set(objectKey(object.entry.ref), object);
    }
  }
  return entries.map((entry, index) => {
    const live = lives[index];
    const object = desired.get(objectKey(entry.ref));
    if (live === undefined || object === undefined) return judged(entry, autoscaled, { verdict: 'create' });
    return judged(entry, autoscaled, compared(session, object, { live, ...request }));
  });
}

const verdicts = { none: 'keep', skip: 'keep', replace: 'change', merge: 'change', fail: 'conflict' } as const;

function compared(
  session: Session<never>,
  object: TransformedObject,
  { live, autoscaled, onUpdate }: Pick<Batch, 'autoscaled' | 'onUpdate'> & { readonly live: string }
): Pick<JudgedObject, 'verdict' | 'live' | 'diff'> {
  const { entry, outcome } = object;
  const { ref } = entry;
  // A plan that is made again after a step was tried: what this run has made is no difference of somebody else's.
  if (isOurs(live, entry, session.fieldManager)) return { verdict: 'create' };
  const desired = outcome.deferred.reduce((text, change) => applyPatch(text, change.patch), outcome.text);
  const policy = existingPolicyOf(session.spec, entry);
  const decision = decideConflict(desired, live, { ref, policy, autoscaled: autoscaled.has(objectKey(ref)) });
  const { action, differences } = decision;
  if (decision.action === 'replace') onUpdate?.({ object, body: decision.body });
  const diff = differences.map(({ path, desired: to, actual: from }) => ({ path, from, to }));
  const verdict = verdicts[action];
  return { verdict, live: sha256Of(contentHash(live, ref)), diff };
}

function judged(
  entry: Entry,
  autoscaled: ReadonlySet<string>,
  verdict: Pick<JudgedObject, 'verdict' | 'live' | 'diff'>
): JudgedObject {
  const { ref, digest, rules, awaited, drift } = entry;
  const counts = drift !== undefined && (drift.allow !== 'replicas' || autoscaled.has(objectKey(ref)));
  return {
    ref,
    digest: counts ? drift.digest : digest,
    rules,
    awaited,
    ...(counts ? { mayDrift: drift.allow } : {}),
    ...verdict,
  };
}

/** Whether an object can be on the target at all: its kind is served there, and its namespace is there. */
async function openExistence(
  session: Session<'target'>,
  signal: AbortSignal
): Promise<(entry: Entry) => Promise<boolean>> {
  const { target } = session;
  const { resources } = await target.discover({ signal });
  const served = new Set(resources.map(keyOf));
  const namespaces = new Map<string, Promise<boolean>>();
  return ({ ref, resource }) => {
    if (!served.has(keyOf(resource))) return Promise.resolve(false);
    if (ref.namespace === '') return Promise.resolve(true);
    const known =
      namespaces.get(ref.namespace) ??
      target
        .get({ resource: namespaceResource, namespace: '', name: ref.namespace }, { signal })
        .then((live) => live !== undefined);
    namespaces.set(ref.namespace, known);
    return known;
  };
}

function keyOf({ group, version, plural }: ApiResource): string {
  return `${group}/${version}/${plural}`;
}
