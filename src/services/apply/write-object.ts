import { decideConflict } from '../../core/existing/decide-conflict.ts';
import { named } from '../../core/existing/findings.ts';
import { lastApplied } from '../../core/existing/desired-on-existing.ts';
import { existingPolicyOf } from '../../core/existing/object-policy.ts';
import { isLandfallError, LandfallError } from '../../core/errors.ts';
import type { ErrorDetail } from '../../core/errors.ts';
import { applyPatch } from '../../core/json/patch.ts';
import { describeRef } from '../../core/resource.ts';
import type { ObjectRef } from '../../core/resource.ts';
import type { Difference } from '../../core/verify/compare.ts';
import { notShown } from '../../core/verify/shown-value.ts';
import type { WriteResult } from '../../ports/cluster.ts';
import { isOurs, keepPrior, readPrior } from '../objects/ownership.ts';
import type { TransformedObject } from '../planning/desired-batch.ts';
import { textOf } from '../objects/text.ts';
import type { Session } from '../session.ts';

/** What became of one object. */
export interface ObjectOutcome {
  readonly ref: ObjectRef;
  readonly outcome: 'applied' | 'updated' | 'existing' | 'failed';
  readonly error?: ErrorDetail;
  /** Warnings of the server: fields it dropped, deprecated versions. */
  readonly warnings?: readonly string[];
  /** Why the target could not be asked about it (dry run). */
  readonly notAsked?: string;
  /** Of an object that was there: where it was changed, or differs and was left alone. */
  readonly paths?: readonly string[];
  /** It was refused, and by the file the run goes on without it. */
  readonly continued?: boolean;
}

/** How an object is written; a dry run asks the same questions and stores nothing. */
export interface WriteRequest {
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
}

/** Somebody else writes between read and write: so often it is read and decided again before the step is repeated. */
const readAgainMax = 4;

/**
 * Refusals that come before the server looks at the name: an object that is there is refused as if it were new by a full
 * quota, an admission plugin (a second default PriorityClass), a webhook or the escalation check of RBAC.
 */
const maybeThere = ['QUOTA_EXCEEDED', 'ADMISSION_DENIED', 'OBJECT_INVALID', 'CLUSTER_FORBIDDEN'] as const;

/**
 * Creates an object, or does with the one that is there what the policy says. Throws OBJECT_CONFLICT when that is to
 * stop, and what the server refuses. What an earlier attempt of this run made counts as applied.
 */
export async function writeObject(
  session: Session<'target'>,
  object: TransformedObject,
  request: WriteRequest
): Promise<ObjectOutcome> {
  const { entry, outcome } = object;
  const { ref } = entry;
  const created = await createOrRead(session, object, request);
  if (created.outcome !== 'exists') {
    return { ref, outcome: 'applied', warnings: created.warnings };
  }
  // What waits for everything else on a new object stands on an existing one: it is part of what is desired.
  const desired = outcome.deferred.reduce((whole, change) => applyPatch(whole, change.patch), outcome.text);
  for (let attempt = 1; ; attempt++) {
    try {
      return await meetExisting(session, object, { desired, ...request });
    } catch (error) {
      if (!isLandfallError(error, 'OBJECT_CHANGED') || attempt > readAgainMax) throw error;
    }
  }
}

async function createOrRead(
  { target, fieldManager }: Session<'target'>,
  { entry: { ref, resource }, outcome }: TransformedObject,
  { dryRun, signal }: WriteRequest
): Promise<WriteResult> {
  try {
    return await target.create(
      { resource, namespace: ref.namespace, body: outcome.text },
      { fieldManager, dryRun, signal }
    );
  } catch (error) {
    if (!isLandfallError(error, ...maybeThere)) throw error;
    // A read that is refused as well says nothing: the first refusal is the one to report.
    const live = await target.get({ ...ref, resource }, { signal }).catch(() => undefined);
    if (live === undefined) throw error;
    return { outcome: 'exists', warnings: [] };
  }
}

async function meetExisting(
  session: Session<'target'>,
  { entry }: TransformedObject,
  { desired, dryRun, signal }: WriteRequest & { readonly desired: string }
): Promise<ObjectOutcome> {
  const { target, fieldManager, spec } = session;
  const { ref, resource } = entry;
  const existing = await target.get({ ...ref, resource }, { signal });
  if (existing === undefined) throw changed(ref);
  const live = textOf(existing.bytes);
  if (isOurs(live, entry, fieldManager)) {
    const prior = await readPrior(session, ref, signal);
    if (prior === undefined) return { ref, outcome: 'applied' };
    const { differences } = decideConflict(desired, textOf(prior), { ref, policy: 'update' });
    return { ref, outcome: 'updated', paths: differences.map(({ path }) => path) };
  }
  const decision = decideConflict(desired, live, { ref, policy: existingPolicyOf(spec, entry) });
  const paths = decision.differences.map(({ path }) => path);
  switch (decision.action) {
    case 'none':
      return { ref, outcome: 'existing' };
    case 'skip':
      return { ref, outcome: 'existing', paths };
    case 'fail':
      throw conflict(target.name, ref, decision.differences);
    case 'replace':
    case 'merge': {
      if (!dryRun) await keepPrior(session, { ref, bytes: existing.bytes }, signal);
      const options = { fieldManager, dryRun, signal };
      const written =
        decision.action === 'replace'
          ? await target.replace({ ...ref, resource, body: decision.body }, options)
          : await target.patch(
              { ...ref, resource, patch: decision.body },
              { ...options, contentType: 'application/merge-patch+json' }
            );
      return { ref, outcome: 'updated', warnings: written.warnings, paths };
    }
  }
}

/** The copy kubectl keeps is never the reason by itself: another difference says more. */
function conflict(cluster: string, ref: ObjectRef, differences: readonly Difference[]): LandfallError {
  const informative = differences.filter(({ path }) => path !== lastApplied);
  const [first] = informative.length > 0 ? informative : differences;
  const others = (informative.length > 0 ? informative : differences).slice(1).map(({ path }) => path);
  const more = others.length === 0 ? '' : `; ${named(others)} differ as well`;
  const isHidden = first?.actual === notShown && first.desired === notShown;
  const values = isHidden
    ? 'has a different value'
    : `is ${first?.actual || 'absent'} on the target and ${first?.desired || 'absent'} on the source`;
  return new LandfallError('OBJECT_CONFLICT', {
    what: `${describeRef(ref)} exists on ${cluster} with different content`,
    why: `${first?.path ?? ''} ${values}${more}`,
    ref: describeRef(ref),
  });
}

function changed(ref: ObjectRef): LandfallError {
  return new LandfallError('OBJECT_CHANGED', {
    what: `${describeRef(ref)} existed and is gone again`,
    ref: describeRef(ref),
  });
}
