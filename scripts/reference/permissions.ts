import { namespacesListedOneByOne } from '../../src/core/capture/capture-kinds.ts';
import type { Call } from '../../src/saga/calls.ts';
import { dependencyKinds } from '../../src/core/select/dependencies.ts';
import type { Condition, KindSet, Need, Place, Verb } from '../../src/saga/need.ts';
import { rulesOf, type Rule, type RuleGroup, verbOrder } from './roles.ts';
import { needsOf, runs } from './run-rights.ts';
import type { RunRights } from './run-rights.ts';

const conditions: Readonly<Record<Condition, string>> = {
  claims: 'Only where the scope has claims',
  moves: 'Only where the data of claims moves',
  directCopy: 'Only with volumes.withoutSnapshot: copyWhileQuiesced',
  updates: 'Only with existingResourcePolicy: update',
  clusterScoped: 'Not with scope.clusterScoped: none',
  patterns: 'Only with patterns in scope.namespaces',
  newNamespaces: 'Only where a namespace is not on the target yet',
};

/** The rights of every kind of run, as roles, from the rows of the activities that its table calls. */
export function permissionsPage(): string[] {
  return [
    'What the users of the two kubeconfigs need. The preflight asks by the same rows, so what these roles grant is what it asks for.',
    'Every user may ask what they may do, and read `/version`, `/api` and `/apis`, by the ClusterRoles `system:basic-user` and `system:discovery`.',
    '',
    '- Bind `landfall-RUN-SIDE` with a ClusterRoleBinding, for the time of the run.',
    '- Bind `landfall-RUN-SIDE-scope` with a RoleBinding in each namespace of the scope, and in those that hooks name. Namespaces that',
    `  the run creates on the target cannot have one before: there bind it with a ClusterRoleBinding. Do the same on the source for a scope of more than ${namespacesListedOneByOne}`,
    '  namespaces, whose kinds are listed in the whole cluster.',
    '- Label the RoleBindings `landfall.dev/exclude=true`: otherwise they count as objects of the application, and travel.',
    '- The Role in `landfall-system` needs its namespace: create it on both sides before. A run removes only a namespace that it has created itself.',
    '- Where a rule has `*`, name the kinds of the application to grant less, and set `scope.kinds` to them. `list` stays for every kind in the',
    '  namespaces of the target: a verification looks through them for what nobody planned, and an undo for what others have there.',
    '- Cluster-scoped kinds that `scope.kinds` names are read on the source and created on the target like the others: add them to the first role.',
    '- `watch` can be omitted everywhere: a wait that may not watch asks again and again.',
    '- [Optional rights](#optional-rights) stand at the end, with what happens without them. Nothing asks for them.',
    '',
    '`landfall wave` needs what its migrations need. `landfall approve`, `points` and `report` use no cluster.',
    '',
    ...runs.flatMap(runSection),
    '## Optional rights',
    '',
    'Bind them with a ClusterRoleBinding, each or all.',
    '',
    ...sides.flatMap((side) => yaml(side, [optionalRole(side)])),
    '## What needs which right',
    '',
    `Cluster-scoped objects that others need are of the kinds ${dependencyKinds.map((kind) => `\`${kind}\``).join(', ')}.`,
    '',
    ...actionLines(),
    '',
  ];
}

const sides = ['source', 'target'] as const;
type Side = (typeof sides)[number];

function runSection({ name, title, says, calls, sides: of = sides }: RunRights): string[] {
  return [
    `## ${title}`,
    '',
    says,
    '',
    ...of.flatMap((side) => {
      const needs = needsOf(calls, side).filter(({ without }) => without === undefined);
      return yaml(side, rolesOf(needs, `landfall-${name}-${side}`));
    }),
  ];
}

function yaml(side: Side, roles: readonly (readonly string[])[]): string[] {
  const documents = roles.flatMap((role, index) => (index === 0 ? role : ['---', ...role]));
  return [`On the ${side}:`, '', '```yaml', ...documents, '```', ''];
}

const placesOfRole: readonly { readonly suffix: string; readonly places: readonly Place[] }[] = [
  { suffix: '', places: ['cluster', 'temporary'] },
  { suffix: '-scope', places: ['scope', 'hooks'] },
  { suffix: '', places: ['own'] },
];

function rolesOf(needs: readonly Need[], name: string): string[][] {
  return placesOfRole.flatMap(({ suffix, places }) => {
    const groups = rulesOf(needs, places);
    if (groups.length === 0) return [];
    const isRole = places.includes('own');
    return [roleLines(isRole ? 'Role' : 'ClusterRole', `${name}${suffix}`, groups)];
  });
}

function optionalRole(side: Side): string[] {
  const needs = needsOf(everyCall(), side).filter(({ without }) => without !== undefined);
  const places = placesOfRole.flatMap((role) => role.places);
  return roleLines('ClusterRole', `landfall-optional-${side}`, rulesOf(needs, places));
}

function roleLines(kind: 'Role' | 'ClusterRole', name: string, groups: readonly RuleGroup[]): string[] {
  return [
    'apiVersion: rbac.authorization.k8s.io/v1',
    `kind: ${kind}`,
    'metadata:',
    `  name: ${name}`,
    ...(kind === 'Role' ? ['  namespace: landfall-system'] : []),
    'rules:',
    ...groups.flatMap(groupLines),
  ];
}

function groupLines({ only, without, rules, unnamed }: RuleGroup): string[] {
  const words = [
    ...(only === undefined ? [] : [`${conditions[only]}.`]),
    ...unnamed.map((right) => `Also ${right}.`),
    ...(without === undefined ? [] : [`Without it, ${without}.`]),
  ];
  return [...words.map((word) => `  # ${word}`), ...rules.flatMap(ruleLines)];
}

function ruleLines({ apiGroups, resources, verbs }: Rule): string[] {
  const list = (values: readonly string[]): string =>
    `[${values.map((value) => (value === '' || value === '*' ? `'${value}'` : value)).join(', ')}]`;
  return [`  - apiGroups: ${list(apiGroups)}`, `    resources: ${list(resources)}`, `    verbs: ${list(verbs)}`];
}

function everyCall(): readonly Call[] {
  return runs.flatMap((run) => run.calls);
}

/** Every action of the tables once, with what its activities cannot do without. */
function actionLines(): string[] {
  return [...Map.groupBy(everyCall(), ({ by }) => by)].flatMap(([by, members]) => {
    const lines = sides.flatMap((side) => {
      const needs = needsOf(members, side).filter(({ without }) => without === undefined);
      const rights = merged(needs).map(rightText);
      return rights.length === 0 ? [] : [`  - ${side}: ${rights.join('; ')}`];
    });
    return lines.length === 0 ? [] : [`- ${by}`, ...lines];
  });
}

const placeNames: Readonly<Record<Place, string>> = {
  cluster: '',
  scope: ' in the namespaces of the scope',
  own: ' in `landfall-system`',
  hooks: ' in the namespaces of hooks',
  temporary: ' in temporary namespaces',
};

const setNames: Readonly<Record<KindSet, string>> = {
  captured: 'every kind of the scope',
  any: 'every kind',
  dependencies: 'cluster-scoped objects that these need',
  custom: 'kinds that definitions bring',
  referred: 'whatever is referred to',
  checked: 'what checks look at',
};

/** Needs of the same kinds and places as one, and kinds with the same verbs beside each other. */
function merged(needs: readonly Need[]): readonly Need[] {
  const where = (need: Need): string => `${need.in}\n${need.only ?? ''}`;
  const single = needs.flatMap((need): Need[] =>
    typeof need.of === 'string' ? [need] : need.of.map((kind) => ({ ...need, of: [kind] }))
  );
  const joined = joinedBy(
    single,
    (need) => `${where(need)}\n${String(need.of)}`,
    (one, other) => ({
      ...one,
      verbs: verbOrder.filter((verb) => [...one.verbs, ...other.verbs].includes(verb)),
    })
  );
  return joinedBy(
    joined,
    (need) => `${where(need)}\n${asked(need).join()}\n${typeof need.of === 'string' ? need.of : ''}`,
    (one, other) => ({
      ...one,
      of: typeof one.of === 'string' || typeof other.of === 'string' ? one.of : [...one.of, ...other.of],
    })
  );
}

function joinedBy(
  needs: readonly Need[],
  keyOf: (need: Need) => string,
  join: (one: Need, other: Need) => Need
): readonly Need[] {
  return [...Map.groupBy(needs, keyOf).values()].map((same) => same.reduce(join));
}

function asked({ verbs }: Need): readonly Verb[] {
  return verbs.filter((verb) => verb !== 'watch');
}

function rightText(need: Need): string {
  const { of, in: place, only } = need;
  const kinds = typeof of === 'string' ? setNames[of] : of.map((kind) => `\`${kind}\``).join(', ');
  const condition = only === undefined ? '' : ` (${conditions[only].replace(/^./, (first) => first.toLowerCase())})`;
  return `${asked(need).join(', ')} ${kinds}${placeNames[place]}${condition}`;
}
