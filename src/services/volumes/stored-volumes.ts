import pMap from 'p-map';
import { loadJson, runFolder, storeJson } from '../../archive/run-objects.ts';
import { limits } from '../../core/limits.ts';
import type { StoredRef } from '../../core/stored-ref.ts';
import type { Location, StoreOptions } from '../../ports/location.ts';
import type { MovedVolume, UploadedVolume, VolumeAnswer } from '../../core/volumes/contract.ts';

/** Stores what is known of a volume with its run; answers where, with the numbers its step shows. Idempotent by content. */
export async function storeVolume(
  run: { readonly location: Location; readonly runId: string },
  volume: UploadedVolume | MovedVolume,
  options?: StoreOptions
): Promise<VolumeAnswer> {
  const { files, sizeBytes, transferredBytes, excluded } = volume;
  const stored = await storeJson(runFolder(run, 'volumes'), volume, options);
  return { volume: stored, files, sizeBytes, transferredBytes, excluded };
}

/** A volume that a run has brought somewhere: into the repository, and where there is a target, there. */
export type StoredVolume = UploadedVolume & Partial<MovedVolume>;

/** Reads the volumes of a run, in the order of the references; verified. */
export function loadVolumes(
  location: Location,
  refs: readonly StoredRef[],
  options?: StoreOptions
): Promise<readonly StoredVolume[]> {
  return pMap(refs, (ref) => loadJson<StoredVolume>(location, ref, options), { concurrency: limits.parallelSegments });
}
