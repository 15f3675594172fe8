import pMap from 'p-map';
import type { CapturePlan } from '../src/core/migration/capture-kinds.ts';
import type { PermissionCheck } from '../src/core/migration/preflight.ts';
import { volumeQuestions } from '../src/core/migration/volume-permissions.ts';
import { readHead } from '../src/core/select/head.ts';
import type { ApiResource } from '../src/core/resource.ts';
import type { MigrationSpec } from '../src/core/spec/spec.ts';
import type { Cluster } from '../src/ports/cluster.ts';
import type { Side } from './lib/dependencies.ts';
import type { Progress } from './lib/progress.ts';
import type { Session } from './lib/session.ts';
import { textOf } from './lib/text.ts';

type Question = Omit<PermissionCheck, 'allowed' | 'cluster'>;
type Kind = Pick<ApiResource, 'group' | 'plural'>;

/** Questions to an API server at the same time. */
const questionsInParallel = 16;
const everything: Kind = { group: '*', plural: '*' };
const namespaces: Kind = { group: '', plural: 'namespaces' };

/** Cluster-scoped kinds that are always looked through for what concerns the scope. */
const alwaysRead: ReadonlySet<string> = new Set(['clusterroles', 'clusterrolebindings']);

interface PermissionsRequest {
  readonly hasClaims: boolean;
  /** False: a webhook of the target that does not answer refuses the questions as well, which is a blocker of its own. */
  readonly canAskTarget: boolean;
  readonly progress: Progress;
}

/**
 * Asks for every verb the run will use, its undo included: a right that is missing then would leave the target half
 * done. From wide to narrow: who may do everything is asked once, who may do it in a namespace once for each, and what somebody
 * may do in all namespaces is asked once instead of in each of them.
 */
export async function askPermissions(
  session: Session,
  plan: CapturePlan,
  { hasClaims, canAskTarget, progress }: PermissionsRequest
): Promise<readonly PermissionCheck[]> {
  const volumes = volumeQuestions(session.spec, plan.namespaces, hasClaims);
  const more = (side: Side) => volumes.filter((question) => question.side === side);
  const sides = await Promise.all([
    askSide(session.source, 'source', [...sourceQuestions(session.spec, plan), ...more('source')], progress),
    !canAskTarget
      ? []
      : askSide(session.target, 'target', [...targetQuestions(session.spec, plan), ...more('target')], progress),
  ]);
  return sides.flat();
}

/** Whether any claim is in the namespaces. One that may not be listed is told by the question about it. */
export async function findClaims({ source, spec }: Session, plan: CapturePlan, signal: AbortSignal): Promise<boolean> {
  const kind = plan.kinds.find(({ resource }) => resource.group === '' && resource.plural === 'persistentvolumeclaims');
  if (kind === undefined || spec.volumes.mode === 'none') return false;
  const scope = new Set(plan.namespaces);
  for (const namespace of kind.namespaces) {
    if (!(await source.can('list', kind.resource, namespace, { signal }))) continue;
    for await (const page of source.list(kind.resource, { namespace, signal })) {
      if (page.items.some((item) => scope.has(readHead(textOf(item), kind.resource).ref.namespace))) return true;
    }
  }
  return false;
}

function sourceQuestions({ scope }: MigrationSpec, plan: CapturePlan): Question[] {
  const list = (resource: Kind, namespace: string): Question => ({ side: 'source', verb: 'list', resource, namespace });
  const wide = scope.clusterScoped === 'none' ? [] : plan.clusterKinds;
  return [
    ...plan.kinds.flatMap(({ resource, namespaces: listed }) => listed.map((namespace) => list(resource, namespace))),
    ...wide.filter(({ resource }) => alwaysRead.has(resource.plural)).map(({ resource }) => list(resource, '')),
  ];
}

function targetQuestions(spec: MigrationSpec, plan: CapturePlan): Question[] {
  const verbs = ['create', 'get', 'list', 'patch', 'delete'];
  if (mayUpdate(spec)) verbs.push('update');
  const every = (of: readonly string[], resource: Kind, namespace: string): Question[] =>
    of.map((verb) => ({ side: 'target', verb, resource, namespace }));
  const names = plan.namespaces.map((name) => spec.namespaceMapping[name] ?? name);
  return [
    ...plan.kinds
      .filter(({ resource }) => resource.namespaced)
      .flatMap(({ resource }) => names.flatMap((name) => every(verbs, resource, name))),
    ...every(['create', 'get', 'patch', 'delete'], namespaces, ''),
  ];
}

function mayUpdate({ existingResourcePolicy, objectRules = [] }: MigrationSpec): boolean {
  return existingResourcePolicy === 'update' || objectRules.some((rule) => rule.existingResourcePolicy === 'update');
}

async function askSide(
  cluster: Cluster,
  side: Side,
  asked: readonly Question[],
  progress: Progress
): Promise<PermissionCheck[]> {
  const { signal } = progress;
  progress.update({ note: `permissions on ${side}` });
  if (await cluster.can('*', everything, '', { signal })) return [];
  const names = [...new Set(asked.map(({ namespace }) => namespace))].filter((namespace) => namespace !== '');
  const free = await pMap(names, (namespace) => cluster.can('*', everything, namespace, { signal }), {
    concurrency: questionsInParallel,
    signal,
  });
  const settled = new Set(names.filter((_, index) => free[index]));
  const open = asked.filter(({ namespace }) => !settled.has(namespace));
  const wide = await allowedEverywhere(cluster, open, signal);
  const left = open.filter((question) => !wide.has(subjectOf(question)));
  if (left.length > manyQuestions) progress.update({ note: `${left.length} permissions on ${side}` });
  return pMap(
    left,
    async (question) => {
      const { verb, resource, namespace } = question;
      const allowed = await cluster.can(verb, resource, namespace, { signal });
      return { ...question, cluster: cluster.name, allowed };
    },
    { concurrency: questionsInParallel, signal }
  );
}

const manyQuestions = 1_000;

/** What the user may do in all namespaces, of what would be asked for in several. */
async function allowedEverywhere(
  cluster: Cluster,
  asked: readonly Question[],
  signal: AbortSignal
): Promise<ReadonlySet<string>> {
  const groups = Map.groupBy(asked, subjectOf);
  const several = [...groups.values()].flatMap(([first, second]) =>
    first === undefined || second === undefined ? [] : [first]
  );
  const allowed = await pMap(several, ({ verb, resource }) => cluster.can(verb, resource, '', { signal }), {
    concurrency: questionsInParallel,
    signal,
  });
  return new Set(several.filter((_, at) => allowed[at]).map(subjectOf));
}

function subjectOf({ verb, resource }: Question): string {
  return `${verb} ${resource.plural}.${resource.group}`;
}
