/** What the assessment needs of a StorageClass. */
export interface StorageClassFacts {
  readonly name: string;
  readonly isDefault: boolean;
  readonly waitsForConsumer: boolean;
  readonly provisioner?: string;
  /** Absent: Delete. */
  readonly reclaimPolicy?: string;
}
