import type { StoredObject } from './objects.ts';

/** The fields of the kinds on a volume's way that decisions rest on. */

export interface StoredSnapshot extends StoredObject {
  readonly status?: {
    readonly readyToUse?: boolean;
    readonly boundVolumeSnapshotContentName?: string;
    readonly restoreSize?: string;
    /** When the storage cut it. */
    readonly creationTime?: string;
    readonly error?: { readonly message?: string };
  };
}

export interface StoredContent extends StoredObject {
  readonly spec: {
    readonly driver: string;
    readonly deletionPolicy: 'Delete' | 'Retain';
    readonly sourceVolumeMode?: string;
    readonly volumeSnapshotClassName?: string;
    readonly source?: { readonly snapshotHandle?: string };
    readonly volumeSnapshotRef: { readonly namespace?: string; readonly name?: string; readonly uid?: string };
  };
  readonly status?: { readonly snapshotHandle?: string; readonly restoreSize?: number };
}

export interface StoredClaim extends StoredObject {
  readonly spec: {
    readonly volumeName?: string;
    readonly storageClassName?: string;
    readonly accessModes?: readonly string[];
    readonly resources?: { readonly requests?: { readonly storage?: string } };
  };
  readonly status?: { readonly phase?: string };
}

export interface StoredVolume extends StoredObject {
  readonly spec: {
    readonly persistentVolumeReclaimPolicy?: string;
    readonly claimRef?: { readonly namespace?: string; readonly name?: string; readonly uid?: string };
    readonly [field: string]: unknown;
  };
  readonly status?: { readonly phase?: string };
}

export interface StoredPod extends StoredObject {
  readonly spec: {
    readonly nodeName?: string;
    readonly volumes?: readonly { readonly persistentVolumeClaim?: { readonly claimName: string } }[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly PodCondition[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
}

export interface PodCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

export interface ContainerStatus {
  readonly name: string;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly terminated?: { readonly exitCode: number; readonly reason?: string; readonly message?: string };
  };
}

/** True when a pod may hold a claim's files open: it exists and has not run to its end. */
export function usesClaim(pod: StoredPod, claimName: string): boolean {
  if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return false;
  return mountsClaim(pod, claimName);
}

/** True when a pod names a claim, also a pod that has ended: it protects the claim from deletion all the same. */
export function mountsClaim(pod: StoredPod, claimName: string): boolean {
  return (pod.spec.volumes ?? []).some(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === claimName);
}

/**
 * True for a volume that a provisioner has made: for its claim, and so for whoever made that. Any other was there before the
 * claim that is bound to it, and its storage is somebody's (`pv.kubernetes.io/provisioned-by`, set by every provisioner).
 */
export function isProvisioned(volume: StoredVolume): boolean {
  return volume.metadata.annotations?.['pv.kubernetes.io/provisioned-by'] !== undefined;
}
