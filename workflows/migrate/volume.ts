import type { ClaimPlan, MovedVolume, RunContext, UploadedVolume } from '../../src/core/migration/contract.ts';
import { activities } from '../saga/activities.ts';

/** One claim on its way: the input of both child workflows. */
export interface VolumeInput {
  readonly context: RunContext;
  readonly claim: ClaimPlan;
}

/**
 * Brings one claim's snapshot into the repository. A child workflow, so that a run of hundreds of claims keeps a small
 * history. The parent holds the compensation; a repeat finds what was made before.
 */
export async function exportVolume({ context, claim }: VolumeInput): Promise<UploadedVolume> {
  const stepId = `volumes/upload/${claim.namespace}/${claim.name}`;
  await activities.exposeClaim({ context, claim, stepId });
  return activities.uploadVolume({ context, claim, stepId });
}

/** Fills a new volume on the target from the repository and compares its whole tree with the source's. */
export async function importVolume(input: VolumeInput & { readonly uploaded: UploadedVolume }): Promise<MovedVolume> {
  const { context, claim, uploaded } = input;
  const stepId = `volumes/fill/${claim.namespace}/${claim.name}`;
  await activities.createTargetVolume({ context, claim, stepId });
  return activities.downloadVolume({ context, claim, uploaded, stepId });
}
