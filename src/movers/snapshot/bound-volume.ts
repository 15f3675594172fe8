import { runSelector } from '../../core/identity/names.ts';
import type { StoredVolume } from './kinds.ts';
import { listAll, type VolumeContext } from './objects.ts';
import { volumes } from './resources.ts';

/** Which binding of which run; enough to find the volume at every point of it. */
export interface BindContext extends VolumeContext {
  readonly landfallNamespace: string;
  /** `volumeNames(...).targetClaim`. */
  readonly temporaryClaim: string;
  /** The application's claim on the target. */
  readonly application: { readonly namespace: string; readonly name: string };
}

/** What a PV on its way remembers: when the claims are gone, nothing else shows it. */
export const originalPolicyAnnotation = 'landfall.dev/reclaim-policy';
export const temporaryClaimAnnotation = 'landfall.dev/temporary-claim';
export const temporaryUidAnnotation = 'landfall.dev/temporary-claim-uid';

/** Finds the PV that this binding has marked. */
export async function findHandedVolume(context: BindContext): Promise<StoredVolume | undefined> {
  const labelSelector = runSelector(context.runId);
  const marked = await listAll<StoredVolume>(context, volumes, { labelSelector });
  return marked.find(({ metadata }) => metadata.annotations?.[temporaryClaimAnnotation] === context.temporaryClaim);
}

/** The reclaim policy the volume had before the binding. */
export function policyOf(volume: StoredVolume): string {
  return (
    volume.metadata.annotations?.[originalPolicyAnnotation] ?? volume.spec.persistentVolumeReclaimPolicy ?? 'Delete'
  );
}
