import { activities } from '../saga/activities.ts';
import type { RunContext } from '../../src/core/run/context.ts';
import type { ClaimPlace, VolumeAnswer } from '../../src/core/volumes/contract.ts';

/** One claim on its way: the input of both child workflows. */
export interface VolumeInput {
  readonly context: RunContext;
  readonly claim: ClaimPlace;
  readonly stepId: string;
}

/**
 * Brings one claim's snapshot into the repository. A child workflow, so that a run of hundreds of claims keeps a small
 * history. The parent holds the compensation; a repeat finds what was made before.
 */
export async function exportVolume(input: VolumeInput): Promise<VolumeAnswer> {
  await activities.exposeClaim(input);
  return activities.uploadVolume(input);
}
