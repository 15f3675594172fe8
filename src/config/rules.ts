import type { ConfigDocument, ConfigSet, Objection } from './document.ts';
import { hookRules } from '../model/migration/rules-hooks.ts';
import { mappingRules } from '../model/migration/rules-mapping.ts';
import { moverRules } from '../model/migration/rules-movers.ts';
import { referenceRules } from '../model/migration/rules-references.ts';
import { scopeRules } from '../model/migration/rules-scope.ts';
import { transformConflictRules } from '../model/migration/rules-transform-conflicts.ts';
import { transformRules } from '../model/migration/rules-transforms.ts';
import { waiverRules } from '../model/migration/rules-waivers.ts';
import { translationRules } from '../model/migration/rules-translation.ts';
import { waveRules } from '../model/migration-wave/rules.ts';
import type { WatchedDocument } from './watch-reads.ts';

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

/**
 * What all rules say about a file in which some documents are broken elsewhere, each rule as far as it looks at nothing
 * made up: once with each broken document beside the valid ones, then with all of them.
 */
export function checkRulesAround(
  valid: readonly ConfigDocument[],
  broken: readonly WatchedDocument[],
  build: (documents: readonly ConfigDocument[]) => ConfigSet
): Objection[] {
  const sets = broken.length > 1 ? [...broken.map((one) => [one]), broken] : [broken];
  return sets.flatMap((watched) => {
    const config = build([...valid, ...watched.map(({ document }) => document)]);
    return rules.flatMap((rule) => {
      for (const one of watched) one.forget();
      const objections = rule.check(config);
      return watched.some((one) => one.wasRead()) ? [] : objections;
    });
  });
}
