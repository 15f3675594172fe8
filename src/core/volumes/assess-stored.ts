import { assessClaim, type AssessContext, type ClaimDecision } from './assess.ts';

/** A volume whose data is in a recovery point. */
export interface StoredVolumeFacts {
  /** Storage class it had where it was captured. */
  readonly class: string;
  /** Capacity as a Kubernetes quantity. */
  readonly size: string;
}

/**
 * Decides what happens to a claim of a recovery point, of whose cluster nothing is asked.
 *
 *   claim                        decision
 *   as `assessClaim`             refuse or create empty: what the target has no class for, and volumes.mode none
 *   no data in the point         create empty, warning VOLUME_UNBOUND: nothing of it was captured
 *   else                         move: its data is filled in from the repository
 */
export function assessStoredClaim(
  claimText: string,
  stored: StoredVolumeFacts | undefined,
  context: Pick<AssessContext, 'volumes' | 'storageClassMapping' | 'targetClasses'>
): ClaimDecision {
  const unmoved = { ...context, volumes: { ...context.volumes, mode: 'none' as const } };
  const decision = assessClaim(claimText, undefined, { ...unmoved, sourceClasses: [], snapshotClasses: [] });
  if (decision.action !== 'create-empty' || context.volumes.mode === 'none') return decision;
  const { metadata, spec } = JSON.parse(claimText) as StoredClaim;
  const subject = `${metadata.namespace}/${metadata.name}`;
  if (stored === undefined) {
    const message = 'the recovery point has no data of this claim: it is created empty';
    return {
      ...decision,
      reason: 'not in the recovery point',
      findings: [...decision.findings, { code: 'VOLUME_UNBOUND', severity: 'warning', subject, message }],
    };
  }
  return {
    action: 'move',
    way: 'snapshot',
    snapshotClass: '',
    sourceClass: stored.class,
    targetClass: decision.targetClass,
    volume: '',
    size: stored.size,
    accessModes: spec.accessModes ?? ['ReadWriteOnce'],
    reason: 'its data is in the recovery point',
    findings: decision.findings,
  };
}

interface StoredClaim {
  readonly metadata: { readonly namespace: string; readonly name: string };
  readonly spec: { readonly accessModes?: readonly string[] };
}
