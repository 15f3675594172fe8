import type { StoredRef } from '../stored-ref.ts';

/** Kinds [from, to) of the stored list. */
export interface CaptureBatch {
  readonly kinds: StoredRef;
  readonly from: number;
  readonly to: number;
}

export interface CaptureResult {
  /** A partial capture: entries, excluded objects and dependency requests; stored. */
  readonly part: StoredRef;
  readonly objects: number;
  readonly excluded: number;
  readonly rawBytes: number;
  readonly storedBytes: number;
}

export interface CapturedScope {
  /** Everything captured, merged; stored. */
  readonly capture: StoredRef;
  readonly objects: number;
  readonly excluded: number;
  readonly storedBytes: number;
}
