import type { ProtectionMark } from '../core/protection/mark.ts';
import type { ScopeSpec } from '../core/spec/spec.ts';
import type { StoredRef } from '../core/stored-ref.ts';
import type { IndexPart } from './index-file.ts';

/* What a manifest says. Its bytes: manifest-bytes.ts, docs/formats.md. */

/** One list of the capture: everything of it is as it was at this resourceVersion. */
export interface ManifestList {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** '' = all namespaces, or a cluster-scoped kind. */
  readonly namespace: string;
  readonly resourceVersion: string;
}

export interface ManifestVolume {
  /** `namespace/name` on the source. */
  readonly claim: string;
  /** Storage class on the source. */
  readonly class: string;
  /** Capacity as a Kubernetes quantity. */
  readonly size: string;
  readonly snapshotId: string;
  readonly metadataSnapshotId: string;
  readonly treeSha256: string;
  readonly bytes: number;
  readonly files: number;
  /** Entries of the tree that could not be taken: devices, sockets. */
  readonly excluded: number;
  /** As of when the data is; RFC 3339, UTC. */
  readonly dataAsOf: string;
}

/** What of a recovery point is for those alone who can open it. */
export interface PointDetail {
  readonly source: {
    readonly cluster: string;
    readonly uid: string;
    readonly gitVersion: string;
    readonly platform: string;
  };
  readonly scope: ScopeSpec;
  readonly lists: readonly ManifestList[];
  readonly indexes: readonly IndexPart[];
  readonly volumes: readonly ManifestVolume[];
  /** Lists of what does not travel and why (`storeLines`), or summaries of it. */
  readonly excluded: readonly StoredRef[];
  /** What the objects depend on outside of the recovery point. */
  readonly dependencies: readonly StoredRef[];
}

interface PointName {
  readonly id: string;
  readonly name: string;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  readonly landfallVersion: string;
  /** Absent: no policy asked for it. */
  readonly protection?: ProtectionMark;
  /** The list of all content of the index (`contents.ts`); absent where there is no object. */
  readonly contents?: StoredRef;
}

interface CapturedCounts {
  readonly objects: number;
  readonly rawBytes: number;
  readonly segments: number;
  readonly segmentBytes: number;
  readonly excluded: number;
}

/** What the writer of a recovery point says about it. */
export interface RecoveryPointContent extends PointName, PointDetail {
  readonly counts: CapturedCounts;
}

/** The recovery point before this one in its Location. */
export interface PreviousPoint {
  readonly id: string;
  /** Of its manifest. */
  readonly sha256: string;
}

/** What everybody who reads the Location can know of a recovery point: enough to list, verify, copy and delete it. */
export interface PublicManifest extends PointName {
  readonly formatMajor: number;
  readonly formatMinor: number;
  /** The same for points of one name and source cluster; says neither. */
  readonly line: string;
  readonly counts: CapturedCounts & { readonly volumes: number; readonly volumeBytes: number };
  /** Whatever the point refers to besides `contents`. */
  readonly attached: readonly StoredRef[];
  /** Absent: it was the first. */
  readonly previous?: PreviousPoint;
  /** Absent: it is neither sealed nor signed. */
  readonly signer?: string;
}

/** A manifest whose every part was read. */
export type Manifest = PublicManifest & PointDetail;
