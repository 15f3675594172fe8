import type { ErrorEntry } from './errors.ts';

/** What is told of objects that the target has already; a part of the catalogue. */
export const existingErrors = {
  DEFINITION_DIFFERS: {
    group: 'conflict',
    retry: 'never',
    summary:
      'The target has another release of a custom resource definition. It belongs to whoever runs the operator there and stays as it is.',
    fix: 'see that the operator of the target understands the objects that move; to have the same release on both sides, upgrade the older one first',
  },
  FIELDS_PRUNED: {
    group: 'conflict',
    retry: 'never',
    summary: 'The definition on the target does not know fields of objects that move: the server would drop them.',
    fix: 'upgrade the operator of the target, remove the fields with a transform, or accept the loss with a waiver that names the definition',
    acceptance: 'named',
  },
  SHARED_KEYS_DIFFER: {
    group: 'conflict',
    retry: 'never',
    summary: 'A label, annotation or setting of a shared object (a Namespace, the default account) has two values.',
    fix: 'nothing where the outcome is right; else set existingResourcePolicy for this object with objectRules',
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
    summary: 'A target namespace holds objects of the platform: quotas, limits, network policies, grants.',
    fix: 'nothing: they stay; see that they leave room for the application',
  },
  DEFINITIONS_UNREADABLE: {
    group: 'target',
    retry: 'never',
    summary: 'Definitions of the target may not be read, so fields they do not know cannot be found beforehand.',
    fix: 'grant the verb get on customresourcedefinitions.apiextensions.k8s.io on the target',
  },
  TARGET_UNCOUNTED: {
    group: 'conflict',
    retry: 'never',
    summary: 'Kinds of a target namespace could not be listed, so objects of them that are there are in no count.',
    fix: 'grant the verb list on them on the target, repair what serves them, or look there before the run',
  },
} as const satisfies Record<string, ErrorEntry>;
