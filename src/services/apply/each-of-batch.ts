import pMap from 'p-map';
import { runFolder, storeJson } from '../../archive/run-objects.ts';
import { LandfallError, isLandfallError } from '../../core/errors.ts';
import { refusalPolicyOf } from '../../core/existing/object-policy.ts';
import { limits } from '../../core/limits.ts';
import type { StoredRef } from '../../core/stored-ref.ts';
import { keepRefused } from './refused.ts';
import { readBatch } from '../planning/desired-batch.ts';
import type { TransformedObject } from '../planning/desired-batch.ts';
import { transformContext } from '../planning/transform-context.ts';
import { storePartial } from './partial-outcomes.ts';
import type { ObjectOutcome } from './write-object.ts';
import type { ApplyResult } from '../../core/apply/contract.ts';
import type { Session } from '../session.ts';
import type { Progress } from '../progress.ts';

/** Failures that are about one object; everything else (access, storage, network) is about the step. */
const objectErrors = [
  'OBJECT_CONFLICT',
  'OBJECT_INVALID',
  'OBJECT_TOO_LARGE',
  'ADMISSION_DENIED',
  'QUOTA_EXCEEDED',
] as const;

/**
 * The same of a run that goes on: what stands on a refused namespace or definition is refused with it, and a right that is
 * missing may be missing for this object alone (the escalation check of RBAC). A conflict has a policy of its own.
 */
const continuedErrors = [
  ...objectErrors.filter((code) => code !== 'OBJECT_CONFLICT'),
  'OBJECT_NOT_FOUND',
  'KIND_NOT_SERVED',
  'CLUSTER_FORBIDDEN',
] as const;

/**
 * Runs one thing on every object of a batch and stores what became of each, also where the batch is broken off: what was
 * written until then is counted.
 */
export async function eachOfBatch(
  session: Session<never>,
  { progress, batch }: { readonly progress: Progress; readonly batch: StoredRef },
  effect: (object: TransformedObject) => Promise<ObjectOutcome>
): Promise<ApplyResult> {
  const outcomes: ObjectOutcome[] = [];
  progress.update({ unit: 'objects', done: 0 });
  try {
    await pMap(
      readBatch(session, batch, { context: transformContext(session.spec, []), signal: progress.signal }),
      async (object) => {
        outcomes.push(await effect(object).catch((error: unknown) => failedObject(session, object, error)));
        progress.update({ done: outcomes.length });
      },
      { concurrency: limits.parallelApply, signal: progress.signal }
    );
    await keepRefused(session, batch, outcomes);
    return await summarise(session, batch, outcomes);
  } catch (error) {
    await storePartial(session, batch, outcomes);
    throw error;
  }
}

function failedObject({ spec }: Session<never>, { entry }: TransformedObject, error: unknown): ObjectOutcome {
  const { ref } = entry;
  if (refusalPolicyOf(spec, entry) === 'continue' && isLandfallError(error, ...continuedErrors)) {
    return { ref, outcome: 'failed', error: error.detail, continued: true };
  }
  if (!isLandfallError(error, ...objectErrors)) throw error;
  return { ref, outcome: 'failed', error: error.detail };
}

async function summarise(
  session: Session<never>,
  batch: StoredRef,
  outcomes: readonly ObjectOutcome[]
): Promise<ApplyResult> {
  const failures = outcomes.flatMap(({ error }) => (error === undefined ? [] : [error]));
  const [worst] = outcomes.flatMap(({ error, continued }) => (error === undefined || continued ? [] : [error]));
  if (worst !== undefined && !session.spec.dryRun) {
    const others = failures.length > 1 ? ` (and ${failures.length - 1} more)` : '';
    const { cause: _, ...first } = worst;
    throw new LandfallError(worst.code, { ...first, what: `${worst.what}${others}` });
  }
  const count = (outcome: ObjectOutcome['outcome']) =>
    outcomes.filter((candidate) => candidate.outcome === outcome).length;
  return {
    result: await storeJson(runFolder(session, 'applied'), outcomes),
    batch: batch.key,
    applied: count('applied'),
    existing: count('existing'),
    updated: count('updated'),
    failed: count('failed'),
    ...(session.spec.dryRun ? { notAsked: outcomes.filter(({ notAsked }) => notAsked !== undefined).length } : {}),
  };
}
