import { documentsOf, type ConfigDocument, type ConfigSet, type Violation } from './document.ts';
import type { DocumentKind } from './kind.ts';
import type { WatchedDocument } from './watch-reads.ts';

/** A rule of a kind over every document of that kind, or one over all documents. */
interface FileRule {
  readonly name: string;
  readonly local: boolean;
  readonly check: (config: ConfigSet) => readonly Violation[];
}

/** Every rule over a file: names are unique, then those of each kind. */
export function rulesOf(kinds: readonly DocumentKind[]): readonly FileRule[] {
  const ofKinds = kinds.flatMap(({ schema, rules }) =>
    rules.map((rule) => ({
      name: rule.name,
      local: rule.local === true,
      check: (config: ConfigSet) => documentsOf(config, schema).flatMap((document) => rule.check(document, config)),
    }))
  );
  return [{ name: 'names-are-unique', local: false, check: namesAreUnique }, ...ofKinds];
}

/** What all rules say about a file, in the order of the rules. */
export function checkRules(rules: readonly FileRule[], config: ConfigSet): Violation[] {
  return rules.flatMap((rule) => rule.check(config));
}

/** What can be said about documents that are broken elsewhere. */
export function checkLocalRules(rules: readonly FileRule[], config: ConfigSet): Violation[] {
  return rules.filter(({ local }) => local).flatMap((rule) => rule.check(config));
}

/** A file in which some documents are broken elsewhere. */
export interface PartlyBroken {
  readonly valid: readonly ConfigDocument[];
  readonly broken: readonly WatchedDocument[];
  readonly build: (documents: readonly ConfigDocument[]) => ConfigSet;
}

/**
 * What all rules say about a file in which some documents are broken elsewhere, each rule as far as it looks at nothing
 * made up: once with each broken document beside the valid ones, then with all of them.
 */
export function checkRulesAround(rules: readonly FileRule[], { valid, broken, build }: PartlyBroken): Violation[] {
  const sets = broken.length > 1 ? [...broken.map((one) => [one]), broken] : [broken];
  return sets.flatMap((watched) => {
    const config = build([...valid, ...watched.map(({ document }) => document)]);
    return rules.flatMap((rule) => {
      for (const one of watched) one.forget();
      const violations = rule.check(config);
      return watched.some((one) => one.wasRead()) ? [] : violations;
    });
  });
}

function namesAreUnique({ documents }: ConfigSet): Violation[] {
  const first = new Map<string, number>();
  return documents.flatMap((document) => {
    const id = `${document.value.kind}/${document.value.metadata.name}`;
    const line = first.get(id);
    first.set(id, line ?? document.yaml.start.line);
    if (line === undefined) return [];
    const hint = `the first is on line ${line}; rename or remove one`;
    return [{ document, path: ['metadata', 'name'], what: `is already used: there are two documents ${id}`, hint }];
  });
}
