import type { ErrorEntry } from './error-entry.ts';

/** What may be wrong with the backups of a policy: findings of `landfall protection list`; part of the catalogue. */
export const protectionErrors = {
  PROTECTION_MISSED: {
    group: 'policy',
    retry: 'never',
    summary: 'Backups of a policy were not started, because Temporal was away for longer than the catch-up window.',
    fix: 'keep Temporal running, or use a longer catchUp in the tier',
  },
  PROTECTION_LATE: {
    group: 'policy',
    retry: 'never',
    summary: 'A backup of a policy should have started by now, or ended before the next one, and has not.',
    fix: 'check that a worker is running (`landfall list`), and give the tier more time between two backups',
  },
  PROTECTION_FAILED: {
    group: 'policy',
    retry: 'never',
    summary: 'The last backup of a tier failed, was skipped or was not whole.',
    fix: 'read why with `landfall report RUN`',
  },
  PROTECTION_UNPRUNED: {
    group: 'policy',
    retry: 'never',
    summary: 'The last backup of a tier was whole, and older recovery points of the tier were not pruned.',
    fix: 'read why with `landfall report RUN`; the next backup of the tier prunes them',
  },
  PROTECTION_SHRUNK: {
    group: 'policy',
    retry: 'never',
    summary: 'The last backup of a tier has at most half of the objects or bytes of the one before.',
    fix: 'compare both recovery points with `landfall points show`; look for deleted namespaces and lost rights',
  },
  PROTECTION_ABSENT: {
    group: 'policy',
    retry: 'never',
    summary: 'A tier has started backups, and none of the last ones was whole.',
    fix: 'read why with `landfall report RUN`; until then nothing new can be restored from this tier',
  },
} as const satisfies Record<string, ErrorEntry>;
