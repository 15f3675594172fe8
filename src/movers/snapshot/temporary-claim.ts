import { isLabelledBy, runLabel, runLabels, runSelector } from '../../core/identity/names.ts';
import { createTemporaryClaim, type TemporaryClaim } from './expose-snapshot.ts';
import { isProvisioned, mountsClaim, type StoredClaim, type StoredPod, type StoredVolume } from './kinds.ts';
import { addressOf, listAll, merge, read, removeAndWait, waitGone, type VolumeContext } from './objects.ts';
import { claims, pods, volumes } from './resources.ts';

export interface TargetClaimRequest extends VolumeContext {
  readonly landfallNamespace: string;
  readonly temporaryClaim: TemporaryClaim;
}

/**
 * Makes the claim in Landfall's namespace of the target that the mover fills. It binds when the mover's pod is
 * scheduled (WaitForFirstConsumer), so nobody waits for it here. Idempotent by name; undone by `removeTemporaryClaim`.
 */
export async function createTargetClaim(request: TargetClaimRequest): Promise<void> {
  await createTemporaryClaim(request, request.temporaryClaim);
}

export interface RemoveTemporaryClaimRequest extends VolumeContext {
  readonly landfallNamespace: string;
  readonly claimName: string;
}

/**
 * Removes a temporary claim with the volume behind it, whatever the reclaim policy of its class (a class with Retain
 * would leave the volume in the storage for ever). Claims that are not the run's are left alone, and so is a volume
 * that is not bound to the claim, or that no provisioner has made: it was there before, and only its claim goes. Idempotent. Waits until the volume is gone.
 */
export async function removeTemporaryClaim(request: RemoveTemporaryClaimRequest): Promise<void> {
  const { landfallNamespace: namespace, claimName } = request;
  const claim = await read<StoredClaim>(request, { resource: claims, namespace, name: claimName });
  if (claim === undefined || !isLabelledBy(request.runId, claim.metadata)) return;
  await removePodsOf(request, namespace, claimName);
  const volume = await volumeOf(request, claim);
  const made = volume !== undefined && isProvisioned(volume);
  if (made) {
    await merge(request, addressOf(volumes, volume.metadata), {
      metadata: { labels: runLabels(request.runId) },
      spec: { persistentVolumeReclaimPolicy: 'Delete' },
    });
  } else if (volume !== undefined) {
    // It was there before: the claim goes, the volume and what is on it stay.
    await merge(request, addressOf(volumes, volume.metadata), {
      metadata: { labels: { [runLabel]: null } },
      spec: { persistentVolumeReclaimPolicy: 'Retain' },
    });
  }
  await removeAndWait(request, { resource: claims, object: claim }, 'a pod may still use it');
  if (made)
    await waitGone(request, { resource: volumes, object: volume }, 'the provisioner deletes the volume behind it');
}

/**
 * Deletes the run's pods that name a claim: also one that has ended protects its claim (api-server-facts 7). Pods that
 * are not the run's are left alone; the claim's deletion then waits for them and says so.
 */
export async function removePodsOf(context: VolumeContext, namespace: string, claimName: string): Promise<void> {
  const labelSelector = runSelector(context.runId);
  for (const pod of await listAll<StoredPod>(context, pods, { namespace, labelSelector })) {
    if (mountsClaim(pod, claimName)) await removeAndWait(context, { resource: pods, object: pod });
  }
}

/** Gives the PersistentVolume bound to exactly this claim. */
export async function volumeOf(context: VolumeContext, claim: StoredClaim): Promise<StoredVolume | undefined> {
  const { volumeName = '' } = claim.spec;
  if (volumeName === '') return undefined;
  const volume = await read<StoredVolume>(context, { resource: volumes, namespace: '', name: volumeName });
  return volume?.spec.claimRef?.uid === claim.metadata.uid ? volume : undefined;
}
