import { catalogue } from '../error-catalogue.ts';
import { rulesThatSelect } from '../existing/object-policy.ts';
import type { PolicySubject } from '../existing/object-policy.ts';
import type { Finding } from '../run/events.ts';
import type { RunSpec, ObjectRuleSpec } from '../spec/spec.ts';
import type { TransformOutcome } from './rule.ts';

/** Remembers which rules of the file found something to act on. */
export interface RuleUse {
  /** What the transforms did to one object, or to one that a rule made. */
  transformed(outcome: Pick<TransformOutcome, 'matched' | 'changes'>): void;
  planned(subject: PolicySubject): void;
  findings(): readonly Finding[];
}

type Rules = Pick<RunSpec, 'transforms' | 'objectRules'>;

interface Use {
  matched: number;
  changed: number;
}

/**
 * A rule that a person wrote for some objects and that finds none, or leaves all of them as they are, is most likely a
 * mistake in its name or its path, and nobody would see it. General mappings (namespaces, storage classes) and rules for
 * whole kinds are not judged: they are written for what may come.
 */
export function createRuleUse({ transforms, objectRules = [] }: Rules): RuleUse {
  const uses = new Map(transforms.map(({ name }): [string, Use] => [`user/${name}`, { matched: 0, changed: 0 }]));
  const named = objectRules.filter(namesObjects);
  const selected = new Set<ObjectRuleSpec>();
  return {
    transformed({ matched = [], changes }) {
      if (matched.length === 0) return;
      const changing = new Set(changes.map(({ rule }) => rule));
      for (const id of matched) {
        const use = uses.get(id);
        if (use === undefined) continue;
        use.matched += 1;
        if (changing.has(id)) use.changed += 1;
      }
    },
    planned(subject) {
      if (selected.size < named.length) for (const rule of rulesThatSelect(named, subject)) selected.add(rule);
    },
    findings: () => [
      ...[...uses].flatMap(([id, use]) => transformFinding(id.slice('user/'.length), use)),
      ...named.filter((rule) => !selected.has(rule)).map((rule) => objectRuleFinding(rule, objectRules.indexOf(rule))),
    ],
  };
}

function transformFinding(name: string, { matched, changed }: Use): readonly Finding[] {
  if (changed > 0) return [];
  const message =
    matched === 0
      ? 'it matches no object that moves'
      : `it matches ${matched === 1 ? '1 object' : `${matched} objects`} but changes none: its test never passes, or the values are already set`;
  return [finding(matched === 0 ? 'RULE_UNUSED' : 'RULE_WITHOUT_EFFECT', `transform ${name}`, message)];
}

function objectRuleFinding({ names }: ObjectRuleSpec, index: number): Finding {
  return finding('RULE_UNUSED', `objectRules[${index}] (${names.join(', ')})`, 'it selects no object that moves');
}

function namesObjects({ names }: ObjectRuleSpec): boolean {
  return names.some((name) => !/^[*?]+$/.test(name));
}

function finding(code: 'RULE_UNUSED' | 'RULE_WITHOUT_EFFECT', subject: string, message: string): Finding {
  return { code, severity: 'warning', subject, message, remedy: catalogue[code].fix };
}
