import type { AssessFacts, Need } from '../../assess/facts.ts';
import { plannedChecks, plannedFindings } from '../../assess/checks/planned.ts';
import type { TransformedObjects } from '../../assess/planned-facts.ts';
import { objectKey, refOfKey } from '../../core/resource.ts';
import type { Finding } from '../../core/run/events.ts';
import { mapNamespace } from '../../core/transform/rules/namespace.ts';
import { readClusterFacts } from '../assess/cluster-facts.ts';
import type { FactKind } from '../../core/findings/fact-kinds.ts';
import type { PlanSession } from '../session.ts';
import type { Progress } from '../progress.ts';

/** What the planning pass has seen: the objects that come, and the keys of those that are on the target already. */
export interface SeenByPlan {
  readonly objects: TransformedObjects;
  readonly planned: { has(key: string): boolean };
  readonly there: ReadonlySet<string>;
}

/**
 * Makes the checks of the planning pass: reads of both clusters what they need and nothing where nothing comes that they
 * are about. Reads only.
 */
export async function findPlanned(
  { source, target, spec }: PlanSession,
  progress: Progress,
  { objects, planned, there }: SeenByPlan
): Promise<readonly Finding[]> {
  const { signal } = progress;
  const known = [...there].filter((key) => planned.has(key)).map(refOfKey);
  const scope = objects.scope((ref) => there.has(objectKey(ref)), known);
  const ids = new Set(plannedChecks.filter(({ id }) => objects.concerns(id)).map(({ id }) => id));
  const occupied = new Set([...there].map((key) => refOfKey(key).namespace));
  const namespaces = scope.namespaces
    .map((name) => mapNamespace(spec.namespaceMapping, name))
    .filter((name) => occupied.has(name));
  // A namespace without anything in it has no quota and no limits either.
  if (namespaces.length === 0) for (const id of ofNamespaces) ids.delete(id);
  if (ids.size === 0) return [];
  progress.update({ note: 'capacity and names on the target' });
  const read = (cluster: PlanSession['source'], side: 'source' | 'target') => {
    const kinds = kindsOf(side, ids);
    if (cluster === undefined) return Promise.resolve(factsOfNobody(spec.source.name, kinds));
    return readClusterFacts(cluster, { side, gitVersion: '', namespaces, kinds, signal });
  };
  const [ofSource, ofTarget] = await Promise.all([read(source, 'source'), read(target, 'target')]);
  const nothing = { bundles: [], credentials: [], now: '' };
  const facts: AssessFacts = { ...nothing, spec, source: ofSource, target: ofTarget, scope };
  return plannedFindings(facts, ids);
}

/** A source that is not asked: its checks say that they were not made, and why. */
function factsOfNobody(name: string, kinds: readonly FactKind[]): AssessFacts['source'] {
  const why = 'the plan is made of a recovery point, and its source is not asked';
  const unread = Object.fromEntries(kinds.map((kind) => [kind, why]));
  return { name, gitVersion: '', resources: [], lists: {}, unread };
}

/** Checks of what the namespaces of the target allow. */
const ofNamespaces = ['capacity/quota', 'capacity/limit-ranges'];

/** The lists the checks need, and the nodes where pods of a DaemonSet count for each of them. */
function kindsOf(side: 'source' | 'target', ids: ReadonlySet<string>): readonly FactKind[] {
  const needs = plannedChecks.filter(({ id }) => ids.has(id)).flatMap((check): readonly Need[] => check.needs);
  const kinds = needs.flatMap((need) => (need.startsWith(`${side}/`) ? [need.slice(side.length + 1) as FactKind] : []));
  const nodes: readonly FactKind[] = side === 'target' && ids.has('capacity/quota') ? ['nodes'] : [];
  return [...new Set([...kinds, ...nodes])];
}
