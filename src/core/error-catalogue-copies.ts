import type { ErrorEntry } from './error-entry.ts';

/** Errors about copies of recovery points in other Locations; part of the catalogue. */
export const copyErrors = {
  COPY_KEY_DIFFERS: {
    group: 'config',
    retry: 'never',
    summary:
      'A recovery point cannot be copied, because the other Location has a key of its own, or one of both is encrypted and the other is not.',
    fix: 'copy to a Location, or to a prefix, that is empty: it takes over the key of the first point that is copied there',
  },
  COPY_REPOSITORY_DIFFERS: {
    group: 'config',
    retry: 'never',
    summary: 'Volumes cannot be copied, because the other Location has a volume repository of its own.',
    fix: 'copy to a Location, or to a prefix, that has no volumes of other points',
  },
  COPIES_INCOMPLETE: {
    group: 'integrity',
    retry: 'never',
    summary: 'Fewer copies of a recovery point than its quorum were verified by reading back.',
    fix: 'make the missing copies with `landfall points copy` once their Locations respond',
  },
} as const satisfies Record<string, ErrorEntry>;
