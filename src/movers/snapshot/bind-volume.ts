import { isLandfallError, LandfallError } from '../../core/errors.ts';
import { isWritable } from '../../core/volumes/access-modes.ts';
import { isLabelledBy, runLabel, runLabels } from '../../core/identity/names.ts';
import type { StoredClaim, StoredVolume } from './kinds.ts';
import {
  findHandedVolume,
  originalPolicyAnnotation,
  policyOf,
  temporaryClaimAnnotation,
  temporaryUidAnnotation,
  type BindContext,
} from './bound-volume.ts';
import { addressOf, merge, read, removeAndWait, waitUntil, writeOptions, type VolumeContext } from './objects.ts';
import { claims, volumes } from './resources.ts';
import { removePodsOf, volumeOf } from './temporary-claim.ts';

export interface BindRequest extends BindContext {
  /** JSON of the application's claim, for its namespace and name, without `volumeName`. */
  readonly applicationClaim: string;
  /** What the volume gets in the end; absent: what it had, as its class says. */
  readonly reclaimPolicy?: string;
}

/**
 * Gives the filled volume of a temporary claim to the application's claim. The Job has to be removed before
 * (`VolumeMover.remove`); its pods are looked for once more. Idempotent: it goes on at the state it finds.
 *
 *   state                                  next
 *   temporary claim bound, any policy      Retain, remember uid and policy in annotations, then delete the claim
 *   no temporary claim, PV Released        claimRef = the application's claim, without uid
 *   PV Available for the application       create its claim with volumeName, wait for Bound
 *   Bound                                  reclaim policy as asked for, else as it was
 *
 * Retain comes before anything else: a PV with Delete whose claimRef names no living claim loses its volume within a
 * second (api-server-facts 1). Undone by `unbindVolume`; `releaseVolume` takes the run's marks off.
 */
export async function bindVolume(request: BindRequest): Promise<{ readonly volumeName: string }> {
  const { namespace, name } = request.application;
  const temporary = await read<StoredClaim>(request, {
    resource: claims,
    namespace: request.landfallNamespace,
    name: request.temporaryClaim,
  });
  if (temporary !== undefined) await release(request, temporary);
  const volume = await findHandedVolume(request);
  if (volume === undefined) {
    const ref = `PersistentVolumeClaim ${request.landfallNamespace}/${request.temporaryClaim}`;
    throw new LandfallError('VOLUME_UNBOUND', { what: `${ref} has no volume to bind`, ref });
  }
  await reserve(request, volume);
  await createApplicationClaim(request, volume.metadata.name);
  const bound = await waitUntil<StoredClaim>(request, {
    resource: claims,
    namespace,
    name,
    until: (claim) => claim?.status?.phase === 'Bound',
    describe: (claim) =>
      `PersistentVolumeClaim ${namespace}/${name} is ${claim?.status?.phase ?? 'missing'}, not Bound`,
  });
  if (bound.spec.volumeName !== volume.metadata.name) throw taken(request, bound.spec.volumeName);
  const policy = request.reclaimPolicy ?? policyOf(volume);
  await merge(request, addressOf(volumes, volume.metadata), { spec: { persistentVolumeReclaimPolicy: policy } });
  return { volumeName: volume.metadata.name };
}

/** Takes the run's marks off the volume: from now on it is the application's alone. Idempotent. */
export async function releaseVolume(request: BindContext): Promise<void> {
  const volume = await findHandedVolume(request);
  if (volume === undefined) return;
  await merge(request, addressOf(volumes, volume.metadata), {
    metadata: {
      labels: { [runLabel]: null },
      annotations: {
        [originalPolicyAnnotation]: null,
        [temporaryClaimAnnotation]: null,
        [temporaryUidAnnotation]: null,
      },
    },
  });
}

/** Makes the volume safe, then takes the temporary claim away from it. */
async function release(request: BindRequest, temporary: StoredClaim): Promise<void> {
  if (!isLabelledBy(request.runId, temporary.metadata)) return;
  const volume = await volumeOf(request, temporary);
  if (volume === undefined) return;
  await merge(request, addressOf(volumes, volume.metadata), {
    metadata: {
      labels: runLabels(request.runId),
      annotations: {
        [originalPolicyAnnotation]: policyOf(volume),
        [temporaryClaimAnnotation]: request.temporaryClaim,
        [temporaryUidAnnotation]: temporary.metadata.uid,
      },
    },
    spec: { persistentVolumeReclaimPolicy: 'Retain' },
  });
  await removePodsOf(request, request.landfallNamespace, request.temporaryClaim);
  await removeAndWait(request, { resource: claims, object: temporary }, 'the mover pod may still be there');
}

/** Names the application's claim in the PV. The test on the old name makes a repeat, or a race, harmless. */
async function reserve(request: BindRequest, volume: StoredVolume): Promise<void> {
  const { namespace, name } = request.application;
  const { claimRef } = volume.spec;
  const { spec } = JSON.parse(request.applicationClaim) as { readonly spec?: StoredClaim['spec'] };
  const modes = spec?.accessModes ?? [];
  if (claimRef?.namespace === namespace && claimRef.name === name) return;
  const patch = [
    { op: 'test', path: '/metadata/resourceVersion', value: volume.metadata.resourceVersion },
    { op: 'test', path: '/spec/claimRef/name', value: request.temporaryClaim },
    { op: 'test', path: '/spec/persistentVolumeReclaimPolicy', value: 'Retain' },
    {
      op: 'replace',
      path: '/spec/claimRef',
      value: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name },
    },
    // It was filled through a writable mode. A claim binds only to a volume that has all of its modes.
    ...(modes.length === 0 || isWritable(modes) ? [] : [{ op: 'replace', path: '/spec/accessModes', value: modes }]),
  ];
  try {
    await patchVolume(request, volume.metadata.name, patch);
  } catch (error) {
    if (!isLandfallError(error)) throw error;
    const now = await findHandedVolume(request);
    // The controllers write to the PV as well (phase Released): read again.
    if (now === undefined || now.metadata.resourceVersion === volume.metadata.resourceVersion) throw error;
    await reserve(request, now);
  }
}

/** Patches a PV with JSON patch. */
export async function patchVolume(context: VolumeContext, name: string, patch: readonly object[]): Promise<void> {
  await context.cluster.patch(
    { resource: volumes, namespace: '', name, patch: JSON.stringify(patch) },
    { ...writeOptions(context), contentType: 'application/json-patch+json' }
  );
}

/** Traces of the binding on the source: with them the controller takes the claim for one that has lost its volume. */
const bindingAnnotations = [
  'pv.kubernetes.io/bind-completed',
  'pv.kubernetes.io/bound-by-controller',
  'volume.beta.kubernetes.io/storage-provisioner',
  'volume.kubernetes.io/storage-provisioner',
  'volume.kubernetes.io/selected-node',
];

async function createApplicationClaim(request: BindRequest, volumeName: string): Promise<void> {
  const { namespace, name } = request.application;
  const claim = JSON.parse(request.applicationClaim) as { metadata: Record<string, unknown>; spec: object };
  const annotations = { ...(claim.metadata['annotations'] as Record<string, string> | undefined) };
  for (const annotation of bindingAnnotations) delete annotations[annotation];
  const metadata = { ...claim.metadata, namespace, name, annotations };
  const body = JSON.stringify({ ...claim, metadata, spec: { ...claim.spec, volumeName } });
  const written = await request.cluster.create({ resource: claims, namespace, body }, writeOptions(request));
  if (written.outcome === 'created') return;
  const existing = await read<StoredClaim>(request, { resource: claims, namespace, name });
  if (existing !== undefined && existing.spec.volumeName !== volumeName) throw taken(request, existing.spec.volumeName);
}

function taken({ application }: BindRequest, volumeName = ''): LandfallError {
  const ref = `PersistentVolumeClaim ${application.namespace}/${application.name}`;
  const why = volumeName === '' ? 'it exists without a volume' : `it is bound to PersistentVolume ${volumeName}`;
  return new LandfallError('OBJECT_CONFLICT', {
    what: `${ref} on the target is not the one that this run restores`,
    why,
    fix: 'delete the claim, or map to a different namespace',
    ref,
  });
}
