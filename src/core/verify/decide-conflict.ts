import { compareObjects, type CompareContext, type Difference } from './compare.ts';

/** What to do with an object whose name is taken on the target. */
export interface ConflictDecision {
  /** `none`: it is already what was meant. */
  readonly action: 'none' | 'skip' | 'update' | 'fail';
  readonly differences: readonly Difference[];
}

/**
 * Decides by the policy of the run once an object exists:
 *
 *   content   | skip | update | fail
 *   equal     | none | none   | none
 *   different | skip | update | fail
 */
export function decideConflict(
  policy: 'skip' | 'update' | 'fail',
  meant: string,
  actual: string,
  context: CompareContext
): ConflictDecision {
  const differences = compareObjects(meant, actual, context);
  return { action: differences.length === 0 ? 'none' : policy, differences };
}
