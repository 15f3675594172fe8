import { LandfallError } from '../../core/errors.ts';
import { runLabels } from '../../core/identity/names.ts';
import { claimAnnotation } from '../../core/volumes/names.ts';
import type { StoredContent, StoredSnapshot } from './kinds.ts';
import { ensureCreated, merge, read, waitUntil, type VolumeContext } from './objects.ts';
import { contents, snapshots } from './resources.ts';

export interface CreateSnapshotRequest extends VolumeContext {
  /** The application's namespace and claim. */
  readonly namespace: string;
  readonly claim: string;
  readonly snapshotClass: string;
  /** Name of the VolumeSnapshot: `volumeNames(...).snapshot`. */
  readonly name: string;
}

/** Which VolumeSnapshot. */
type SnapshotName = Pick<SnapshotRef, 'namespace' | 'name'>;

/** A snapshot that the storage has finished; plain data, goes through workflow histories. */
export interface SnapshotRef {
  readonly namespace: string;
  readonly name: string;
  readonly contentName: string;
  readonly handle: string;
  readonly driver: string;
  /** Least size of a volume made of it; '' when the driver does not say. */
  readonly restoreSize: string;
}

/**
 * An error in the status is the storage's last attempt, not its verdict: the sidecar tries again (a conflict of writes
 * shows as one, too). One that stays this long is abandoned.
 */
const errorGraceMs = 30_000;

/**
 * Makes a VolumeSnapshot of a claim and waits until the storage has it. Idempotent by name. Throws SNAPSHOT_FAILED with
 * the driver's words. Undone by `removeSnapshots`.
 */
export async function createSnapshot(request: CreateSnapshotRequest): Promise<SnapshotRef> {
  const { namespace, claim, name } = request;
  await ensureCreated(request, snapshots, {
    ...{ apiVersion: 'snapshot.storage.k8s.io/v1', kind: 'VolumeSnapshot' },
    metadata: { namespace, name, annotations: { [claimAnnotation]: `${namespace}/${claim}` } },
    spec: { volumeSnapshotClassName: request.snapshotClass, source: { persistentVolumeClaimName: claim } },
  });
  const ready = await waitReady(request, { namespace, name });
  const contentName = ready.status?.boundVolumeSnapshotContentName ?? '';
  const address = { resource: contents, namespace: '', name: contentName };
  // The content is cluster-scoped and made by a controller: without the label no sweeper would know whose it is.
  await merge(request, address, { metadata: { labels: runLabels(request.runId) } });
  const content = await read<StoredContent>(request, address);
  const handle = content?.status?.snapshotHandle;
  if (content === undefined || handle === undefined) {
    throw failed(request, `its content ${contentName} has no snapshot handle`);
  }
  const restoreSize = ready.status?.restoreSize ?? '';
  return { namespace, name, contentName, handle, driver: content.spec.driver, restoreSize };
}

/** Makes a VolumeSnapshot for a content of the same name that was written by hand, and waits until both are bound. */
export async function bindStatic(
  context: VolumeContext,
  { namespace, name }: SnapshotName,
  annotations: Readonly<Record<string, string>> = {}
): Promise<StoredSnapshot> {
  await ensureCreated(context, snapshots, {
    ...{ apiVersion: 'snapshot.storage.k8s.io/v1', kind: 'VolumeSnapshot' },
    metadata: { namespace, name, annotations },
    spec: { source: { volumeSnapshotContentName: name } },
  });
  return await waitReady(context, { namespace, name });
}

/** Waits until a VolumeSnapshot is ready to be used and bound. */
export async function waitReady(context: VolumeContext, { namespace, name }: SnapshotName): Promise<StoredSnapshot> {
  let failingSinceMs: number | undefined;
  let lastError = '';
  const snapshot = await waitUntil<StoredSnapshot>(context, {
    resource: snapshots,
    namespace,
    name,
    until(object) {
      if (object === undefined) return false;
      lastError = object.status?.error?.message ?? '';
      if (isReady(object)) return true;
      failingSinceMs = lastError === '' ? undefined : (failingSinceMs ?? Date.now());
      return failingSinceMs !== undefined && Date.now() - failingSinceMs > errorGraceMs;
    },
    describe: (object) => describeState(namespace, name, object),
  }).catch((error: unknown) => {
    // Whatever the time-out says: the driver's own words say more.
    if (lastError !== '') throw failed({ namespace, name }, lastError, error);
    throw error;
  });
  if (!isReady(snapshot)) throw failed({ namespace, name }, lastError);
  return snapshot;
}

function isReady({ status }: StoredSnapshot): boolean {
  return status?.readyToUse === true && (status.boundVolumeSnapshotContentName ?? '') !== '';
}

function describeState(namespace: string, name: string, object: StoredSnapshot | undefined): string {
  const state = object === undefined ? 'does not exist' : 'is not ready yet';
  const error = object?.status?.error?.message;
  return `VolumeSnapshot ${namespace}/${name} ${state}${error === undefined ? '' : `: ${error}`}`;
}

function failed({ namespace, name }: SnapshotName, why: string, cause?: unknown): LandfallError {
  const ref = `VolumeSnapshot ${namespace}/${name}`;
  return new LandfallError('SNAPSHOT_FAILED', { what: `${ref} cannot be created`, why, ref, cause });
}
