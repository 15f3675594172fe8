import { setTimeout as sleep } from 'node:timers/promises';
import { chooseCaptureKinds } from '../../core/capture/capture-kinds.ts';
import type { CaptureKind, CaptureSelection } from '../../core/capture/capture-kinds.ts';
import { unansweredFindings, unseenApis, type UnseenApi } from '../../core/capture/unseen-groups.ts';
import { scopeNamespaces } from '../../core/preflight/preflight.ts';
import { groupResource, namespaceResource } from '../../core/resource.ts';
import type { Finding } from '../../core/run/events.ts';
import { decideKind, isCounted } from '../../core/select/decide-kind.ts';
import { readHead, type ObjectHead } from '../../core/select/head.ts';
import type { RunSpec } from '../../core/spec/spec.ts';
import type { Cluster, Discovery } from '../../ports/cluster.ts';
import { wholeList } from '../../ports/whole-list.ts';
import { chooseVersions, type KindsToRead } from '../capture/capture-versions.ts';
import { textOf } from '../objects/text.ts';
import type { Session } from '../session.ts';

/** Looks at what a cluster serves while a group of it does not answer: five seconds in all. */
const attemptsMax = 3;
const probeAgainMs = 2_500;

/** What a capture of the scope works through, and what is wrong with it. */
export interface SeenScope {
  readonly selection: CaptureSelection;
  /** APIs of the source that may hold objects of the scope and did not answer. */
  readonly unseen: readonly UnseenApi[];
  readonly findings: readonly Finding[];
}

/**
 * Looks at the scope on the source: its namespaces, the kinds that are in and the version each is read in, which is one
 * that `readers` serve as well where there is one: the target, or the source itself. Reads only.
 */
export async function lookAtScope(
  session: Session<'source'>,
  { served, readers }: { readonly served: Discovery; readonly readers: Discovery },
  signal: AbortSignal
): Promise<SeenScope> {
  const { source, spec } = session;
  const unseen = unseenApis(source.name, spec.scope, { ...served, unanswered: served.failures });
  // Also what a group served before it fell silent: objects it owns are still owned.
  const known = [...served.resources, ...served.failures.flatMap(({ lastServed }) => lastServed)];
  const sourceResources = known.map(({ preferred: _, ...resource }) => resource);
  const scope = scopeNamespaces(spec, await namespaceHeads(source, signal), {
    resources: sourceResources,
    landfallNamespace: spec.landfallNamespace,
    excludedNamespaces: {},
  });
  const kinds = chooseCaptureKinds(served.resources, readers.resources, scope.namespaces);
  const versions = await chooseVersions(
    session,
    { ...decideKinds(kinds, spec), served: { source: served.resources, target: readers.resources } },
    signal
  );
  return {
    selection: {
      kinds: versions.taken,
      countedKinds: kinds.filter(({ resource }) => isCounted(resource, spec.scope)),
      clusterKinds: versions.byName,
      sourceResources,
      namespaces: scope.namespaces,
      excludedNamespaces: scope.excludedNamespaces,
    },
    unseen,
    findings: [...scope.findings, ...unansweredFindings(source.name, served.failures, unseen), ...versions.findings],
  };
}

/** The kinds whose objects are taken, and those of which only what others name is taken. */
function decideKinds(kinds: readonly CaptureKind[], { scope }: RunSpec): Pick<KindsToRead, 'taken' | 'byName'> {
  const decided = kinds.map((kind) => ({ kind, decision: decideKind(kind.resource, scope) }));
  const byName = decided.filter(({ decision }) => !decision.in && decision.rule === 'scope/dependency');
  return {
    taken: decided.filter(({ decision }) => decision.in).map(({ kind }) => kind),
    byName: byName.map(({ kind }) => kind),
  };
}

function namespaceHeads(cluster: Cluster, signal: AbortSignal): Promise<ObjectHead[]> {
  return wholeList(cluster.list(namespaceResource, { signal }), (item) => readHead(textOf(item), namespaceResource));
}

/** Every kind a cluster serves, or has served until its group fell silent. */
export function namesOf({ resources, failures }: Discovery): ReadonlySet<string> {
  return new Set([...resources, ...failures.flatMap(({ lastServed }) => lastServed)].map(groupResource));
}

/** A group that is silent for a moment, as while its server starts again, must not make the run incomplete. */
export async function discoverPatiently(cluster: Cluster, signal: AbortSignal): Promise<Discovery> {
  for (let probe = 1; ; probe += 1) {
    const found = await cluster.discover({ signal });
    if (found.failures.length === 0 || probe === attemptsMax) return found;
    await sleep(probeAgainMs, undefined, { signal });
  }
}
