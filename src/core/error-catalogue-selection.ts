import type { ErrorEntry } from './error-entry.ts';

/** What is said of objects that travel only in part, or that do something when they arrive; a part of the catalogue. */
export const selectionErrors = {
  RUN_STARTS_AGAIN: {
    group: 'config',
    retry: 'never',
    summary:
      'An object that its controller runs once (a pipeline run, a backup, an operator’s batch job) would run again on the target.',
    fix: 'wait for it to finish, or exclude it: scope.excludeKinds, or the label landfall.dev/exclude=true',
  },
  STORED_FIELDS_HIDDEN: {
    group: 'source',
    retry: 'never',
    summary:
      'Custom resources are stored with fields that are not visible in any version that both source and target serve.',
    fix: 'serve the stored version on both clusters, or exclude the kind and move it in some other way',
  },
  WORKLOAD_PAUSED: {
    group: 'config',
    retry: 'never',
    summary:
      'A workload is paused: its pods run on the source, but do not start on the target until somebody resumes it.',
    fix: 'resume it on the source before the migration, or on the target afterwards (kubectl rollout resume)',
  },
  REFERENCE_EXCLUDED: {
    group: 'config',
    retry: 'never',
    summary:
      'An object that moves needs one that is excluded, so it cannot become ready and the run does not wait for it.',
    fix: 'let the deletion finish and start the objects that use it without it, or exclude them as well',
  },
  CLAIM_SOURCE_MISSING: {
    group: 'volume',
    retry: 'never',
    summary: 'A claim that is created empty is to be populated from a source that is not on the target.',
    fix: 'install the populator of the claim on the target, or remove its dataSourceRef with a transform',
  },
  CLAIMS_EMPTY: {
    group: 'volume',
    retry: 'never',
    summary: 'Claims are created empty on the target because volumes.mode is none.',
    fix: 'set volumes.mode: move, or populate them in some other way',
  },
  CLAIMS_WITHOUT_DATA: {
    group: 'volume',
    retry: 'never',
    summary: 'Claims are in the recovery point without their data because volumes.mode is none.',
    fix: 'set volumes.mode: copy in the Backup, or save their data in some other way',
  },
  ADDRESS_NOT_KEPT: {
    group: 'config',
    retry: 'never',
    summary: 'The clusterIP of a Service was set explicitly, and the target assigns a different one.',
    fix: 'set spec.clusterIP with a transform, if the address is free and within the Service CIDR of the target',
  },
} as const satisfies Record<string, ErrorEntry>;
