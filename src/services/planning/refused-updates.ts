import pMap from 'p-map';
import { isLandfallError } from '../../core/errors.ts';
import { refusalPolicyOf } from '../../core/existing/object-policy.ts';
import { refusedUpdateFinding } from '../../core/existing/findings.ts';
import { limits } from '../../core/limits.ts';
import type { ObjectRef } from '../../core/resource.ts';
import type { Finding } from '../../core/run/events.ts';
import type { TransformedObject } from './desired-batch.ts';
import type { Session } from '../session.ts';
import { openQuestions, whyNotAsked } from '../apply/dry-run-questions.ts';

/** An object of the target that the run would replace, and the body of the request. */
export interface PlannedUpdate {
  readonly object: TransformedObject;
  readonly body: string;
}

/** What the target says of the updates of a plan. */
export interface AnsweredUpdates {
  readonly refused: readonly Finding[];
  readonly undecided: readonly UndecidedUpdate[];
}

/** An update that the target was not asked about, or whose answer may be another when the run is there. */
export interface UndecidedUpdate {
  readonly ref: ObjectRef;
  readonly why: string;
}

/** A webhook with side effects may not be asked in a dry run; it says nothing about the object. */
const noDryRun = /does not support dry run/;

/**
 * Refusals that may pass with what the run brings before (a right, room in a quota), with what somebody does meanwhile, or
 * that have findings of their own (a webhook without an answer).
 */
const passing = [
  ...(['ADMISSION_DENIED', 'QUOTA_EXCEEDED', 'CLUSTER_FORBIDDEN', 'CLUSTER_SERVER_ERROR'] as const),
  ...(['OBJECT_CHANGED', 'OBJECT_NOT_FOUND', 'OBJECT_TOO_LARGE', 'NAMESPACE_TERMINATING', 'KIND_NOT_SERVED'] as const),
];

/**
 * What of a live object cannot be changed is known by its API server alone: immutable data, selectors of workloads, templates
 * of Jobs, transition rules of custom resources. So each update of the plan is asked about without storing it, and what is
 * refused as invalid is known before anything is written. What decides nothing is given with its reason.
 */
export async function askAboutUpdates(
  session: Session<'target'>,
  updates: readonly PlannedUpdate[],
  signal: AbortSignal
): Promise<AnsweredUpdates> {
  if (updates.length === 0) return { refused: [], undecided: [] };
  const { target } = session;
  const { resources } = await target.discover({ signal });
  const namespaces = new Set(updates.map(({ object }) => object.entry.ref.namespace));
  const places = Object.fromEntries([...namespaces].filter((name) => name !== '').map((name) => [name, name]));
  const questions = await openQuestions(session, places, { resources, signal });
  const undecided: UndecidedUpdate[] = [];
  const refused: Finding[] = [];
  await pMap(
    updates,
    async (update) => {
      const { ref } = update.object.entry;
      const silent = whyNotAsked(questions, update.object);
      const answer = silent === undefined ? await ask(session, update, signal) : { undecided: silent };
      if (answer === undefined) return;
      if ('undecided' in answer) undecided.push({ ref, why: answer.undecided });
      else refused.push(refusalFinding(session, update, answer.refused));
    },
    { concurrency: limits.parallelApply, signal }
  );
  return { refused, undecided };
}

function refusalFinding({ spec }: Session<'target'>, { object: { entry } }: PlannedUpdate, why: string): Finding {
  return refusedUpdateFinding(spec.target.name, { ref: entry.ref, why }, refusalPolicyOf(spec, entry));
}

/** Why the target refuses an update as invalid, or why its answer decides nothing; undefined where it accepts it. */
async function ask(
  { target, fieldManager }: Session<'target'>,
  { object, body }: PlannedUpdate,
  signal: AbortSignal
): Promise<{ readonly refused: string } | { readonly undecided: string } | undefined> {
  const { ref, resource } = object.entry;
  try {
    await target.replace({ ...ref, resource, body }, { fieldManager, dryRun: true, signal });
    return undefined;
  } catch (error) {
    if (!isLandfallError(error, 'OBJECT_INVALID', ...passing)) throw error;
    const { code, what, why = what } = error.detail;
    if (code === 'OBJECT_INVALID' && !noDryRun.test(`${what} ${why}`)) return { refused: why };
    return { undecided: why };
  }
}
