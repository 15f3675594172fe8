import type { LocationSpec } from '../../src/core/spec/spec.ts';

/** A prefix of its own for one assessment, below that of the Location: whatever it stores there goes at its end. */
export function scratchOf(location: LocationSpec, runId: string): LocationSpec {
  return { ...location, prefix: `${location.prefix}assess-scratch/${runId}/` };
}
