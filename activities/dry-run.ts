import { loadJson } from '../src/archive/run-objects.ts';
import type { SilentWebhook } from '../src/core/admission/dead-webhooks.ts';
import { isLandfallError } from '../src/core/errors.ts';
import { applyPatch } from '../src/core/json/patch.ts';
import type { ApplyResult } from '../src/core/migration/contract.ts';
import { namespaceResource } from '../src/core/resource.ts';
import type { ApiResource } from '../src/core/resource.ts';
import { readHead } from '../src/core/select/head.ts';
import type { StoredRef } from '../src/core/stored-ref.ts';
import { eachOfBatch } from './apply.ts';
import type { DryRunPlaces } from './dry-run-namespaces.ts';
import type { PlannedObject } from './lib/plan-batch.ts';
import type { Progress } from './lib/progress.ts';
import type { Session } from './lib/session.ts';
import { readTargetWebhooks } from './lib/target-webhooks.ts';
import { textOf } from './lib/text.ts';
import { writeObject } from './lib/write-object.ts';
import type { ObjectOutcome } from './lib/write-object.ts';
import { refusalOf } from './webhook-reaches.ts';

/** Where a batch is asked about; without places an object whose namespace is not there is not asked about. */
export interface DryRunRequest {
  readonly batch: StoredRef;
  readonly places?: StoredRef;
}

/**
 * Asks the target's admission about every object of a batch without storing anything, in a temporary namespace where its
 * own is not there yet. What cannot be asked (a kind that its definition brings, a webhook that does not answer) is
 * counted and named, never taken for accepted.
 */
export async function dryRunBatch(
  session: Session<'target'>,
  progress: Progress,
  { batch, places: stored }: DryRunRequest
): Promise<ApplyResult> {
  const { target, location } = session;
  const { signal } = progress;
  const { resources } = await target.discover({ signal });
  const places = stored === undefined ? undefined : (await loadJson<DryRunPlaces>(location, stored)).places;
  const known = new Map<string, Promise<string | undefined>>();
  const placeOf = (namespace: string): Promise<string | undefined> => {
    if (namespace === '' || places !== undefined) return Promise.resolve(namespace === '' ? '' : places?.[namespace]);
    const asked =
      known.get(namespace) ??
      target.get(namespaceResource, '', namespace, { signal }).then((live) => (live === undefined ? live : namespace));
    known.set(namespace, asked);
    return asked;
  };
  const questions = await openQuestions(session, places ?? {}, { resources, signal });
  return eachOfBatch(session, progress, batch, async (object) => {
    const { ref } = object.entry;
    const place = await placeOf(ref.namespace);
    const why = whyNotAsked(
      { ...questions, places: place === undefined ? {} : { ...questions.places, [ref.namespace]: place } },
      object
    );
    if (why !== undefined || place === undefined) return { ref, outcome: 'applied', notAsked: why ?? '' };
    return askAbout(session, object, { place, signal });
  });
}

async function askAbout(
  session: Session<'target'>,
  object: PlannedObject,
  { place, signal }: { readonly place: string; readonly signal: AbortSignal }
): Promise<ObjectOutcome> {
  const { ref, resource } = object.entry;
  try {
    if (place === ref.namespace) return await writeObject(session, object, { dryRun: true, signal });
    const options = { fieldManager: session.fieldManager, dryRun: true, signal };
    // What is there already in a namespace that was just made (the default account) is made there by the cluster.
    const { warnings } = await session.target.create(resource, place, textIn(object, place), options);
    return { ref, outcome: 'applied', warnings };
  } catch (error) {
    if (
      isLandfallError(error, 'CLUSTER_SERVER_ERROR') &&
      /failed calling webhook/.test(`${error.message} ${error.detail.why}`)
    )
      return { ref, outcome: 'applied', notAsked: 'a webhook on the target does not respond' };
    if (
      isLandfallError(error, 'ADMISSION_DENIED', 'OBJECT_INVALID') &&
      /does not support dry run/.test(`${error.message} ${error.detail.why}`)
    )
      return { ref, outcome: 'applied', notAsked: 'a webhook with side effects cannot be called in a dry run' };
    if (isLandfallError(error, 'OBJECT_NOT_FOUND') && place !== ref.namespace)
      return { ref, outcome: 'applied', notAsked: notThere };
    throw error;
  }
}

/** The API server looks up the Role of a RoleBinding for a user who may not bind it (RBAC, privilege escalation). */
export const notThere = 'the target looks up what it refers to, which is not in the temporary namespace';

/** What decides whether an object can be asked about. */
export interface Questions {
  readonly places: DryRunPlaces['places'];
  readonly served: ReadonlySet<string>;
  readonly silent: readonly SilentWebhook[];
  /** Labels of the places that objects are asked about in. */
  readonly labels: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

/** Reads once for a batch what decides whether its objects can be asked about. */
export async function openQuestions(
  { target }: Session<'target'>,
  places: DryRunPlaces['places'],
  { resources, signal }: { readonly resources: readonly ApiResource[]; readonly signal: AbortSignal }
): Promise<Questions> {
  const { silent } = await readTargetWebhooks(target, signal);
  const labels = new Map<string, Readonly<Record<string, string>>>();
  for (const place of silent.length === 0 ? [] : new Set(Object.values(places))) {
    const live = await target.get(namespaceResource, '', place, { signal });
    if (live !== undefined) labels.set(place, readHead(textOf(live.bytes), namespaceResource).labels);
  }
  return { places, served: new Set(resources.map(keyOf)), silent, labels };
}

/** Why the target cannot be asked about an object; undefined where it can. */
export function whyNotAsked(
  { places, served, silent, labels }: Questions,
  { entry: { ref, resource }, outcome }: PlannedObject
): string | undefined {
  if (!served.has(keyOf(resource))) return `${resource.kind} is not served yet`;
  const place = ref.namespace === '' ? '' : places[ref.namespace];
  if (place === undefined) return `namespace ${ref.namespace} does not exist`;
  const own = readHead(outcome.text, resource).labels;
  const isNamespace = resource.group === '' && resource.kind === 'Namespace';
  const namespaceLabels = isNamespace ? own : place === '' ? undefined : (labels.get(place) ?? {});
  return refusalOf(silent, resource, {
    namespace: place,
    labels: own,
    ...(namespaceLabels === undefined ? {} : { namespaceLabels }),
  });
}

/** The object as it is asked about in another namespace than its own. */
export function textIn({ entry, outcome }: PlannedObject, place: string): string {
  if (place === entry.ref.namespace) return outcome.text;
  return applyPatch(outcome.text, [{ op: 'replace', path: '/metadata/namespace', value: place }]);
}

function keyOf({ group, version, plural }: ApiResource): string {
  return `${group}/${version}/${plural}`;
}
