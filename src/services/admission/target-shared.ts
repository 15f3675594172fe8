import { keptByTarget } from '../../core/existing/decide-conflict.ts';
import { sharedKeysFinding } from '../../core/existing/findings.ts';
import { existingPolicyOf } from '../../core/existing/object-policy.ts';
import { sharingOf } from '../../core/existing/sharing.ts';
import { applyPatch } from '../../core/json/patch.ts';
import type { ApiResource, ObjectRef } from '../../core/resource.ts';
import type { Finding } from '../../core/run/events.ts';
import type { TransformOutcome } from '../../core/transform/rule.ts';
import { textOf } from '../objects/text.ts';
import type { Session } from '../session.ts';

/**
 * Holds a planned Namespace or default account against the one the target has: what has a value on both sides is reported,
 * and stops the run where the policy is to stop. Undefined for other objects and where nothing has two values.
 */
export async function sharedKeysOf(
  { target, spec }: Session<'target'>,
  {
    planned,
    outcome,
    signal,
  }: {
    readonly planned: { readonly ref: ObjectRef; readonly resource: ApiResource };
    readonly outcome: Pick<TransformOutcome, 'text' | 'deferred'>;
    readonly signal: AbortSignal;
  }
): Promise<Finding | undefined> {
  const { ref, resource } = planned;
  if (sharingOf(ref) !== 'merged') return undefined;
  const live = await target.get({ ...ref, resource }, { signal });
  if (live === undefined) return undefined;
  const desired = outcome.deferred.reduce((text, change) => applyPatch(text, change.patch), outcome.text);
  const diff = keptByTarget(desired, textOf(live.bytes), { ref });
  return diff.length === 0 ? undefined : sharedKeysFinding(target.name, { ref, diff }, existingPolicyOf(spec, planned));
}
