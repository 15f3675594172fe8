/**
 * The fields of csi.proto this driver reads, as @grpc/proto-loader hands them over: camel case, int64 as numbers
 * (volumes here are far below 2^53 bytes), enums as names, absent messages as null.
 */

/** How a volume is to be used; `accessType` says which member of the oneof is set. */
export interface VolumeCapability {
  readonly accessType?: 'block' | 'mount';
  readonly accessMode: { readonly mode: string } | null;
}

/** Bounds on a size; zero means unbounded. */
export interface CapacityRange {
  readonly requiredBytes: number;
  readonly limitBytes: number;
}

/** Where a volume's first content comes from. */
export interface VolumeContentSource {
  readonly snapshot?: { readonly snapshotId: string };
  readonly volume?: { readonly volumeId: string };
}

/** Names the places a volume can be reached from. */
export interface Topology {
  readonly segments: Readonly<Record<string, string>>;
}

export interface CreateVolumeRequest {
  readonly name: string;
  readonly capacityRange: CapacityRange | null;
  readonly volumeCapabilities: readonly VolumeCapability[];
  readonly volumeContentSource: VolumeContentSource | null;
  /** Of the StorageClass. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly accessibilityRequirements: { readonly requisite: readonly Topology[] } | null;
}

export interface VolumeIdRequest {
  readonly volumeId: string;
}

export interface ValidateVolumeCapabilitiesRequest extends VolumeIdRequest {
  readonly volumeCapabilities: readonly VolumeCapability[];
}

export interface PageRequest {
  readonly maxEntries: number;
  readonly startingToken: string;
}

export interface ListSnapshotsRequest extends PageRequest {
  readonly sourceVolumeId: string;
  readonly snapshotId: string;
}

export interface CreateSnapshotRequest {
  readonly sourceVolumeId: string;
  readonly name: string;
}

export interface SnapshotIdRequest {
  readonly snapshotId: string;
}

export interface ControllerExpandVolumeRequest extends VolumeIdRequest {
  readonly capacityRange: CapacityRange | null;
  readonly volumeCapability: VolumeCapability | null;
}

export interface GetCapacityRequest {
  readonly volumeCapabilities: readonly VolumeCapability[];
}

export interface NodeStageVolumeRequest extends VolumeIdRequest {
  readonly stagingTargetPath: string;
  readonly volumeCapability: VolumeCapability | null;
}

export interface NodePublishVolumeRequest extends NodeStageVolumeRequest {
  readonly targetPath: string;
  readonly readonly: boolean;
}

export interface NodeUnpublishVolumeRequest extends VolumeIdRequest {
  readonly targetPath: string;
}

export interface NodeVolumePathRequest extends VolumeIdRequest {
  readonly volumePath: string;
}
