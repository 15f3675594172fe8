/** Label on every object a run makes: value is the run id. The sweeper and the compensations find things by it. */
export const runLabel = 'landfall.dev/run';
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
  const id = `${readable}-${hashOf(`${runId}\n${namespace}\n${claim}`)}`;
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

/** Name of the Job that makes the volume repository. A DNS label, whatever the length of the run's id. */
export function prepareJobName(runId: string): string {
  return `landfall-prepare-${runId}`
    .toLowerCase()
    .slice(0, 63)
    .replace(/[^a-z0-9]+$/, '');
}

/** The field manager of a run, by which its writes are known again in managedFields. */
export function fieldManagerOf(runId: string): string {
  return `landfall-${runId}`;
}

/** FNV-1a, 64 bits, in base 32: not for secrets, for telling names apart. */
function hashOf(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const character of text) {
    hash ^= BigInt(character.codePointAt(0) ?? 0);
    hash = (hash * 0x100000001b3n) & 0xffffffffffffffffn;
  }
  return hash.toString(32).padStart(13, '0');
}
