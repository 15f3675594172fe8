import pMap from 'p-map';
import { isLandfallError } from '../src/core/errors.ts';
import type { CaptureSelection } from '../src/core/capture/capture-kinds.ts';
import type { PermissionCheck } from '../src/core/preflight/preflight.ts';
import { groupResource, namespaceResource } from '../src/core/resource.ts';
import type { ApiResource } from '../src/core/resource.ts';
import { readHead } from '../src/core/select/head.ts';
import type { Cluster } from '../src/ports/cluster.ts';
import { permissionQuestions } from '../src/saga/permissions.ts';
import type { Asking, Question, Scoped } from '../src/saga/permissions.ts';
import { textOf } from '../src/services/objects/text.ts';
import type { EitherSession, Session, Side } from '../src/services/session.ts';
import type { Progress } from '../src/services/progress.ts';

/** Questions to an API server at the same time. */
const questionsInParallel = 16;
const everything: Pick<ApiResource, 'group' | 'plural'> = { group: '*', plural: '*' };

interface PermissionsRequest {
  readonly asking: Asking;
  readonly scoped: Scoped;
  /** False: a webhook of the target that does not answer refuses the questions as well, which is a blocker of its own. */
  readonly canAskTarget: boolean;
  readonly progress: Progress;
}

/**
 * Asks for every right of src/saga/permissions.ts: one that is missing in the middle would leave the target half done.
 * From wide to narrow: who may do everything is asked once, who may do it in a namespace once for each, and what somebody
 * may do in all namespaces is asked once instead of in each of them.
 */
export async function askPermissions(
  { source, target }: Pick<EitherSession, 'source' | 'target'>,
  { asking, scoped, canAskTarget, progress }: PermissionsRequest
): Promise<readonly PermissionCheck[]> {
  const questions = permissionQuestions(asking, scoped);
  const on = (side: Side): readonly Question[] => questions.filter((question) => question.side === side);
  const sides = await Promise.all([
    source === undefined ? [] : askSide(source, on('source'), progress),
    canAskTarget && target !== undefined ? askSide(target, on('target'), progress) : [],
  ]);
  return sides.flat();
}

/** Whether any claim is in the namespaces. One that may not be listed is reported by the question about it. */
export async function findClaims(
  { source }: Session<'source'>,
  plan: CaptureSelection,
  signal: AbortSignal
): Promise<boolean> {
  const kind = plan.kinds.find(({ resource }) => resource.group === '' && resource.plural === 'persistentvolumeclaims');
  if (kind === undefined) return false;
  const scope = new Set(plan.namespaces);
  for (const namespace of kind.namespaces) {
    if (!(await source.can({ verb: 'list', resource: kind.resource, namespace }, { signal }))) continue;
    for await (const page of source.list(kind.resource, { namespace, signal })) {
      if (page.items.some((item) => scope.has(readHead(textOf(item), kind.resource).ref.namespace))) return true;
    }
  }
  return false;
}

/** Whether a namespace is not on the target yet. One that may not be read counts as missing: the question about it says so. */
export async function findNewNamespaces(
  { target, spec }: Session<'target'>,
  namespaces: readonly string[],
  signal: AbortSignal
): Promise<boolean> {
  const isNew = async (namespace: string): Promise<boolean> => {
    const name = spec.namespaceMapping[namespace] ?? namespace;
    try {
      return (await target.get({ resource: namespaceResource, namespace: '', name }, { signal })) === undefined;
    } catch (error) {
      if (isLandfallError(error, 'CLUSTER_FORBIDDEN')) return true;
      throw error;
    }
  };
  return (await pMap(namespaces, isNew, { concurrency: questionsInParallel, signal })).includes(true);
}

async function askSide(cluster: Cluster, asked: readonly Question[], progress: Progress): Promise<PermissionCheck[]> {
  const { signal } = progress;
  const [first] = asked;
  if (first === undefined) return [];
  const { side } = first;
  progress.update({ note: `permissions on ${side}` });
  if (await cluster.can({ verb: '*', resource: everything, namespace: '' }, { signal })) return [];
  const names = [...new Set(asked.map(({ namespace }) => namespace))].filter((namespace) => namespace !== '');
  const free = await pMap(
    names,
    (namespace) => cluster.can({ verb: '*', resource: everything, namespace }, { signal }),
    { concurrency: questionsInParallel, signal }
  );
  const settled = new Set(names.filter((_, index) => free[index]));
  const open = asked.filter(({ namespace }) => !settled.has(namespace));
  const wide = await allowedEverywhere(cluster, open, signal);
  const remaining = open.filter((question) => !wide.has(subjectOf(question)));
  if (remaining.length > manyQuestions) progress.update({ note: `${remaining.length} permissions on ${side}` });
  return pMap(
    remaining,
    async (question) => {
      const { verb, resource, namespace } = question;
      const allowed = await cluster.can({ verb, resource, namespace }, { signal });
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
  const allowed = await pMap(
    several,
    ({ verb, resource }) => cluster.can({ verb, resource, namespace: '' }, { signal }),
    { concurrency: questionsInParallel, signal }
  );
  return new Set(several.filter((_, at) => allowed[at]).map(subjectOf));
}

function subjectOf({ verb, resource }: Question): string {
  return `${verb} ${groupResource(resource)}`;
}
