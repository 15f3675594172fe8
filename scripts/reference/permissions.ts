import { namespacesListedOneByOne } from '../../src/core/migration/capture-kinds.ts';
import { activityRows, type ActivityName, type ActivityRow } from '../../src/saga/activity-rows.ts';
import { callsOf, type Call } from '../../src/saga/calls.ts';
import { dependencyKinds } from '../../src/core/select/dependencies.ts';
import type { Condition, KindSet, Need, Place } from '../../src/saga/need.ts';
import { assessTable } from '../../src/saga/tables/assess.ts';
import { migrateTable, type MigrateFacts } from '../../src/saga/tables/migrate.ts';
import { planTable } from '../../src/saga/tables/plan.ts';
import { rulesOf, type Rule, type RuleGroup } from './roles.ts';

/** A migration with everything one can have. */
const whole: MigrateFacts = {
  ...{ dryRun: false, volumes: true, hooks: { pre: true, post: true }, onFailure: 'rollback', parallel: 1 },
  ...{ landfallNamespace: 'landfall-system', held: true },
  plan: {
    claims: [{ namespace: '', name: '', targetNamespace: '' }],
    waves: [
      { name: '', objects: 1, claims: true, settle: false },
      { name: '', objects: 1, claims: false, settle: true },
    ],
    appliers: true,
  },
};

interface RunRights {
  readonly name: string;
  readonly title: string;
  readonly says: string;
  readonly calls: readonly Call[];
}

const migration = callsOf(migrateTable, whole);
const probes = { images: true, external: true, storage: true };

const runs: readonly RunRights[] = [
  {
    ...{ name: 'migrate', title: 'landfall migrate', calls: migration },
    says: 'Compensations and `landfall cleanup` included. A right that is missing ends the run before anything is written.',
  },
  {
    ...{ name: 'dry-run', title: 'landfall migrate --dry-run' },
    says: 'What only the migration itself needs is a warning.',
    calls: callsOf(migrateTable, { ...whole, dryRun: true }),
  },
  {
    ...{ name: 'plan', title: 'landfall plan', calls: callsOf(planTable, undefined) },
    says: 'It writes on no cluster. What only the migration itself needs is a warning.',
  },
  {
    ...{ name: 'assess', title: 'landfall assess', calls: callsOf(assessTable, probes) },
    says: [
      'An assessment also asks for the rights of the migration, which stand in its way when they are missing.',
      'It goes on without a right of its own, and reports the checks that are not made.',
    ].join(' '),
  },
];

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
    '- The Role in `landfall-system` needs its namespace: create it on both sides before. A run removes only a namespace that it has created itself.',
    '- Where a rule has `*`, name the kinds of the application to grant less, and set `scope.kinds` to them. `list` stays for every kind in the',
    '  namespaces of the target: a verification looks through them for what nobody planned, and an undo for what others have there.',
    '- Cluster-scoped kinds that `scope.kinds` names are read on the source and created on the target like the others: add them to the first role.',
    '- `watch` can be left out everywhere: a wait that may not watch asks again and again.',
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
    ...actionLines(),
    '',
  ];
}

const sides = ['source', 'target'] as const;
type Side = (typeof sides)[number];

function needsOf(calls: readonly Call[], side: Side): readonly Need[] {
  const names = new Set<ActivityName>(calls.map(({ activity }) => activity));
  return [...names].flatMap((name) => (activityRows[name] as ActivityRow).needs).filter((need) => need.side === side);
}

function runSection({ name, title, says, calls }: RunRights): string[] {
  return [
    `## ${title}`,
    '',
    says,
    '',
    ...sides.flatMap((side) => {
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
  const needs = needsOf([...everyCall(), ...migration], side).filter(({ without }) => without !== undefined);
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
      const rights = [...new Set(needs.map(rightText))];
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
  dependencies: dependencyKinds.map((kind) => `\`${kind}\``).join(', '),
  custom: 'kinds that definitions bring',
  referred: 'whatever is referred to',
  checked: 'what checks look at',
};

function rightText({ verbs, of, in: place, only }: Need): string {
  const kinds = typeof of === 'string' ? setNames[of] : of.map((kind) => `\`${kind}\``).join(', ');
  const condition = only === undefined ? '' : ` (${conditions[only].replace(/^./, (first) => first.toLowerCase())})`;
  return `${verbs.filter((verb) => verb !== 'watch').join(', ')} ${kinds}${placeNames[place]}${condition}`;
}
