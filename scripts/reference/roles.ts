import { plannedChecks } from '../../src/assess/checks/planned.ts';
import { groupResource } from '../../src/core/resource.ts';
import { dependencyKinds } from '../../src/core/select/dependencies.ts';
import type { Condition, KindSet, Need, Place, Verb } from '../../src/saga/need.ts';
import type { FactKind } from '../../src/core/findings/fact-kinds.ts';
import { factKinds } from '../../src/core/findings/fact-kinds.ts';

/** A rule of a role, as RBAC has it. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** Rules that are granted for one reason. */
export interface RuleGroup {
  readonly only?: Condition;
  readonly without?: string;
  readonly rules: readonly Rule[];
  /** Rights on kinds that nobody can name beforehand: `list on kinds that definitions bring`. */
  readonly unnamed: readonly string[];
}

/** What the kinds of a set are, where nobody would grant a right on every kind for them. */
const unnamedSets: Readonly<Partial<Record<KindSet, string>>> = {
  any: 'every kind, in the namespaces of the scope',
  captured: 'every kind of the scope',
  custom: 'kinds that definitions bring',
  referred: 'whatever an object of the scope refers to',
};

/** Verbs as people write them. */
export const verbOrder: readonly Verb[] = [
  ...(['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'bind', 'escalate'] as const),
];

/**
 * The rules of a role for some places: what is always needed first, then what depends on something, then what a run can do
 * without. A right that is granted already is not granted again. Pure.
 */
export function rulesOf(needs: readonly Need[], places: readonly Place[]): readonly RuleGroup[] {
  const here = needs.filter((need) => places.includes(need.in));
  const groups = Map.groupBy(here, ({ only = '', without = '' }) => `${without}\n${only}`);
  const granted = new Map<string, Set<Verb>>();
  return [...groups]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .flatMap(([, members]): RuleGroup[] => {
      const added = new Map<string, Set<Verb>>();
      for (const need of members) {
        for (const kind of kindsOf(need)) {
          const verbs = need.verbs.filter((verb) => !isGranted(granted, kind, verb));
          if (verbs.length > 0) added.set(kind, new Set([...(added.get(kind) ?? []), ...verbs]));
        }
      }
      // What stands for every kind of this group stands for those it names as well.
      for (const [kind, verbs] of [...added]) {
        const left = [...verbs].filter((verb) => kind === everyKind || !isGranted(added, everyKind, verb));
        if (left.length === 0) added.delete(kind);
        else added.set(kind, new Set(left));
      }
      const [first] = members;
      // Only what is needed in any case makes a later rule superfluous.
      if (first?.only === undefined && first?.without === undefined)
        for (const [kind, verbs] of added) granted.set(kind, new Set([...(granted.get(kind) ?? []), ...verbs]));
      const rules = toRules(added);
      const unnamed = [...new Set(members.flatMap(unnamedIn))];
      if (rules.length + unnamed.length === 0 || first === undefined) return [];
      const { only, without } = first;
      const why = { ...(only === undefined ? {} : { only }), ...(without === undefined ? {} : { without }) };
      return [{ ...why, rules, unnamed }];
    });
}

const everyKind = '*.*';

function isGranted(granted: ReadonlyMap<string, ReadonlySet<Verb>>, kind: string, verb: Verb): boolean {
  return granted.get(kind)?.has(verb) === true || granted.get(everyKind)?.has(verb) === true;
}

/** Names of the kinds of a need. What is needed of every kind is a rule for all of them; what is optional is not. */
function kindsOf({ of, side, without }: Need): readonly string[] {
  if (typeof of !== 'string') return of;
  if (of === 'dependencies') return dependencyKinds;
  if (of === 'checked') return checkedKinds(side);
  return without === undefined ? [everyKind] : [];
}

function unnamedIn({ of, verbs, without }: Need): readonly string[] {
  const name = typeof of === 'string' && without !== undefined ? unnamedSets[of] : undefined;
  return name === undefined ? [] : [`${verbs.join(', ')} on ${name}`];
}

function checkedKinds(side: Need['side']): readonly string[] {
  const needs = plannedChecks.flatMap((check): readonly string[] => check.needs);
  const kinds = needs.flatMap((need) => (need.startsWith(`${side}/`) ? [need.slice(side.length + 1) as FactKind] : []));
  return [...new Set<FactKind>(['nodes', ...kinds])].map((plural) =>
    groupResource({ plural, group: factKinds[plural] })
  );
}

/** One rule for the resources of a group that have the same verbs. */
function toRules(kinds: ReadonlyMap<string, ReadonlySet<Verb>>): readonly Rule[] {
  const single = [...kinds].map(([kind, verbs]) => {
    const dot = kind.indexOf('.');
    const [resource, group] = dot < 0 ? [kind, ''] : [kind.slice(0, dot), kind.slice(dot + 1)];
    return { group, resource, verbs: verbOrder.filter((verb) => verbs.has(verb)) };
  });
  const groups = Map.groupBy(single, ({ group, verbs }) => `${group}\n${verbs.join(',')}`);
  return [...groups]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([, members]) => ({
      apiGroups: [members[0]?.group ?? ''],
      resources: members.map(({ resource }) => resource).sort(),
      verbs: members[0]?.verbs ?? [],
    }));
}
