import type { ErrorEntry } from './errors.ts';

/** What is said of objects that travel only in part, or that do something when they arrive; a part of the catalogue. */
export const selectionErrors = {
  RUN_STARTS_AGAIN: {
    group: 'config',
    retry: 'never',
    summary:
      'An object that its controller carries out once (a pipeline run, a backup, a batch job of an operator) would be carried out again on the target.',
    fix: 'wait for its end, or exclude it: scope.excludeKinds, or the label landfall.dev/exclude=true',
  },
  STORED_FIELDS_HIDDEN: {
    group: 'source',
    retry: 'never',
    summary: 'Custom resources are stored with fields that no version which source and target both serve shows.',
    fix: 'serve the stored version on both clusters, or exclude the kind and move it by other means',
  },
  WORKLOAD_PAUSED: {
    group: 'config',
    retry: 'never',
    summary:
      'A workload is paused: what runs of it on the source is not started on the target until somebody resumes it.',
    fix: 'resume it on the source before the move, or on the target afterwards (kubectl rollout resume)',
  },
  REFERENCE_LEFT_OUT: {
    group: 'config',
    retry: 'never',
    summary: 'An object that travels needs one that is left out, so it does not become ready and is not waited for.',
    fix: 'let what is being deleted go and start its users without it, or exclude them as well',
  },
  CLAIM_SOURCE_MISSING: {
    group: 'volume',
    retry: 'never',
    summary: 'A claim that is created empty is to be filled from something that is not on the target.',
    fix: 'install on the target what fills the claim, or take its dataSourceRef away with a transform',
  },
  CLAIMS_EMPTY: {
    group: 'volume',
    retry: 'never',
    summary: 'Claims are created empty on the target, since volumes.mode is none.',
    fix: 'set volumes.mode: move, or fill them by other means',
  },
  ADDRESS_NOT_KEPT: {
    group: 'config',
    retry: 'never',
    summary: 'Somebody chose the cluster address of a Service, and the target gives it another one.',
    fix: 'set spec.clusterIP with a transform where the address lies in the service range of the target and is free',
  },
} as const satisfies Record<string, ErrorEntry>;
