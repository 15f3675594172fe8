import type { ErrorEntry } from './error-entry.ts';

/** Errors about recovery points that are listed, deleted or in the way of each other; part of the catalogue. */
export const retentionErrors = {
  LOCATION_SWEEPING: {
    group: 'location',
    retry: 'after',
    summary:
      'Data of deleted recovery points is being removed from the Location; no run can start until that has finished.',
    fix: 'nothing: the run starts when the sweep has finished, which takes minutes',
  },
  LOCATION_LIST_INCOMPLETE: {
    group: 'location',
    retry: 'never',
    summary:
      'The store returns incomplete listings, or a listing cannot be continued; nothing is decided or removed on the basis of such a listing.',
    fix: 'use a store with S3-compatible listings, or bypass the proxy in front of it; report the store with this message',
  },
  RECOVERY_POINT_NOT_FOUND: {
    group: 'config',
    retry: 'never',
    summary: 'The Location has no recovery point with this name.',
    fix: 'list the recovery points with `landfall points list`',
  },
  RECOVERY_POINT_EMPTY: {
    group: 'config',
    retry: 'never',
    summary: 'The scope of a restore takes no object of the recovery point.',
    fix: 'look at the point with `landfall points show`, and widen scope or include',
  },
  RECOVERY_POINT_IN_USE: {
    group: 'conflict',
    retry: 'never',
    summary: 'A run is writing or reading the recovery point that is to be deleted.',
    fix: 'wait for the run to end, or cancel it; `landfall status RUN` shows its progress',
  },
  RECOVERY_POINT_DELETED: {
    group: 'integrity',
    retry: 'never',
    summary:
      'The recovery point is marked for deletion: no run can start to use it, and a run that is writing it stops.',
    fix: 'use another recovery point, or start a new run',
  },
  RECOVERY_POINT_VOLUMES_UNREAD: {
    group: 'volume',
    retry: 'never',
    summary:
      'A verification read everything of a recovery point but the data of its volumes, which is in the kopia repository.',
    fix: 'verify the repository with `kopia snapshot verify`',
  },
  RECOVERY_POINT_HAS_VOLUMES: {
    group: 'volume',
    retry: 'never',
    summary: 'Deleting recovery points that have volumes is not supported yet: their data is in the kopia repository.',
    fix: 'keep it; only recovery points without volumes can be deleted',
  },
  RECOVERY_POINT_LOCKED: {
    group: 'conflict',
    retry: 'never',
    summary: 'The recovery point is locked in the store: what it refers to cannot be removed before the lock ends.',
    fix: 'wait until the lock ends; `landfall points list` shows when',
  },
  LOCK_UNSUPPORTED: {
    group: 'location',
    retry: 'never',
    summary: 'Objects in this Location cannot be locked.',
    fix: 'use an s3 Location whose bucket has object lock',
  },
  LOCK_NOT_HELD: {
    group: 'location',
    retry: 'never',
    summary:
      'The store took a lock of an object and does not hold it, so that the recovery point counts as not locked.',
    fix: 'check the object lock of the store: it must answer a retention as it was set',
  },
} as const satisfies Record<string, ErrorEntry>;
