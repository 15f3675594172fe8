import type { ErrorEntry } from './errors.ts';

/** Errors about recovery points that are listed, deleted or in the way of each other; part of the catalogue. */
export const retentionErrors = {
  LOCATION_SWEEPING: {
    group: 'location',
    retry: 'after',
    summary: 'Content of deleted recovery points is being removed from the Location; no run begins meanwhile.',
    fix: 'nothing: the run begins when the sweep has ended, which takes minutes',
  },
  LOCATION_LIST_INCOMPLETE: {
    group: 'location',
    retry: 'never',
    summary:
      'The store does not list all it holds, or its list cannot be continued; nothing is decided or removed by such a list.',
    fix: 'use a store whose lists are those of S3, or reach it without what stands in front of it; report the store with this message',
  },
  RECOVERY_POINT_NOT_FOUND: {
    group: 'config',
    retry: 'never',
    summary: 'The Location has no recovery point of this name.',
    fix: 'list them with `landfall points list`',
  },
  RECOVERY_POINT_IN_USE: {
    group: 'conflict',
    retry: 'never',
    summary: 'A run writes or reads the recovery point that is to be deleted.',
    fix: 'wait for the end of the run, or cancel it; `landfall status RUN` says where it is',
  },
  RECOVERY_POINT_DELETED: {
    group: 'integrity',
    retry: 'never',
    summary: 'The recovery point is marked for deletion: nobody begins to use it, and a run that writes it stops.',
    fix: 'use another recovery point, or start the run anew',
  },
  RECOVERY_POINT_HAS_VOLUMES: {
    group: 'volume',
    retry: 'never',
    summary: 'Recovery points with volumes are not deleted yet: their data is in the repository of kopia.',
    fix: 'leave it; only points without volumes can be deleted',
  },
} as const satisfies Record<string, ErrorEntry>;
