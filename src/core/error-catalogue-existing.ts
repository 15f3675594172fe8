import type { ErrorEntry } from './error-entry.ts';

/** What can be said of objects that the target has already; a part of the catalogue. */
export const existingErrors = {
  DEFINITION_DIFFERS: {
    group: 'conflict',
    retry: 'never',
    summary:
      'The target has a different release of a custom resource definition. The operator on the target owns it, so it is left unchanged.',
    fix: 'check that the operator on the target supports the objects that move; to run the same release on both sides, upgrade the older one first',
  },
  FIELDS_PRUNED: {
    group: 'conflict',
    retry: 'never',
    summary:
      'The definition on the target does not have some fields of the objects that move: the API server would drop them.',
    fix: 'upgrade the operator of the target, remove the fields with a transform, or accept the loss with a waiver that names the definition',
    acceptance: 'named',
  },
  SHARED_KEYS_DIFFER: {
    group: 'conflict',
    retry: 'never',
    summary:
      'A label, annotation or setting of a shared object (a Namespace, the default ServiceAccount) differs between source and target.',
    fix: 'nothing if the outcome is right; otherwise set existingResourcePolicy for this object with objectRules',
  },
  OBJECTS_KEPT: {
    group: 'conflict',
    retry: 'never',
    summary:
      'Objects are on the target with other content and stay as they are, since the policy is `skip`: the run ends incomplete.',
    fix: 'nothing where the content of the target is right; else set existingResourcePolicy: update for these objects with objectRules',
  },
  UPDATE_REFUSED: {
    group: 'conflict',
    retry: 'never',
    summary:
      'An object that is to be updated cannot be changed so: its data is immutable, or the differing field is (a selector, a role of a binding, a template of a Job).',
    fix: 'remove the object on the target before the run, leave it as it is with objectRules (existingResourcePolicy: skip), or let the run go on without it (onRefused: continue)',
  },
  TARGET_PREPARED: {
    group: 'conflict',
    retry: 'never',
    summary:
      'A target namespace already holds objects set up by the platform: quotas, limits, network policies, role bindings.',
    fix: 'nothing: they are left in place; check that they leave room for the application',
  },
  DEFINITIONS_UNREADABLE: {
    group: 'target',
    retry: 'never',
    summary:
      'The definitions on the target cannot be read, so fields they do not have cannot be reported before the run.',
    fix: 'grant the get verb on customresourcedefinitions.apiextensions.k8s.io on the target',
  },
  TARGET_UNCOUNTED: {
    group: 'conflict',
    retry: 'never',
    summary:
      'Some kinds could not be listed in a target namespace, so existing objects of those kinds are not counted.',
    fix: 'grant the list verb on them on the target, repair the API that serves them, or inspect the namespace before the run',
  },
} as const satisfies Record<string, ErrorEntry>;
