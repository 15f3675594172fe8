import type { StoredRef } from '../stored-ref.ts';

export interface VerifyResult {
  readonly result: StoredRef;
  readonly missing: number;
  readonly extra: number;
  readonly different: number;
}
