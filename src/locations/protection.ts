import type { LocationSpec } from '../core/spec/spec.ts';
import { readS3Protection } from './s3/protection.ts';

/** What a store does by itself against the loss of what it holds. */
export interface Protection {
  /** What is overwritten or removed stays as an older version. */
  readonly versioned: boolean;
  /** Every new object is locked by itself; absent where none is. `days` 0: the store tells only that it does. */
  readonly retention?: { readonly mode: string; readonly days: number };
}

/** Asks the store of a Location how it protects. Changes nothing. Throws LOCATION_*, also where it may not be asked. */
export async function readProtection(spec: LocationSpec, signal: AbortSignal): Promise<Protection> {
  switch (spec.provider) {
    case 's3':
      return readS3Protection(spec, signal);
    case 'azure':
      return (await import('./azure/protection.ts')).readAzureProtection(spec, signal);
    case 'filesystem':
      return { versioned: false };
  }
}
