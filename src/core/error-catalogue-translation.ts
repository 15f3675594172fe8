import type { ErrorEntry } from './errors.ts';

/** What the translation between platforms and its explanation tell; a part of the catalogue. */
export const translationErrors = {
  TRANSLATION_LOSS: {
    group: 'config',
    retry: 'never',
    summary: 'Something of the source’s platform has no counterpart on the target’s.',
    fix: 'read what is lost, and decide whether the application can do without it',
  },
  TRANSLATION_UNMAPPED: {
    group: 'config',
    retry: 'never',
    summary: 'An object names something of the source’s platform for which the tables of the Migration have no word.',
    fix: 'add the row named to spec.translation of the Migration',
    acceptance: 'any',
  },
  TRANSLATION_MANUAL: {
    group: 'config',
    retry: 'never',
    summary: 'Something outside of the clusters, or a decision, that nobody but a person can do.',
    fix: 'do what the remedy says before the cutover',
  },
  TRANSLATION_COLLISION: {
    group: 'conflict',
    retry: 'never',
    summary:
      'Two objects of the source come out as the same object of the target with different content, or as two that claim the same host.',
    fix: 'rename one of them by a transform, or exclude it from the scope; of one host make one object',
  },
  EXPOSURE_WIDENED: {
    group: 'policy',
    retry: 'never',
    summary:
      'A host, Service, Gateway, pod or policy would be open to more on the target than on the source: public instead of internal, without its source ranges, its TLS or its authentication.',
    fix: 'close it by a transform or a table of the Migration, or accept it by name in spec.waivers',
    acceptance: 'named',
  },
  SELECTION_CHANGED: {
    group: 'policy',
    retry: 'never',
    summary:
      'A policy, disruption budget, Service or scheduling rule would select other pods on the target than on the source.',
    fix: 'correct the selector or the labels by a transform, or accept it by name in spec.waivers',
    acceptance: 'named',
  },
  PLACEMENT_BROKEN: {
    group: 'policy',
    retry: 'never',
    summary:
      'Pods would ask the target for something it does not have: node labels, topology keys, resources, drivers or classes of the source.',
    fix: 'add the table or transform that names what the target has, or accept it by name in spec.waivers',
    acceptance: 'named',
  },
  SOURCE_LEFTOVER: {
    group: 'policy',
    retry: 'never',
    summary:
      'An object still names something that exists only on the platform of the source: a driver, an identity, a resource of the cloud, a registry, an address.',
    fix: 'replace it by a transform, or accept it by name in spec.waivers',
    acceptance: 'named',
  },
  EXPLAIN_NOT_FOUND: {
    group: 'config',
    retry: 'never',
    summary: 'The object to explain is not on the source, or not in the recovery point.',
    fix: 'check kind, namespace and name',
  },
  PLATFORM_DETECTED: {
    group: 'config',
    retry: 'never',
    summary: 'Which platform a cluster was taken for, and why.',
    fix: 'say platform in the file where it is wrong',
  },
  PLATFORM_UNREADABLE: {
    group: 'config',
    retry: 'never',
    summary: 'Something that tells platforms apart, or that translation chooses by, could not be read.',
    fix: 'let this user list it, and say platform in the file',
  },
  RULE_UNUSED: {
    group: 'config',
    retry: 'never',
    summary: 'A transform, or a rule of objectRules that names objects, is for nothing that moves.',
    fix: 'correct what it matches (kinds, namespaces and names of the source for a transform, of the target for objectRules), or remove it',
  },
  RULE_WITHOUT_EFFECT: {
    group: 'config',
    retry: 'never',
    summary: 'A transform matches objects and leaves all of them as they are.',
    fix: 'correct its path, its value or its test, or remove it',
  },
} as const satisfies Record<string, ErrorEntry>;
