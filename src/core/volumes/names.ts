import { hash64Of } from '../identity/names.ts';

/** Annotation: the claim a made object serves, `namespace/name`. */
export const claimAnnotation = 'landfall.dev/claim';

/** Names of everything that is made for one claim in one run. All are DNS labels. */
export interface VolumeNames {
  /** VolumeSnapshot in the application's namespace. */
  readonly snapshot: string;
  /** VolumeSnapshot and VolumeSnapshotContent that bring the handle into Landfall's namespace. */
  readonly exposedSnapshot: string;
  /** Temporary claim on the source. */
  readonly sourceClaim: string;
  /** Second PersistentVolume of a direct copy. */
  readonly directVolume: string;
  readonly uploadJob: string;
  /** Temporary claim on the target. */
  readonly targetClaim: string;
  readonly downloadJob: string;
}

/**
 * Names everything of a claim in a run: the claim's name, cut, so that people recognise it, and a hash of run,
 * namespace and claim, so that no two meet. The same input gives the same names, which makes every step repeatable.
 */
export function volumeNames(runId: string, namespace: string, claim: string): VolumeNames {
  const readable = claim.replaceAll('.', '-').slice(0, 32).replace(/-+$/, '');
  const id = `${readable}-${hash64Of(`${runId}\n${namespace}\n${claim}`)}`;
  return {
    snapshot: `landfall-${id}`,
    exposedSnapshot: `landfall-snap-${id}`,
    sourceClaim: `landfall-from-${id}`,
    directVolume: `landfall-direct-${id}`,
    uploadJob: `landfall-up-${id}`,
    targetClaim: `landfall-to-${id}`,
    downloadJob: `landfall-down-${id}`,
  };
}
