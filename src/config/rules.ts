import type { ConfigSet, Objection } from './document.ts';
import { hookRules } from './rules-hooks.ts';
import { mappingRules } from './rules-mapping.ts';
import { moverRules } from './rules-movers.ts';
import { referenceRules } from './rules-references.ts';
import { scopeRules } from './rules-scope.ts';
import { transformConflictRules } from './rules-transform-conflicts.ts';
import { transformRules } from './rules-transforms.ts';
import { waiverRules } from './rules-waivers.ts';
import { translationRules } from './rules-translation.ts';
import { waveRules } from './rules-waves.ts';

/** One thing that must hold over the whole file. The name stands in tests and reviews. */
export interface Rule {
  readonly name: string;
  /** It looks at single values: it can be asked about a document that is broken elsewhere. */
  readonly local?: boolean;
  readonly check: (config: ConfigSet) => readonly Objection[];
}

/** Every rule there is. Adding one: write it in the file of its subject, with a test. */
export const rules: readonly Rule[] = [
  ...referenceRules,
  ...scopeRules,
  ...mappingRules,
  ...transformRules,
  ...transformConflictRules,
  ...translationRules,
  ...hookRules,
  ...moverRules,
  ...waiverRules,
  ...waveRules,
];

/** What all rules say about a file, in the order of the rules. */
export function checkRules(config: ConfigSet): Objection[] {
  return rules.flatMap((rule) => rule.check(config));
}

/** What can be said about documents that are broken elsewhere. */
export function checkLocalRules(config: ConfigSet): Objection[] {
  return rules.filter((rule) => rule.local === true).flatMap((rule) => rule.check(config));
}
