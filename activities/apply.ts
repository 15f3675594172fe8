import pMap from 'p-map';
import { storeJson } from '../src/archive/run-objects.ts';
import { LandfallError, isLandfallError } from '../src/core/errors.ts';
import type { ErrorDetail } from '../src/core/errors.ts';
import { applyPatch } from '../src/core/json/patch.ts';
import { limits } from '../src/core/limits.ts';
import type { ApplyResult } from '../src/core/migration/contract.ts';
import { describeRef } from '../src/core/resource.ts';
import type { ObjectRef } from '../src/core/resource.ts';
import { decideConflict } from '../src/core/verify/decide-conflict.ts';
import type { StoredRef } from '../src/core/stored-ref.ts';
import { isOurs, keepPrior } from './lib/ownership.ts';
import { readBatch } from './lib/plan-batch.ts';
import type { PlannedObject } from './lib/plan-batch.ts';
import type { Progress } from './lib/progress.ts';
import type { Session } from './lib/session.ts';
import { textOf } from './lib/text.ts';
import { transformContext } from './lib/transform-context.ts';

/** First failures that travel in the history; all of them are in the stored result. */
const failuresMax = 5;

/** What became of one object. */
export interface ObjectOutcome {
  readonly ref: ObjectRef;
  readonly outcome: 'applied' | 'updated' | 'existing' | 'failed';
  readonly error?: ErrorDetail;
  /** Warnings of the server: fields it dropped, deprecated versions. */
  readonly warnings?: readonly string[];
  /** Why the target could not be asked about it (dry run). */
  readonly notAsked?: string;
}

/** Failures that are about one object; everything else (access, storage, network) is about the step. */
const objectErrors = [
  'OBJECT_CONFLICT',
  'OBJECT_INVALID',
  'OBJECT_TOO_LARGE',
  'ADMISSION_DENIED',
  'QUOTA_EXCEEDED',
] as const;

/**
 * Creates the objects of a batch. Create first; an object that is there is compared, and the policy decides. What an
 * earlier attempt of this run made is known by its field manager, so a repeat makes nothing twice. One bad object does
 * not stop the others; once all were tried it fails the batch, and the policy decides what that means for the run.
 */
export async function applyBatch(session: Session, progress: Progress, batch: StoredRef): Promise<ApplyResult> {
  return eachOfBatch(session, progress, batch, (object) => applyObject(session, progress, object));
}

/** Runs one thing on every object of a batch and stores what became of each. */
export async function eachOfBatch(
  session: Session,
  progress: Progress,
  batch: StoredRef,
  act: (object: PlannedObject) => Promise<ObjectOutcome>
): Promise<ApplyResult> {
  let done = 0;
  progress.update({ unit: 'objects', done });
  const outcomes = await pMap(
    readBatch(session, batch, transformContext(session.spec, []), progress.signal),
    async (object) => {
      const outcome = await act(object).catch((error: unknown) => failedObject(object.entry.ref, error));
      progress.update({ done: ++done });
      return outcome;
    },
    { concurrency: limits.parallelApply, signal: progress.signal }
  );
  return summarise(session, outcomes);
}

async function applyObject(
  session: Session,
  progress: Progress,
  { entry, outcome }: PlannedObject
): Promise<ObjectOutcome> {
  const { ref, resource } = entry;
  const { target, fieldManager } = session;
  const { signal } = progress;
  const written = await target.create(resource, ref.namespace, outcome.text, { fieldManager, signal });
  if (written.outcome !== 'exists') return { ref, outcome: 'applied', warnings: written.warnings };
  const existing = await target.get(resource, ref.namespace, ref.name, { signal });
  if (existing === undefined) throw changed(ref);
  const text = textOf(existing.bytes);
  const ours = isOurs(text, entry, fieldManager);
  if (ours) return { ref, outcome: 'applied' };
  // What waits for everything else on a new object stands on an existing one: it is part of what is meant.
  const meant = outcome.deferred.reduce((whole, change) => applyPatch(whole, change.patch), outcome.text);
  const decision = decideConflict(session.spec.existingResourcePolicy, meant, text, { ref });
  if (decision.action === 'none' || decision.action === 'skip') return { ref, outcome: 'existing' };
  if (decision.action === 'fail') {
    const [first] = decision.differences;
    throw new LandfallError('OBJECT_CONFLICT', {
      what: `${describeRef(ref)} exists on ${target.name} with other content`,
      why: `${first?.path ?? ''} is ${first?.actual ?? ''}, not ${first?.meant ?? ''}`,
      ref: describeRef(ref),
    });
  }
  await keepPrior(session, ref, existing.bytes, signal);
  const replaced = await target.replace(resource, ref.namespace, ref.name, meant, { fieldManager, signal });
  return { ref, outcome: 'updated', warnings: replaced.warnings };
}

function failedObject(ref: ObjectRef, error: unknown): ObjectOutcome {
  if (!isLandfallError(error, ...objectErrors)) throw error;
  return { ref, outcome: 'failed', error: error.detail };
}

async function summarise(session: Session, outcomes: readonly ObjectOutcome[]): Promise<ApplyResult> {
  const failures = outcomes.flatMap(({ error }) => (error === undefined ? [] : [error]));
  const [worst] = failures;
  if (worst !== undefined && !session.spec.dryRun) {
    const others = failures.length > 1 ? ` (and ${failures.length - 1} more)` : '';
    const { cause: _, ...first } = worst;
    throw new LandfallError(worst.code, { ...first, what: `${worst.what}${others}` });
  }
  const count = (outcome: ObjectOutcome['outcome']) =>
    outcomes.filter((candidate) => candidate.outcome === outcome).length;
  return {
    result: await storeJson(session.location, `runs/${session.runId}/applied`, outcomes),
    applied: count('applied'),
    existing: count('existing'),
    updated: count('updated'),
    failed: count('failed'),
    ...(session.spec.dryRun ? { notAsked: outcomes.filter(({ notAsked }) => notAsked !== undefined).length } : {}),
    failures: failures.slice(0, failuresMax),
  };
}

function changed(ref: ObjectRef): LandfallError {
  return new LandfallError('OBJECT_CHANGED', {
    what: `${describeRef(ref)} was there and is gone again`,
    ref: describeRef(ref),
  });
}
