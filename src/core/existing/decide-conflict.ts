import { compareObjects, type Difference } from '../verify/compare.ts';
import { desiredOnExisting, type ExistingObject } from './desired-on-existing.ts';
import { mergePatchOf } from './merge-patch.ts';
import { replacementOf } from './replacement.ts';
import { sharingOf } from './sharing.ts';

/** What to do with an object whose name is taken on the target. */
export type ConflictDecision = { readonly differences: readonly Difference[] } & (
  | {
      /** `none`: it is already what was desired. */
      readonly action: 'none' | 'skip' | 'fail';
    }
  /** `replace`: the body of a PUT; `merge`: a merge patch. Both carry the resourceVersion that was decided on. */
  | { readonly action: 'replace' | 'merge'; readonly body: string }
);

export interface ConflictContext extends ExistingObject {
  /** An autoscaler owns `spec.replicas` of this object. */
  readonly autoscaled?: boolean;
}

/**
 * Decides by the policy for an object and by whom it belongs to (`sharingOf`):
 *
 *   sharing     | content                     | skip  | update  | fail
 *   any         | equal                       | none  | none    | none
 *   definition  | different                   | none  | none    | none
 *   merged      | something is missing        | merge | merge   | merge
 *   merged      | a key with two values       | the target's stays | merge | fail
 *   the others  | different                   | skip  | replace | fail
 */
export function decideConflict(desired: string, live: string, context: ConflictContext): ConflictDecision {
  const { ref, policy } = context;
  const expected = desiredOnExisting(desired, live, context);
  const differences = compareObjects(expected, live, context);
  if (differences.length === 0) return { action: 'none', differences };
  if (sharingOf(ref) === 'merged') {
    if (policy === 'fail' && differences.some(hasTwoValues)) return { action: 'fail', differences };
    return { action: 'merge', differences, body: mergePatchOf(expected, live) };
  }
  if (policy !== 'update') return { action: policy, differences };
  return { action: 'replace', differences, body: replacementOf(expected, live, ref) };
}

/** Keys of a shared object that both sides gave a value, and that the policy `skip` leaves to the target. */
export function keptByTarget(
  desired: string,
  live: string,
  { ref }: Pick<ExistingObject, 'ref'>
): readonly Difference[] {
  return sharingOf(ref) === 'merged'
    ? compareObjects(desiredOnExisting(desired, live, { ref, policy: 'update' }), live, { ref }).filter(hasTwoValues)
    : [];
}

/** Items of the account's lists are added to what is there; everything else has one value. */
function hasTwoValues({ desired, actual }: Difference): boolean {
  return desired !== '' && actual !== '';
}
