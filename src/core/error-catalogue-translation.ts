import type { ErrorEntry } from './error-entry.ts';

/** What the translation between platforms and its explanation report; a part of the catalogue. */
export const translationErrors = {
  TRANSLATION_LOSS: {
    group: 'config',
    retry: 'never',
    summary: 'A feature of the source’s platform has no counterpart on the target’s platform.',
    fix: 'review what is lost, and decide whether the application can do without it',
  },
  TRANSLATION_UNMAPPED: {
    group: 'config',
    retry: 'never',
    summary:
      'An object refers to something on the source’s platform that the translation tables of the Migration do not map.',
    fix: 'add the entry named to spec.translation of the Migration',
    acceptance: 'any',
  },
  TRANSLATION_MANUAL: {
    group: 'config',
    retry: 'never',
    summary: 'A person has to do something outside the clusters, or make a decision.',
    fix: 'follow the remedy before the cutover',
  },
  TRANSLATION_COLLISION: {
    group: 'conflict',
    retry: 'never',
    summary:
      'Two source objects would become the same target object with different content, or two objects that claim the same host.',
    fix: 'rename one of them with a transform, or exclude it from the scope; define each host in one object only',
  },
  EXPOSURE_WIDENED: {
    group: 'policy',
    retry: 'never',
    summary:
      'A host, Service, Gateway, pod or policy would be reachable by more clients on the target than on the source: public instead of internal, without its source ranges, its TLS or its authentication.',
    fix: 'restrict it with a transform or a translation table of the Migration, or accept it by name in spec.waivers',
    acceptance: 'named',
  },
  SELECTION_CHANGED: {
    group: 'policy',
    retry: 'never',
    summary:
      'A policy, disruption budget, Service or scheduling rule would select different pods on the target than on the source.',
    fix: 'correct the selector or the labels with a transform, or accept it by name in spec.waivers',
    acceptance: 'named',
  },
  PLACEMENT_BROKEN: {
    group: 'policy',
    retry: 'never',
    summary:
      'Pods would require something the target does not have: node labels, topology keys, resources, drivers or classes of the source.',
    fix: 'add a translation table or a transform that names what the target has, or accept it by name in spec.waivers',
    acceptance: 'named',
  },
  SOURCE_LEFTOVER: {
    group: 'policy',
    retry: 'never',
    summary:
      'An object still names something that exists only on the platform of the source: a driver, an identity, a resource of the cloud, a registry, an address.',
    fix: 'replace it with a transform, or accept it by name in spec.waivers',
    acceptance: 'named',
  },
  EXPLAIN_NOT_FOUND: {
    group: 'config',
    retry: 'never',
    summary: 'The object to explain does not exist on the source or in the recovery point.',
    fix: 'check kind, namespace and name',
  },
  PLATFORM_DETECTED: {
    group: 'config',
    retry: 'never',
    summary: 'The platform that was detected for a cluster, and why.',
    fix: 'set platform in the file if it is wrong',
  },
  PLATFORM_UNREADABLE: {
    group: 'config',
    retry: 'never',
    summary: 'Something that platform detection or translation depends on could not be read.',
    fix: 'allow this user to list it, and set platform in the file',
  },
  RULE_UNUSED: {
    group: 'config',
    retry: 'never',
    summary: 'A transform, or an objectRules entry that names objects, matches nothing that moves.',
    fix: 'correct what it matches (kinds, namespaces and names of the source for a transform, of the target for objectRules), or remove it',
  },
  RULE_WITHOUT_EFFECT: {
    group: 'config',
    retry: 'never',
    summary: 'A transform matches objects but changes none of them.',
    fix: 'correct its path, its value or its test, or remove it',
  },
} as const satisfies Record<string, ErrorEntry>;
