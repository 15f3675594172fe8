import type { ObjectRef, ApiResource } from '../../core/resource.ts';
import { isLabelledBy, runLabel, runSelector } from '../../core/identity/names.ts';
import { bindStatic } from './create-snapshot.ts';
import type { StoredClaim, StoredContent, StoredSnapshot, StoredVolume } from './kinds.ts';
import { temporaryClaimAnnotation } from './bound-volume.ts';
import { addressOf, listAll, merge, read, removeAndWait, type StoredObject, type VolumeContext } from './objects.ts';
import { removeSnapshots, removeWithContent } from './remove-snapshots.ts';
import { claims, contents, jobs, pods, secrets, snapshots, volumes } from './resources.ts';
import { removeTemporaryClaim } from './temporary-claim.ts';
import { unbindVolume } from './unbind-volume.ts';

export interface LeftoversRequest extends Pick<VolumeContext, 'cluster' | 'runId' | 'signal'> {
  /** Landfall's own and the application's. */
  readonly namespaces: readonly string[];
}

const namespacedKinds: readonly ApiResource[] = [jobs, pods, secrets, claims, snapshots];
const clusterKinds: readonly ApiResource[] = [contents, volumes];

/** Lists everything on the volumes' way that carries the run's label, in the namespaces and cluster-wide. */
export async function findLeftovers(request: LeftoversRequest): Promise<ObjectRef[]> {
  const labelSelector = runSelector(request.runId);
  const found: ObjectRef[] = [];
  async function add(resource: ApiResource, namespace: string): Promise<void> {
    const where = namespace === '' ? { labelSelector } : { labelSelector, namespace };
    for (const { metadata } of await listAll<StoredObject>(request, resource, where)) {
      found.push({
        group: resource.group,
        kind: resource.kind,
        namespace: metadata.namespace ?? '',
        name: metadata.name,
      });
    }
  }
  const served = await servedOf(request);
  for (const resource of namespacedKinds.filter(served))
    for (const namespace of request.namespaces) await add(resource, namespace);
  for (const resource of clusterKinds.filter(served)) await add(resource, '');
  return found;
}

/** Reports the kinds a cluster may have objects of: many targets serve no snapshots. A group that does not answer may. */
async function servedOf({
  cluster,
  signal,
}: Pick<VolumeContext, 'cluster' | 'signal'>): Promise<(kind: ApiResource) => boolean> {
  const { resources, failures } = await cluster.discover(signal === undefined ? {} : { signal });
  return ({ group, plural }) =>
    resources.some((one) => one.group === group && one.plural === plural) ||
    failures.some(({ groupVersion }) => groupVersion.startsWith(`${group}/`));
}

export interface CleanUpRequest extends VolumeContext {
  readonly landfallNamespace: string;
  /** The application's namespaces of this cluster. */
  readonly namespaces: readonly string[];
}

/**
 * Removes what a run has left on the volumes' way, by its label alone, for a sweeper that knows nothing else: Jobs with
 * their pods and Secrets, temporary claims with their volumes, snapshots with their contents and the storage's own,
 * unfinished bindings. A volume that an application's claim holds only loses the label. Gives what is still there.
 */
export async function cleanUp(request: CleanUpRequest): Promise<ObjectRef[]> {
  const labelSelector = runSelector(request.runId);
  const { landfallNamespace: namespace } = request;
  for (const resource of [jobs, pods, secrets]) {
    for (const object of await listAll<StoredObject>(request, resource, { namespace, labelSelector })) {
      await removeAndWait(request, { resource, object });
    }
  }
  await cleanUpVolumes(request, labelSelector);
  for (const claim of await listAll<StoredClaim>(request, claims, { namespace, labelSelector })) {
    await removeTemporaryClaim({ ...request, claimName: claim.metadata.name });
  }
  if ((await servedOf(request))(contents)) await cleanUpSnapshots(request, labelSelector);
  return await findLeftovers({ ...request, namespaces: [namespace, ...request.namespaces] });
}

async function cleanUpVolumes(request: CleanUpRequest, labelSelector: string): Promise<void> {
  for (const volume of await listAll<StoredVolume>(request, volumes, { labelSelector })) {
    const { claimRef, persistentVolumeReclaimPolicy } = volume.spec;
    const claimNamespace = claimRef?.namespace ?? '';
    const claim = await read<StoredClaim>(request, {
      resource: claims,
      namespace: claimNamespace,
      name: claimRef?.name ?? '',
    });
    const held = claim?.spec.volumeName === volume.metadata.name;
    const temporaryClaim = volume.metadata.annotations?.[temporaryClaimAnnotation];
    if (held && claimNamespace !== request.landfallNamespace) {
      await merge(request, addressOf(volumes, volume.metadata), { metadata: { labels: { [runLabel]: null } } });
    } else if (temporaryClaim !== undefined) {
      const application = { namespace: claimNamespace, name: claimRef?.name ?? '' };
      await unbindVolume({ ...request, temporaryClaim, application });
    } else if (persistentVolumeReclaimPolicy === 'Retain' && claimNamespace === request.landfallNamespace) {
      // A direct copy's second PV: only the object goes.
      if (held) await removeAndWait(request, { resource: claims, object: claim }, 'a pod may still use it');
      await removeAndWait(request, { resource: volumes, object: volume });
    }
  }
}

/**
 * Contents first, what was exposed before what it was made from; then VolumeSnapshots whose content has no label yet. The
 * same handle can hang on two contents, and all but the last of a handle go with Retain.
 */
async function cleanUpSnapshots(request: CleanUpRequest, labelSelector: string): Promise<void> {
  const { landfallNamespace } = request;
  const found = await listAll<StoredContent>(request, contents, { labelSelector });
  const remaining = [...found.filter(({ spec }) => isStatic(spec)), ...found.filter(({ spec }) => !isStatic(spec))];
  for (const [index, content] of remaining.entries()) {
    const handle = handleOf(content);
    const shared = handle !== undefined && remaining.slice(index + 1).some((other) => handleOf(other) === handle);
    const { namespace = '', name = '' } = content.spec.volumeSnapshotRef;
    if (!shared && isStatic(content.spec) && content.status?.snapshotHandle === undefined) {
      await bindStatic(request, { namespace: landfallNamespace, name: content.metadata.name });
    }
    const snapshot = await read<StoredSnapshot>(request, { resource: snapshots, namespace, name });
    const ours = isLabelledBy(request.runId, snapshot?.metadata) ? snapshot : undefined;
    await removeWithContent(request, { snapshot: ours, content }, shared ? 'Retain' : 'Delete');
  }
  for (const namespace of [request.landfallNamespace, ...request.namespaces]) {
    for (const snapshot of await listAll<StoredSnapshot>(request, snapshots, { namespace, labelSelector })) {
      // Not yet bound, or its content was never labelled.
      const { name } = snapshot.metadata;
      await removeSnapshots({ ...request, namespace, name, exposedName: name });
    }
  }
}

function isStatic(spec: StoredContent['spec']): boolean {
  return spec.source?.snapshotHandle !== undefined;
}

function handleOf({ spec, status }: StoredContent): string | undefined {
  return status?.snapshotHandle ?? spec.source?.snapshotHandle;
}
