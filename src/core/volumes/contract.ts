import type { StoredRef } from '../stored-ref.ts';
import type { ClaimPlacement } from './claim-users.ts';

/** What of a claim names its steps; everything else of it stays in the stored plan. */
export interface ClaimName {
  readonly namespace: string;
  readonly name: string;
  readonly targetNamespace: string;
}

/** Claims [from, to) of a desired state. */
export interface ClaimRange {
  readonly plan: StoredRef;
  readonly from: number;
  readonly to: number;
}

/** One claim of a desired state. */
export interface ClaimPlace {
  readonly plan: StoredRef;
  readonly index: number;
}

/** One claim that moves, as it is in the stored plan. */
export interface ClaimMove extends ClaimName {
  readonly way: 'snapshot' | 'copyWhileQuiesced';
  /** '' for a direct copy. */
  readonly snapshotClass: string;
  readonly sourceClass: string;
  readonly targetClass: string;
  /** Capacity of the volume, which can be more than the claim asks for. */
  readonly size: string;
  readonly accessModes: readonly string[];
  /** Class of the claim its snapshot is read through; absent: `sourceClass`. */
  readonly readClass?: string;
  /** Where the pods that mount it run; absent: the plan has none that say so. */
  readonly placement?: ClaimPlacement;
  /** Reclaim policy of the volume on the target; absent: that of its class. */
  readonly reclaimPolicy?: string;
}

/** What hooks came to. */
export interface HooksRun {
  /** Failures of hooks with `onError: continue`, at most 10. */
  readonly failed: readonly string[];
}

export interface UploadedVolume {
  readonly namespace: string;
  readonly name: string;
  readonly snapshotId: string;
  readonly metadataSnapshotId: string;
  readonly treeSha256: string;
  readonly files: number;
  readonly sizeBytes: number;
  readonly transferredBytes: number;
  /** Entries of the tree that could not be carried: devices, sockets. */
  readonly excluded: number;
  /** The first of them, `path (reason)`, and the stored list; absent where there are none. */
  readonly excludedFirst?: readonly string[];
  readonly excludedList?: StoredRef;
  /** When the snapshot was taken, or the copy began: later writes are on the source only. Absent in results of earlier versions. */
  readonly dataAsOf?: string;
}

export interface MovedVolume extends UploadedVolume {
  readonly targetTreeSha256: string;
  /** First paths that differ, at most 10. */
  readonly different: readonly string[];
}

/** A volume on its way: where what is known of it is stored, and the numbers its step shows. */
export interface VolumeAnswer extends Pick<UploadedVolume, 'files' | 'sizeBytes' | 'transferredBytes' | 'excluded'> {
  /** An `UploadedVolume` after the upload, a `MovedVolume` when it has arrived. */
  readonly volume: StoredRef;
}
