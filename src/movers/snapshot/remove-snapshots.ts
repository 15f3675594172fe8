import { isLandfallError } from '../../core/errors.ts';
import { isLabelledBy, runSelector } from '../../core/identity/names.ts';
import { bindStatic, waitReady } from './create-snapshot.ts';
import type { StoredContent, StoredSnapshot } from './kinds.ts';
import { addressOf, listAll, merge, read, removeAndWait, waitGone, type VolumeContext } from './objects.ts';
import { contents, snapshots } from './resources.ts';

export interface RemoveSnapshotsRequest extends VolumeContext {
  readonly landfallNamespace: string;
  /** The application's VolumeSnapshot. */
  readonly namespace: string;
  readonly name: string;
  /** What `exposeSnapshot` made. */
  readonly exposedName: string;
}

/** Without it the sidecar leaves a content alone whose VolumeSnapshot is not there any more (external-snapshotter). */
const beingDeleted = 'snapshot.storage.kubernetes.io/volumesnapshot-being-deleted';
const sidecarHint = 'the driver’s csi-snapshotter sidecar completes this; check that it is running';

/** How long a snapshot that is just being made may take before it is removed unfinished. */
const makingMs = 60_000;

/**
 * Removes a snapshot from both namespaces and from the storage; the undo of `createSnapshot` and `exposeSnapshot` at
 * every point of them. One content is set to Delete, the others to Retain, so the storage deletes it once; the
 * application's is the one if it is there, since a content that was never bound is forgotten without asking the
 * storage. Waits until the storage has deleted. Idempotent. The temporary claim has to be gone before.
 */
export async function removeSnapshots(request: RemoveSnapshotsRequest): Promise<void> {
  const original = await settled(
    request,
    await read<StoredSnapshot>(request, { resource: snapshots, namespace: request.namespace, name: request.name })
  );
  const ofOriginal = await contentsOf(request, original);
  await removeExposed(request, ofOriginal.length > 0);
  for (const content of ofOriginal) await removeWithContent(request, { snapshot: original, content }, 'Delete');
  if (ofOriginal.length === 0 && ours(request, original))
    await removeAndWait(request, { resource: snapshots, object: original }, sidecarHint);
}

async function removeExposed(request: RemoveSnapshotsRequest, originalExists: boolean): Promise<void> {
  const { landfallNamespace: namespace, exposedName: name } = request;
  const content = await read<StoredContent>(request, { resource: contents, namespace: '', name });
  const mine = isLabelledBy(request.runId, content?.metadata) ? content : undefined;
  if (mine !== undefined && !originalExists && mine.status?.snapshotHandle === undefined)
    await bindStatic(request, { namespace, name });
  const bound = await read<StoredSnapshot>(request, { resource: snapshots, namespace, name });
  if (mine !== undefined)
    await removeWithContent(request, { snapshot: bound, content: mine }, originalExists ? 'Retain' : 'Delete');
  else if (ours(request, bound)) await removeAndWait(request, { resource: snapshots, object: bound }, sidecarHint);
}

/**
 * Waits for a VolumeSnapshot that is being made: deleted before it is bound, it can leave a snapshot in the storage that
 * nothing names. One that fails or hangs is abandoned after a minute.
 */
async function settled(
  context: VolumeContext,
  snapshot: StoredSnapshot | undefined
): Promise<StoredSnapshot | undefined> {
  if (snapshot === undefined || !ours(context, snapshot) || snapshot.metadata.deletionTimestamp !== undefined)
    return snapshot;
  const { namespace = '', name } = snapshot.metadata;
  const patience = { ...context, timeoutMs: Math.min(context.timeoutMs, makingMs) };
  try {
    return await waitReady(patience, { namespace, name });
  } catch (error) {
    if (!isLandfallError(error, 'WAIT_TIMED_OUT', 'SNAPSHOT_FAILED')) throw error;
    return await read<StoredSnapshot>(context, { resource: snapshots, namespace, name });
  }
}

/** A VolumeSnapshot of the run's name that is not the run's is left alone. */
function ours(context: VolumeContext, object: StoredSnapshot | undefined): boolean {
  return isLabelledBy(context.runId, object?.metadata);
}

/** The bound content, or, when the VolumeSnapshot is gone already, what it has left behind with the run's label. */
async function contentsOf(
  request: RemoveSnapshotsRequest,
  snapshot: StoredSnapshot | undefined
): Promise<StoredContent[]> {
  const { namespace, name } = request;
  if (snapshot !== undefined && !ours(request, snapshot)) return [];
  // The snapshot controller's name for the content of a VolumeSnapshot that does not name it yet.
  const boundName =
    snapshot === undefined
      ? undefined
      : (snapshot.status?.boundVolumeSnapshotContentName ?? `snapcontent-${snapshot.metadata.uid}`);
  const bound =
    boundName === undefined
      ? undefined
      : await read<StoredContent>(request, { resource: contents, namespace: '', name: boundName });
  if (bound !== undefined) return [bound];
  const labelled = await listAll<StoredContent>(request, contents, { labelSelector: runSelector(request.runId) });
  return labelled.filter(({ spec: { volumeSnapshotRef: ref } }) => ref.namespace === namespace && ref.name === name);
}

/** Deletes a VolumeSnapshot and its content; `policy` says whether the storage deletes the snapshot as well. */
export async function removeWithContent(
  context: VolumeContext,
  { snapshot, content }: { readonly snapshot: StoredSnapshot | undefined; readonly content: StoredContent },
  policy: 'Delete' | 'Retain'
): Promise<void> {
  const address = addressOf(contents, content.metadata);
  await merge(context, address, { spec: { deletionPolicy: policy } }).catch(ignoreMissing);
  if (snapshot !== undefined) await removeAndWait(context, { resource: snapshots, object: snapshot }, sidecarHint);
  const remaining = await read<StoredContent>(context, address);
  if (remaining === undefined) return;
  if (remaining.metadata.deletionTimestamp === undefined) {
    await merge(context, address, { metadata: { annotations: { [beingDeleted]: 'yes' } } }).catch(ignoreMissing);
    await removeAndWait(context, { resource: contents, object: remaining }, sidecarHint);
  } else {
    await waitGone(context, { resource: contents, object: remaining }, sidecarHint);
  }
}

/** Gone between read and patch: what was wanted has happened. The read after it decides. */
function ignoreMissing(error: unknown): void {
  if (!isLandfallError(error, 'OBJECT_NOT_FOUND')) throw error;
}
