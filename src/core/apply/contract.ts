import type { StoredRef } from '../stored-ref.ts';

export interface ApplyResult {
  readonly result: StoredRef;
  /** Key of the batch; absent in results of earlier versions. */
  readonly batch?: string;
  readonly applied: number;
  readonly existing: number;
  readonly updated: number;
  readonly failed: number;
  /** In a dry run: objects that could not be checked, since what they stand on is not there yet. */
  readonly notAsked?: number;
}
