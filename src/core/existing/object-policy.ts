import type { ApiResource, ObjectRef } from '../resource.ts';
import { compileGlobs } from '../select/glob.ts';
import { compileKinds } from '../select/kinds.ts';
import type { ExistingPolicy, RunSpec, ObjectRuleSpec, RefusalPolicy } from '../spec/spec.ts';

/** An object as a rule of the file selects it: by its kind and its identity on the target. */
export interface PolicySubject {
  readonly ref: Pick<ObjectRef, 'namespace' | 'name'>;
  readonly resource: Pick<ApiResource, 'group' | 'kind' | 'plural'>;
}

type Settings = Pick<RunSpec, 'existingResourcePolicy' | 'onRefused' | 'objectRules'>;

interface CompiledRule {
  readonly rule: ObjectRuleSpec;
  readonly selects: (subject: PolicySubject) => boolean;
}

const compiled = new WeakMap<readonly ObjectRuleSpec[], readonly CompiledRule[]>();

/** What happens to this object where it is on the target with other content: by the first rule that says so. */
export function existingPolicyOf(spec: Settings, subject: PolicySubject): ExistingPolicy {
  return (
    settingOf(spec, subject, ({ existingResourcePolicy }) => existingResourcePolicy) ?? spec.existingResourcePolicy
  );
}

/** What the refusal of this object means for the run. */
export function refusalPolicyOf(spec: Settings, subject: PolicySubject): RefusalPolicy {
  return settingOf(spec, subject, ({ onRefused }) => onRefused) ?? spec.onRefused ?? 'rollback';
}

/** Whether any refusal may leave the run going on. */
export function mayContinue({ onRefused, objectRules = [] }: Settings): boolean {
  return onRefused === 'continue' || objectRules.some((rule) => rule.onRefused === 'continue');
}

/** The rules that select an object, whatever they say. */
export function rulesThatSelect(rules: readonly ObjectRuleSpec[], subject: PolicySubject): readonly ObjectRuleSpec[] {
  return rulesOf(rules).flatMap(({ rule, selects }) => (selects(subject) ? [rule] : []));
}

function settingOf<T>(
  { objectRules = [] }: Settings,
  subject: PolicySubject,
  setting: (rule: ObjectRuleSpec) => T | undefined
): T | undefined {
  const found = rulesOf(objectRules).find(({ rule, selects }) => setting(rule) !== undefined && selects(subject));
  return found === undefined ? undefined : setting(found.rule);
}

function rulesOf(rules: readonly ObjectRuleSpec[]): readonly CompiledRule[] {
  const known = compiled.get(rules);
  if (known !== undefined) return known;
  const made = rules.map((rule) => ({ rule, selects: compileRule(rule) }));
  compiled.set(rules, made);
  return made;
}

function compileRule({ kinds, namespaces, names }: ObjectRuleSpec): (subject: PolicySubject) => boolean {
  const isKind = kinds.length === 0 ? () => true : compileKinds(kinds);
  const isNamespace = namespaces.length === 0 ? () => true : compileGlobs(namespaces);
  const isName = names.length === 0 ? () => true : compileGlobs(names);
  return ({ ref, resource }) => isKind(resource) && isName(ref.name) && isNamespace(ref.namespace);
}
