import { catalogue } from '../error-catalogue.ts';
import { describeRef, objectKey } from '../resource.ts';
import type { ObjectRef } from '../resource.ts';
import type { Finding } from '../run/events.ts';

/** Where a claim that moves is to be on the target. */
export interface MovingClaim {
  readonly targetNamespace: string;
  readonly name: string;
}

/**
 * Claims of the target that stand where a run would bring a volume of its own. A bound claim cannot be given andifferent volume
 * (`spec.volumeName` is immutable once set), whatever existingResourcePolicy says, so each of them stops the run.
 */
export function claimsThere(
  target: string,
  claims: readonly MovingClaim[],
  there: { has(key: string): boolean }
): readonly Finding[] {
  return claims.flatMap(({ targetNamespace, name }): Finding[] => {
    const ref: ObjectRef = { group: '', kind: 'PersistentVolumeClaim', namespace: targetNamespace, name };
    if (!there.has(objectKey(ref))) return [];
    return [
      {
        code: 'CLAIM_EXISTS',
        severity: 'blocker',
        subject: `${target}: ${describeRef(ref)}`,
        message:
          'it already exists on the target, and this run would have to restore its volume; existingResourcePolicy does not apply to data',
        remedy: catalogue.CLAIM_EXISTS.fix,
        side: 'target',
      },
    ];
  });
}
