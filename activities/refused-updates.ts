import pMap from 'p-map';
import { isLandfallError } from '../src/core/errors.ts';
import { refusalPolicyOf } from '../src/core/existing/object-policy.ts';
import { refusedUpdateFinding } from '../src/core/existing/findings.ts';
import { limits } from '../src/core/limits.ts';
import type { Finding } from '../src/core/run/events.ts';
import { openQuestions, whyNotAsked } from './dry-run.ts';
import type { PlannedObject } from './lib/plan-batch.ts';
import type { Session } from './lib/session.ts';

/** An object of the target that the run would replace, and the body of the request. */
export interface PlannedUpdate {
  readonly object: PlannedObject;
  readonly body: string;
}

/** A webhook with side effects may not be asked in a dry run; it says nothing about the object. */
const noDryRun = /does not support dry run/;

/**
 * Refusals that may pass with what the run brings before (a right, room in a quota), with what somebody does meanwhile, or
 * that have findings of their own (a webhook without an answer).
 */
const undecided = [
  ...(['ADMISSION_DENIED', 'QUOTA_EXCEEDED', 'CLUSTER_FORBIDDEN', 'CLUSTER_SERVER_ERROR'] as const),
  ...(['OBJECT_CHANGED', 'OBJECT_NOT_FOUND', 'OBJECT_TOO_LARGE', 'NAMESPACE_TERMINATING', 'KIND_NOT_SERVED'] as const),
];

/**
 * What of a live object cannot be changed is known by its API server alone: immutable data, selectors of workloads, templates
 * of Jobs, transition rules of custom resources. So each update of the plan is asked about without storing it, and what is
 * refused as invalid is known before anything is written.
 */
export async function findRefusedUpdates(
  session: Session,
  updates: readonly PlannedUpdate[],
  signal: AbortSignal
): Promise<readonly Finding[]> {
  if (updates.length === 0) return [];
  const { target } = session;
  const { resources } = await target.discover({ signal });
  const namespaces = new Set(updates.map(({ object }) => object.entry.ref.namespace));
  const places = Object.fromEntries([...namespaces].filter((name) => name !== '').map((name) => [name, name]));
  const questions = await openQuestions(session, places, { resources, signal });
  const found = await pMap(
    updates.filter(({ object }) => whyNotAsked(questions, object) === undefined),
    async (update) => findingOf(session, update, await refusalOf(session, update, signal)),
    { concurrency: limits.parallelApply, signal }
  );
  return found.flat();
}

function findingOf({ spec }: Session, { object: { entry } }: PlannedUpdate, why: string | undefined): Finding[] {
  if (why === undefined) return [];
  return [refusedUpdateFinding(spec.target.name, entry.ref, why, refusalPolicyOf(spec, entry))];
}

/** Why the target refuses an update as invalid; undefined where it takes it, or where another reason says nothing yet. */
async function refusalOf(
  { target, fieldManager }: Session,
  { object, body }: PlannedUpdate,
  signal: AbortSignal
): Promise<string | undefined> {
  const { ref, resource } = object.entry;
  try {
    await target.replace(resource, ref.namespace, ref.name, body, { fieldManager, dryRun: true, signal });
    return undefined;
  } catch (error) {
    if (isLandfallError(error, ...undecided)) return undefined;
    if (!isLandfallError(error, 'OBJECT_INVALID')) throw error;
    const { what, why = what } = error.detail;
    return noDryRun.test(`${what} ${why}`) ? undefined : why;
  }
}
