import { loadJson } from '../src/archive/run-objects.ts';
import { isLandfallError } from '../src/core/errors.ts';
import { namespaceResource } from '../src/core/resource.ts';
import type { StoredRef } from '../src/core/stored-ref.ts';
import type { TransformedObject } from '../src/services/planning/desired-batch.ts';
import { writeObject } from '../src/services/apply/write-object.ts';
import type { ObjectOutcome } from '../src/services/apply/write-object.ts';
import type { ApplyResult } from '../src/core/apply/contract.ts';
import type { Session } from '../src/services/session.ts';
import type { Progress } from '../src/services/progress.ts';
import type { DryRunPlaces } from '../src/services/apply/dry-run-questions.ts';
import { openQuestions, whyNotAsked, textIn } from '../src/services/apply/dry-run-questions.ts';
import { eachOfBatch } from '../src/services/apply/each-of-batch.ts';

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
      target
        .get({ resource: namespaceResource, namespace: '', name: namespace }, { signal })
        .then((live) => (live === undefined ? live : namespace));
    known.set(namespace, asked);
    return asked;
  };
  const questions = await openQuestions(session, places ?? {}, { resources, signal });
  return eachOfBatch(session, { progress, batch }, async (object) => {
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
  object: TransformedObject,
  { place, signal }: { readonly place: string; readonly signal: AbortSignal }
): Promise<ObjectOutcome> {
  const { ref, resource } = object.entry;
  try {
    if (place === ref.namespace) return await writeObject(session, object, { dryRun: true, signal });
    const options = { fieldManager: session.fieldManager, dryRun: true, signal };
    // What is there already in a namespace that was just made (the default account) is made there by the cluster.
    const { warnings } = await session.target.create(
      { resource, namespace: place, body: textIn(object, place) },
      options
    );
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
