import type { StoredRef } from '../../src/core/stored-ref.ts';
import { activities } from '../saga/activities.ts';
import type { VolumeAnswer } from '../../src/core/volumes/contract.ts';
import type { VolumeInput } from '../volumes/volume.ts';

/** Fills a new volume on the target from the repository and compares its whole tree with the source's. */
export async function importVolume(input: VolumeInput & { readonly uploaded?: StoredRef }): Promise<VolumeAnswer> {
  const { context, claim, stepId } = input;
  await activities.createTargetVolume({ context, claim, stepId });
  return activities.downloadVolume(input);
}
