import { LandfallError } from '../../core/errors.ts';
import { isLabelledBy } from '../../core/identity/names.ts';
import { claimAnnotation } from '../../core/volumes/names.ts';
import { usesClaim, type StoredClaim, type StoredPod, type StoredVolume } from './kinds.ts';
import { ensureCreated, listAll, read, removeAndWait, type VolumeContext } from './objects.ts';
import { claims, pods, volumes } from './resources.ts';
import { removePodsOf } from './temporary-claim.ts';

export interface DirectCopyRequest extends VolumeContext {
  readonly landfallNamespace: string;
  readonly namespace: string;
  readonly claim: string;
  /** `volumeNames(...).directVolume` and `.sourceClaim`. */
  readonly volumeName: string;
  readonly temporaryClaim: string;
}

/** What of a PV says where the data is; the rest belongs to its binding. */
const notCarried = new Set([
  'claimRef',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'volumeAttributesClassName',
]);

/**
 * Throws OBJECT_CONFLICT when a pod uses the claim. To be asked before a direct copy and again after it: Kubernetes has
 * no lock that keeps a pod from starting meanwhile.
 */
export async function assertQuiesced(context: VolumeContext, namespace: string, claim: string): Promise<void> {
  const users = (await listAll<StoredPod>(context, pods, { namespace })).filter((pod) => usesClaim(pod, claim));
  if (users[0] === undefined) return;
  const ref = `PersistentVolumeClaim ${namespace}/${claim}`;
  throw new LandfallError('OBJECT_CONFLICT', {
    what: `${ref} is in use by Pod ${namespace}/${users[0].metadata.name} and cannot be copied directly`,
    fix: 'scale its workload to zero, or create a VolumeSnapshotClass for its driver',
    ref,
  });
}

/**
 * Makes a volume that has no snapshots readable from Landfall's namespace: a second PersistentVolume of the same
 * storage volume, bound to a temporary claim. The second PV always has Retain and no provisioner's annotation, so
 * whatever happens to it, the application's volume stays (api-server-facts 1). Idempotent by names; undone by
 * `removeDirectCopy`.
 */
export async function exposeDirectly(request: DirectCopyRequest): Promise<void> {
  const { namespace, claim, landfallNamespace, volumeName, temporaryClaim } = request;
  await assertQuiesced(request, namespace, claim);
  const original = await read<StoredClaim>(request, { resource: claims, namespace, name: claim });
  const volume = await read<StoredVolume>(request, {
    resource: volumes,
    namespace: '',
    name: original?.spec.volumeName ?? '',
  });
  if (original === undefined || volume === undefined) {
    const ref = `PersistentVolumeClaim ${namespace}/${claim}`;
    throw new LandfallError('VOLUME_UNBOUND', { what: `${ref} has no volume`, ref });
  }
  const where = Object.fromEntries(Object.entries(volume.spec).filter(([field]) => !notCarried.has(field)));
  const annotations = { [claimAnnotation]: `${namespace}/${claim}` };
  await ensureCreated(request, volumes, {
    ...{ apiVersion: 'v1', kind: 'PersistentVolume' },
    metadata: { name: volumeName, annotations },
    spec: {
      ...where,
      persistentVolumeReclaimPolicy: 'Retain',
      storageClassName: '',
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: landfallNamespace, name: temporaryClaim },
    },
  });
  await ensureCreated(request, claims, {
    ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
    metadata: { namespace: landfallNamespace, name: temporaryClaim, annotations },
    spec: {
      storageClassName: '',
      volumeName,
      accessModes: original.spec.accessModes ?? ['ReadWriteOnce'],
      resources: original.spec.resources ?? { requests: { storage: '1' } },
    },
  });
}

/** Removes the second PV and its claim; the storage is not asked to delete anything. Idempotent. */
export async function removeDirectCopy(request: Omit<DirectCopyRequest, 'namespace' | 'claim'>): Promise<void> {
  const { landfallNamespace, temporaryClaim, volumeName } = request;
  await removePodsOf(request, landfallNamespace, temporaryClaim);
  const claim = await read<StoredClaim>(request, {
    resource: claims,
    namespace: landfallNamespace,
    name: temporaryClaim,
  });
  if (isLabelledBy(request.runId, claim?.metadata))
    await removeAndWait(request, { resource: claims, object: claim }, 'a pod may still use it');
  const volume = await read<StoredVolume>(request, { resource: volumes, namespace: '', name: volumeName });
  if (volume === undefined || !isLabelledBy(request.runId, volume.metadata)) return;
  if (volume.spec.persistentVolumeReclaimPolicy !== 'Retain') {
    const ref = `PersistentVolume ${volumeName}`;
    throw new LandfallError('OBJECT_CONFLICT', {
      what: `${ref} no longer has reclaim policy Retain: deleting it could delete the data`,
      ref,
    });
  }
  await removeAndWait(request, { resource: volumes, object: volume });
}
