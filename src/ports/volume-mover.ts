import type { MoverPlacement } from '../core/volumes/mover-pods.ts';

/** Longest life of the Job that makes a repository, pending included. */
export const prepareTimeoutMs = 10 * 60_000;

/**
 * Carries the files of a volume between a claim and a repository in a Location. The Job runs in Landfall's own
 * namespace of a cluster; nothing of it enters the application's namespace. Every method is idempotent by `jobName`:
 * called again it finds what it made and goes on; a Job that had failed before the call is made anew. Throws LandfallError:
 * VOLUME_FULL, VOLUME_MOVER_FAILED, LOCATION_*, STORED_OBJECT_*. Differences after a download are a result, not an error.
 */
export interface VolumeMover {
  /** Creates the repository in the location unless it exists. One caller at a time. */
  prepareRepository(request: RepositoryRequest): Promise<void>;
  /** Copies a claim's tree into the repository and hashes it. Returns when the Job ended. */
  upload(request: MoveRequest): Promise<MoveResult>;
  /** Restores a snapshot of the repository into a claim and hashes what is there then. */
  download(request: DownloadRequest): Promise<MoveResult>;
  /** Removes the Job, its pod and its credentials. Absent is fine. */
  remove(request: { readonly cluster: 'source' | 'target'; readonly jobName: string }): Promise<void>;
}

export interface RepositoryRequest {
  /** Where the Job that makes it runs; default the source. */
  readonly cluster?: 'source' | 'target';
  readonly onProgress?: (progress: MoveProgress) => void;
  readonly signal?: AbortSignal;
  /** Where pods of the application run; the Job may run there as well. */
  readonly placement?: MoverPlacement;
  /** Longest life of the Job; default `prepareTimeoutMs`. */
  readonly timeoutMs?: number;
}

export interface MoveRequest {
  readonly cluster: 'source' | 'target';
  /** DNS label, unique for run, claim and direction. */
  readonly jobName: string;
  readonly runId: string;
  /** The temporary claim in Landfall's namespace. */
  readonly claimName: string;
  /** `namespace/claim` on the source, for people. */
  readonly volumeId: string;
  readonly onProgress: (progress: MoveProgress) => void;
  readonly signal?: AbortSignal;
  /** Longest life of the Job, pending included. */
  readonly timeoutMs: number;
  /** Where the pods that mount the claim may run; the Job is bound to the same. */
  readonly placement?: MoverPlacement;
  /**
   * Upload: uid of the application's claim on the source. With it the next run finds what this one has stored. A claim
   * that was made anew, or is another cluster's, is andifferent volume, whatever its name and the times of its files.
   */
  readonly claimUid?: string;
  /** Upload: read every file again, also those whose time and size say they are unchanged (after VOLUME_DIFFERENT). */
  readonly rereadAll?: boolean;
}

export interface DownloadRequest extends MoveRequest {
  readonly snapshotId: string;
  /** Snapshot that holds the tree listing and what kopia does not carry (xattrs, hard links); from the upload. */
  readonly metadataSnapshotId: string;
}

export interface MoveProgress {
  readonly state: 'pending' | 'copying' | 'hashing' | 'done';
  readonly doneBytes: number;
  readonly totalBytes: number;
  /** `total` 0 = not counted yet. */
  readonly files?: { readonly done: number; readonly total: number };
  /** What is waited for while pending: `pod landfall-…: Unschedulable …`. */
  readonly message: string;
}

export interface MoveResult {
  readonly snapshotId: string;
  readonly files: number;
  readonly sizeBytes: number;
  /** Bytes read for the hash of the tree: fewer than `sizeBytes` when the last upload knew files that have not changed. */
  readonly hashedBytes: number;
  /** Bytes the repository did not have before (upload), bytes written (download). */
  readonly transferredBytes: number;
  /** SHA-256 over the sorted listing of the whole tree: docs/formats-volumes.md. */
  readonly treeSha256: string;
  readonly metadataSnapshotId: string;
  /** Things in the tree that could not be carried (sockets, device nodes), by escaped path; the first 500 of `excludedTotal`. */
  readonly excluded: readonly { readonly path: string; readonly reason: string }[];
  readonly excludedTotal: number;
  /** `path: field, field` that differ after a download, paths escaped; the first 500 of `differentTotal`. Empty means equal. */
  readonly different: readonly string[];
  readonly differentTotal: number;
}
