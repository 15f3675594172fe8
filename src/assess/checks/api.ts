import { isBuiltInGroup } from '../../core/graph/groups.ts';
import { apiVersionOf, describeRef, parseApiVersion } from '../../core/resource.ts';
import { apiRemovals, minorOf } from '../api-removals.ts';
import { listOf } from '../facts.ts';
import type { AssessFacts, Check, Need } from '../facts.ts';
import type { RawFinding } from '../../core/findings/finding.ts';
import type { DefinitionObject } from '../../core/kube-objects.ts';
import { groupsOperatedIn, groupsOperatedInScope } from '../operators.ts';

/** Minor versions apart beyond which defaults and fields differ in more than details. */
const minorsApart = 3;

/** What both sides serve, and in which versions. */
export const apiChecks: readonly Check[] = [
  {
    id: 'api/written-versions',
    group: 'api',
    describe:
      'API versions that clients last wrote (managed fields, last-applied) against the versions that the target serves',
    codes: ['API_VERSION_REMOVED', 'API_VERSION_DEPRECATED'],
    needs: [],
    run: writtenVersions,
  },
  {
    id: 'api/server-versions',
    group: 'api',
    describe: 'the Kubernetes versions of both sides',
    codes: ['CLUSTER_OLDER'],
    needs: [],
    run: serverVersions,
  },
  {
    id: 'api/definitions',
    group: 'api',
    describe: 'custom resource definitions on both sides: scope, served and stored versions',
    codes: ['CRD_SCOPE_DIFFERENT', 'CRD_VERSION_MISSING', 'CRD_STORED_VERSION_UNSERVED'],
    needs: ['source/customresourcedefinitions', 'target/customresourcedefinitions'],
    run: definitions,
  },
  {
    id: 'api/operators',
    group: 'api',
    describe: 'custom resources whose definition the target does not have yet',
    codes: ['OPERATOR_MISSING'],
    needs: [],
    isPlanned: true,
    run: operators,
  },
  {
    id: 'api/operators-running',
    group: 'api',
    describe:
      'custom resources whose definition the target has: whether a controller acts on them there as on the source',
    codes: ['OPERATOR_MISSING'],
    needs: [
      ...['clusterroles', 'clusterrolebindings', 'roles', 'rolebindings', 'pods'].flatMap((kind) => [
        `source/${kind}` as Need,
        `target/${kind}` as Need,
      ]),
    ],
    isPlanned: true,
    run: operatorsRunning,
  },
];

function writtenVersions({ scope, target }: AssessFacts): RawFinding[] {
  const minor = minorOf(target.gitVersion);
  if (minor === undefined) return [];
  return scope.written.flatMap(({ ref, manager, apiVersion }): RawFinding[] => {
    const { group, version } = parseApiVersion(apiVersion);
    const row = apiRemovals.find((one) => one.group === group && one.version === version && one.kind === ref.kind);
    if (row === undefined || row.deprecatedIn > minor) return [];
    const removed = row.removedIn <= minor;
    const instead = row.replacement === '' ? 'there is no replacement' : `use ${row.replacement}`;
    const when = removed ? `removed in 1.${row.removedIn}` : `deprecated since 1.${row.deprecatedIn}`;
    return [
      {
        code: removed ? 'API_VERSION_REMOVED' : 'API_VERSION_DEPRECATED',
        subject: describeRef(ref),
        namespace: ref.namespace,
        side: 'source',
        message: `${manager} last wrote it as ${apiVersion}, which is ${when}`,
        evidence: `metadata of the object on the source; the target runs ${target.gitVersion}`,
        remedy: `${instead} in the manifests of ${manager}`,
      },
    ];
  });
}

function serverVersions({ source, target }: AssessFacts): RawFinding[] {
  const [from, to] = [minorOf(source.gitVersion), minorOf(target.gitVersion)];
  if (from === undefined || to === undefined) return [];
  if (to >= from && to - from < minorsApart) return [];
  const message = to < from ? 'the target is older than the source' : `the target is ${to - from} minor versions newer`;
  const evidence = `${source.name} runs ${source.gitVersion}, ${target.name} ${target.gitVersion}`;
  return [{ code: 'CLUSTER_OLDER', subject: target.name, namespace: '', side: 'target', message, evidence }];
}

/** Definitions of the source that the scope uses, with their counterpart. */
function usedDefinitions({ source, target, scope }: AssessFacts): readonly {
  readonly from: DefinitionObject;
  readonly to: DefinitionObject | undefined;
}[] {
  const used = new Set(scope.objects.map(({ ref }) => `${ref.group}/${ref.kind}`));
  const onTarget = new Map(
    listOf<DefinitionObject>(target, 'customresourcedefinitions').map((one) => [one.metadata.name, one])
  );
  return listOf<DefinitionObject>(source, 'customresourcedefinitions')
    .filter(({ spec }) => used.has(`${spec.group}/${spec.names.kind}`))
    .map((from) => ({ from, to: onTarget.get(from.metadata.name) }));
}

function definitions(facts: AssessFacts): RawFinding[] {
  return usedDefinitions(facts).flatMap(({ from, to }) => {
    const subject = `CustomResourceDefinition ${from.metadata.name}`;
    const found: RawFinding[] = [];
    const about = (
      code: RawFinding['code'],
      side: 'source' | 'target',
      { message, evidence }: { readonly message: string; readonly evidence: string }
    ) => ({ code, subject, namespace: '', side, message, evidence }) as const;
    const say = (...of: Parameters<typeof about>) => found.push(about(...of));
    const served = new Set(from.spec.versions.filter((version) => version.served).map(({ name }) => name));
    const gone = (from.status?.storedVersions ?? []).filter((version) => !served.has(version));
    if (gone.length > 0) {
      const evidence = `status.storedVersions on ${facts.source.name}; served: ${[...served].join(', ')}`;
      say('CRD_STORED_VERSION_UNSERVED', 'source', {
        message: `objects may still be stored as ${gone.join(', ')}`,
        evidence,
      });
    }
    if (to === undefined) return found;
    if (to.spec.scope !== from.spec.scope) {
      const message = `it is ${from.spec.scope} on the source and ${to.spec.scope} on the target`;
      say('CRD_SCOPE_DIFFERENT', 'target', { message, evidence: 'spec.scope on both sides' });
    }
    const onTarget = to.spec.versions.filter((version) => version.served).map(({ name }) => name);
    const storage = from.spec.versions.find((version) => version.storage)?.name ?? '';
    if (!onTarget.includes(storage)) {
      const message = `the source stores ${storage}, the target serves ${onTarget.join(', ')}`;
      const missing = about('CRD_VERSION_MISSING', 'target', { message, evidence: 'spec.versions on both sides' });
      // Objects are read in a version both serve; what it would lose of them is STORED_FIELDS_HIDDEN of the plan.
      const isShared = onTarget.some((version) => served.has(version));
      found.push(isShared ? { ...missing, severity: 'warning' } : missing);
    }
    return found;
  });
}

function operators(facts: AssessFacts): RawFinding[] {
  const served = new Set(facts.target.resources.map(({ group, kind }) => `${group}/${kind}`));
  const moving = groupsOperatedInScope(facts);
  const missing = Map.groupBy(
    facts.scope.objects.filter(
      ({ ref, excluded, unserved }) =>
        (!excluded || unserved === true) && !isBuiltInGroup(ref.group) && !served.has(`${ref.group}/${ref.kind}`)
    ),
    ({ ref }) => `${ref.kind}.${ref.group}`
  );
  return [...missing].flatMap(([name, objects]): RawFinding[] => {
    const [first] = objects;
    if (first === undefined) return [];
    if (moving.has(first.ref.group)) return [];
    const namespaces = new Set(objects.map(({ ref }) => ref.namespace));
    return [
      {
        code: 'OPERATOR_MISSING',
        subject: `kind ${name}`,
        namespace: namespaces.size === 1 ? first.ref.namespace : '',
        side: 'target',
        message: `${objects.length} of them move, the first is ${describeRef(first.ref)}`,
        evidence: `the definitions of ${facts.target.name}; ${apiVersionOf({ group: first.ref.group, version: '*' })} is not served there`,
      },
    ];
  });
}

/** A definition without a controller acts on nothing: the objects arrive, and nobody looks at them. */
function operatorsRunning(facts: AssessFacts): RawFinding[] {
  const served = new Set(facts.target.resources.map(({ group, kind }) => `${group}/${kind}`));
  const custom = facts.scope.objects.filter(
    ({ ref, excluded }) => !excluded && !isBuiltInGroup(ref.group) && served.has(`${ref.group}/${ref.kind}`)
  );
  if (custom.length === 0) return [];
  const [onSource, onTarget, moving] = [
    groupsOperatedIn(facts.source),
    groupsOperatedIn(facts.target),
    groupsOperatedInScope(facts),
  ];
  return [...Map.groupBy(custom, ({ ref }) => ref.group)].flatMap(([group, objects]): RawFinding[] => {
    const [first] = objects;
    if (first === undefined || !onSource.has(group) || onTarget.has(group) || moving.has(group)) return [];
    const namespaces = new Set(objects.map(({ ref }) => ref.namespace));
    return [
      {
        code: 'OPERATOR_MISSING',
        subject: `group ${group}`,
        namespace: namespaces.size === 1 ? first.ref.namespace : '',
        side: 'target',
        message: `${objects.length} objects move, the first is ${describeRef(first.ref)}; the target has their definitions, but no pod whose ServiceAccount may write them`,
        evidence: `roles, bindings and pods of ${facts.source.name} and ${facts.target.name}`,
      },
    ];
  });
}
