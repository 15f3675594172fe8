import { classOfClaim, dataOfClaim, subjectOf } from './data-of-claim.ts';
import type { Claim, DataWay, SourceContext, Volume, VolumeFinding } from './data-of-claim.ts';

/** What is done with the data of a claim that goes nowhere else. `leave`: the claim is captured without it. */
export type SourceDecision =
  | ({ readonly action: 'take' } & DataWay)
  | { readonly action: 'leave'; readonly reason: string; readonly findings: readonly VolumeFinding[] };

/**
 * Decides how the data of a claim is taken, of which only the source is known, from the raw JSON of the claim and of its
 * PersistentVolume (undefined when unbound). No class of any target is asked for.
 *
 *   claim                        decision
 *   volumes.mode none            leave
 *   never bound                  leave, warning VOLUME_UNBOUND: it has never held data
 *   no snapshot class, skip      leave, warning SNAPSHOT_CLASS_MISSING
 *   as `dataOfClaim` refuses     leave, blocker VOLUME_UNBOUND, VOLUME_BLOCK_MODE or SNAPSHOT_CLASS_MISSING: whoever
 *                                waives it has the claim without its data
 *   else                         as `dataOfClaim` takes it
 */
export function assessSourceClaim(
  claimText: string,
  pvText: string | undefined,
  context: SourceContext
): SourceDecision {
  if (context.volumes.mode === 'none') return { action: 'leave', reason: 'volumes.mode is none', findings: [] };
  const claim = JSON.parse(claimText) as Claim;
  const volume = pvText === undefined ? undefined : (JSON.parse(pvText) as Volume);
  // A default class that came later is not written into a bound claim, but into its volume.
  const sourceClass = classOfClaim(claim) ?? volume?.spec.storageClassName ?? '';
  const data = dataOfClaim({ claim, volume, sourceClass }, context);
  switch (data.action) {
    case 'take':
      return data;
    case 'none': {
      const message = `${data.why}: the recovery point has the claim, and no data of it`;
      const finding: VolumeFinding = {
        code: 'VOLUME_UNBOUND',
        severity: 'warning',
        subject: subjectOf(claim),
        message,
      };
      return { action: 'leave', reason: 'never bound, so it has never held data', findings: [finding] };
    }
    case 'exclude':
      return { action: 'leave', reason: data.reason, findings: data.findings.map(withoutData) };
    case 'refuse':
      return { action: 'leave', reason: data.findings[0]?.message ?? '', findings: data.findings.map(withoutData) };
  }
}

/** Whoever reads the finding alone has to know what it means for the recovery point. */
function withoutData(finding: VolumeFinding): VolumeFinding {
  return { ...finding, message: `${finding.message}; its data is not in the recovery point` };
}
