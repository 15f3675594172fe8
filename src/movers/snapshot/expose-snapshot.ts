import { LandfallError } from '../../core/errors.ts';
import { runLabels } from '../../core/identity/names.ts';
import { claimAnnotation } from '../../core/volumes/names.ts';
import { largerQuantity } from '../../core/quantity.ts';
import type { SnapshotRef } from './create-snapshot.ts';
import { bindStatic } from './create-snapshot.ts';
import type { StoredContent } from './kinds.ts';
import { ensureCreated, merge, read, type NewObject, type VolumeContext } from './objects.ts';
import { claims, contents } from './resources.ts';

export interface ExposeSnapshotRequest extends VolumeContext {
  readonly landfallNamespace: string;
  readonly snapshot: SnapshotRef;
  /** Name of the VolumeSnapshot and VolumeSnapshotContent made: `volumeNames(...).exposedSnapshot`. */
  readonly name: string;
  readonly temporaryClaim: TemporaryClaim;
}

export interface TemporaryClaim {
  /** `volumeNames(...).sourceClaim` or `.targetClaim`. */
  readonly name: string;
  /** The application's claim it stands for, `namespace/name`. */
  readonly standsFor: string;
  readonly storageClass: string;
  readonly size: string;
  readonly accessModes: readonly string[];
}

/** Secrets a driver needs to delete a snapshot are named in annotations of its content. */
const carriedAnnotations = /^snapshot\.storage\.kubernetes\.io\/deletion-secret-/;

/**
 * Brings a finished snapshot into Landfall's namespace: a second content with the same handle, a VolumeSnapshot bound to
 * it, and a temporary claim made of that. From the first step on neither content deletes the snapshot in the storage
 * (Retain), so nobody in the application's namespace can take it away; `removeSnapshots` deletes it exactly once at the
 * end. Idempotent by names.
 */
export async function exposeSnapshot(request: ExposeSnapshotRequest): Promise<void> {
  const { snapshot, landfallNamespace, name } = request;
  const address = { resource: contents, namespace: '', name: snapshot.contentName };
  const original = await read<StoredContent>(request, address);
  if (original === undefined) {
    throw new LandfallError('SNAPSHOT_FAILED', {
      what: `VolumeSnapshotContent ${snapshot.contentName} is gone`,
      ref: snapshot.name,
    });
  }
  const labels = runLabels(request.runId);
  await merge(request, address, { metadata: { labels }, spec: { deletionPolicy: 'Retain' } });
  await ensureCreated(request, contents, staticContent(request, original));
  const ready = await bindStatic(
    request,
    { namespace: landfallNamespace, name },
    { [claimAnnotation]: request.temporaryClaim.standsFor }
  );
  const restoreSize = ready.status?.restoreSize ?? snapshot.restoreSize;
  const size = largerQuantity(request.temporaryClaim.size, restoreSize === '' ? undefined : restoreSize);
  const dataSource = { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name };
  await createTemporaryClaim(request, { ...request.temporaryClaim, size }, { dataSource });
}

/** Makes a temporary claim in Landfall's namespace. Idempotent by name. */
export async function createTemporaryClaim(
  context: VolumeContext & { readonly landfallNamespace: string },
  claim: TemporaryClaim,
  more: Readonly<Record<string, unknown>> = {}
): Promise<void> {
  await ensureCreated(context, claims, {
    ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
    metadata: {
      namespace: context.landfallNamespace,
      name: claim.name,
      annotations: { [claimAnnotation]: claim.standsFor },
    },
    spec: {
      storageClassName: claim.storageClass,
      accessModes: claim.accessModes,
      resources: { requests: { storage: claim.size } },
      ...more,
    },
  });
}

function staticContent(
  { landfallNamespace, name, snapshot }: ExposeSnapshotRequest,
  original: StoredContent
): NewObject {
  const { sourceVolumeMode, volumeSnapshotClassName, driver } = original.spec;
  const annotations = Object.entries(original.metadata.annotations ?? {}).filter(([key]) =>
    carriedAnnotations.test(key)
  );
  return {
    ...{ apiVersion: 'snapshot.storage.k8s.io/v1', kind: 'VolumeSnapshotContent' },
    metadata: { name, annotations: Object.fromEntries(annotations) },
    spec: {
      driver,
      deletionPolicy: 'Retain',
      source: { snapshotHandle: snapshot.handle },
      volumeSnapshotRef: { namespace: landfallNamespace, name },
      ...(sourceVolumeMode === undefined ? {} : { sourceVolumeMode }),
      ...(volumeSnapshotClassName === undefined ? {} : { volumeSnapshotClassName }),
    },
  };
}
