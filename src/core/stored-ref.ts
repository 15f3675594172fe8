/** What travels instead of content: in workflow histories, manifests, indexes. */
export interface StoredRef {
  readonly key: string;
  /** SHA-256 of the stored bytes, hex. */
  readonly sha256: string;
  readonly sizeBytes: number;
}
