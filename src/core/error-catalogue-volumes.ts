import type { ErrorEntry } from './errors.ts';

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
    summary: 'The storage could not make a snapshot.',
    fix: 'see the reason of the driver in the message',
  },
  VOLUME_UNBOUND: {
    group: 'volume',
    retry: 'never',
    summary: 'A claim has no volume: there is nothing to copy.',
    fix: 'let it bind (start its pod), or exclude it',
  },
  VOLUME_BLOCK_MODE: {
    group: 'volume',
    retry: 'never',
    summary: 'A claim is a raw block device, which this mover cannot carry.',
    fix: 'exclude the claim and move it by other means',
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
    summary: 'The mover Job ended with an error.',
    fix: 'see the last lines of the Job in the message',
  },
  MOVER_IMAGE_UNAVAILABLE: {
    group: 'volume',
    retry: 'never',
    summary: 'A node cannot get the image of the mover Job.',
    fix: 'put the image where the nodes of both clusters can pull it, and set moverImage in the Migration to its name',
  },
  VOLUME_PATH_TOO_LONG: {
    group: 'volume',
    retry: 'never',
    summary: 'A path in a volume is longer than the system takes, so what lies there can be neither read nor written.',
    fix: 'shorten the path: move its directory up, or remove it',
  },
  MOVER_UNPLACEABLE: {
    group: 'volume',
    retry: 'never',
    summary: 'No node that is there takes a pod that has to read or to fill a volume.',
    fix: 'set volumes.movers (nodeSelector, tolerations, resources) so that a node takes the pods, or add a node; where an autoscaler brings one, accept it with a waiver',
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
    summary: 'The target has a claim whose volume the run would have to bring: data of two volumes is never mixed.',
    fix: 'remove the claim on the target (by its reclaim policy its data may go with it), map the namespace to another one, or leave the claim out: label it landfall.dev/exclude=true on the source, or set volumes.mode: none to move no data',
  },
  VOLUME_ENTRIES_LEFT_OUT: {
    group: 'volume',
    retry: 'never',
    summary: 'Entries of a volume, such as sockets and device nodes, were not carried.',
    fix: 'nothing, where the application makes them again; else make them on the target',
  },
  VOLUME_DIFFERENT: {
    group: 'integrity',
    retry: 'never',
    summary: 'The tree of a volume on the target is not equal to the one on the source.',
    fix: 'see the paths named; run the migration again',
  },
  VOLUME_FULL: {
    group: 'volume',
    retry: 'never',
    summary: 'A volume on the target has no room for the data.',
    fix: 'map to a class with room, or raise the size with a transform',
  },
} as const satisfies Record<string, ErrorEntry>;
