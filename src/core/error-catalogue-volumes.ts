import type { ErrorEntry } from './error-entry.ts';

/** What can be said of volumes and of what carries them; a part of the catalogue. */
export const volumeErrors = {
  SNAPSHOT_CLASS_MISSING: {
    group: 'volume',
    retry: 'never',
    summary: 'No VolumeSnapshotClass serves the driver of a claim.',
    fix: 'create a VolumeSnapshotClass for the driver, or allow volumes.withoutSnapshot: copyWhileQuiesced',
  },
  SNAPSHOT_FAILED: {
    group: 'volume',
    retry: 'never',
    summary: 'The storage system could not create a snapshot.',
    fix: 'see the driver’s reason in the message',
  },
  VOLUME_UNBOUND: {
    group: 'volume',
    retry: 'never',
    summary: 'A claim is not bound to a volume: there is nothing to copy.',
    fix: 'let it bind (start a pod that uses it), or exclude it',
  },
  VOLUMES_TOO_MANY: {
    group: 'volume',
    retry: 'never',
    summary: 'One migration would move more claims than its history can carry.',
    fix: 'move the namespaces in several migrations: a MigrationWave starts one for each namespace',
  },
  VOLUME_BLOCK_MODE: {
    group: 'volume',
    retry: 'never',
    summary: 'A claim is a raw block volume, which this mover cannot copy.',
    fix: 'exclude the claim and move its data in some other way',
  },
  VOLUME_CLASS_UNMAPPED: {
    group: 'volume',
    retry: 'never',
    summary: 'The storage class of a claim has no counterpart on the target.',
    fix: 'set storageClasses in the Migration',
  },
  VOLUME_MOVER_FAILED: {
    group: 'volume',
    retry: 'backoff',
    summary: 'The mover Job failed.',
    fix: 'see the last lines of the Job in the message',
  },
  MOVER_IMAGE_UNAVAILABLE: {
    group: 'volume',
    retry: 'never',
    summary: 'A node cannot pull the image of the mover Job.',
    fix: 'push the image to a registry that the nodes of both clusters can pull from, and set moverImage in the Migration to its name',
  },
  VOLUME_PATH_TOO_LONG: {
    group: 'volume',
    retry: 'never',
    summary: 'A path in a volume exceeds the maximum path length of the system, so it can be neither read nor written.',
    fix: 'shorten the path (move its directory up), or remove it',
  },
  MOVER_UNPLACEABLE: {
    group: 'volume',
    retry: 'never',
    summary: 'No existing node can run a pod that has to read or restore a volume.',
    fix: 'set volumes.movers (nodeSelector, tolerations, resources) so that a node can run the pods, or add a node; if an autoscaler adds one, accept the finding with a waiver',
    acceptance: 'any',
  },
  MOVER_REFUSED: {
    group: 'volume',
    retry: 'never',
    summary:
      'Admission refuses a pod that has to read or to fill a volume, or the namespace it runs in, as a server-side dry run says.',
    fix: 'except landfallNamespace from the policy, webhook, limit or pod security level that is named (movers need baseline), or set landfallNamespace and volumes.movers so that it lets them pass',
    acceptance: 'any',
  },
  MOVER_CHANGED: {
    group: 'volume',
    retry: 'never',
    summary: 'Admission makes other pods of those that have to read or to fill volumes than Landfall asks for.',
    fix: 'except landfallNamespace from the webhook or policy that changes pods; containers beside a mover do not hold it up, another image, command, user or volume does',
  },
  CLAIM_EXISTS: {
    group: 'conflict',
    retry: 'never',
    summary:
      'The target already has a claim whose volume the run would have to restore: the data of two volumes is never mixed.',
    fix: 'delete the claim on the target (depending on its reclaim policy, its data may be deleted too), map the namespace to a different one, or exclude the claim: label it landfall.dev/exclude=true on the source, or set volumes.mode: none to move no data',
  },
  VOLUME_ENTRIES_EXCLUDED: {
    group: 'volume',
    retry: 'never',
    summary: 'Entries of a volume, such as sockets and device nodes, were not copied.',
    fix: 'nothing, if the application recreates them; otherwise create them on the target',
  },
  VOLUME_DIFFERENT: {
    group: 'integrity',
    retry: 'never',
    summary: 'The file tree of a volume on the target differs from the one on the source.',
    fix: 'look at the paths named, and run the migration again',
  },
  VOLUME_FULL: {
    group: 'volume',
    retry: 'never',
    summary: 'A volume on the target is too small for the data.',
    fix: 'map to a storage class with enough space, or increase the size with a transform',
  },
} as const satisfies Record<string, ErrorEntry>;
