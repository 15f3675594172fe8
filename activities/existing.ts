import pMap from 'p-map';
import { storeLines } from '../src/archive/run-objects.ts';
import { catalogue } from '../src/core/error-catalogue.ts';
import { limits } from '../src/core/limits.ts';
import { namespaceResource, objectKey } from '../src/core/resource.ts';
import type { ApiResource, ObjectRef } from '../src/core/resource.ts';
import type { Finding } from '../src/core/run/events.ts';
import { decideKind } from '../src/core/select/decide-kind.ts';
import { decideObject } from '../src/core/select/decide-object.ts';
import { readHead } from '../src/core/select/head.ts';
import type { ObjectHead } from '../src/core/select/head.ts';
import type { ScopeSpec } from '../src/core/spec/spec.ts';
import type { StoredRef } from '../src/core/stored-ref.ts';
import type { Cluster } from '../src/ports/cluster.ts';
import { listServed } from './lib/list-served.ts';
import type { Progress } from './lib/progress.ts';
import type { Session } from './lib/session.ts';
import { textOf } from './lib/text.ts';

/** Everything of the given namespaces: what an unfiltered scope would take of them. */
const wholeScope = (namespaces: readonly string[]): ScopeSpec => ({
  namespaces,
  excludeNamespaces: [],
  kinds: [],
  excludeKinds: [],
  labelSelector: '',
  clusterScoped: 'none',
});

/** Where to look for what a person has in namespaces, and how to tell it from what controllers make by themselves. */
export interface ApplicationLists {
  readonly lists: readonly { readonly resource: ApiResource; readonly namespace: string }[];
  isApplication(head: ObjectHead, text: string, resource: ApiResource): boolean;
}

/** Every kind of every namespace that an unfiltered scope would take. */
export async function applicationLists(
  session: Session,
  cluster: Cluster,
  namespaces: readonly string[],
  signal: AbortSignal
): Promise<ApplicationLists> {
  const { resources } = await cluster.discover({ signal });
  const scope = wholeScope(namespaces);
  const kinds = resources.filter(
    (resource) => resource.preferred && resource.namespaced && decideKind(resource, scope).in
  );
  const context = { resources, landfallNamespace: session.spec.landfallNamespace, excludedNamespaces: {} };
  return {
    lists: kinds.flatMap((resource) => namespaces.map((namespace) => ({ resource, namespace }))),
    isApplication: (head, text, resource) => decideObject(head, text, resource, scope, context).in,
  };
}

/**
 * Lists what a person has in namespaces of the target: what selection would take, so nothing that controllers make by
 * themselves. Namespaces that are not there give nothing.
 */
async function listApplication(
  session: Session,
  cluster: Cluster,
  namespaces: readonly string[],
  signal: AbortSignal,
  keep: (head: ObjectHead) => boolean = () => true
): Promise<ObjectRef[]> {
  if (namespaces.length === 0) return [];
  const { lists, isApplication } = await applicationLists(session, cluster, namespaces, signal);
  const found = await pMap(
    lists,
    async ({ resource, namespace }) => {
      let refs: ObjectRef[] = [];
      let restarted = 0;
      for await (const page of listServed(cluster, resource, { namespace, signal })) {
        if (page.restarted > restarted) refs = [];
        restarted = page.restarted;
        for (const item of page.items) {
          const text = textOf(item);
          const head = readHead(text, resource);
          if (keep(head) && isApplication(head, text, resource)) refs.push(head.ref);
        }
      }
      return refs;
    },
    { concurrency: limits.parallelKinds, signal }
  );
  return found.flat();
}

/** What the target's namespaces hold before the run. */
interface ExistingContent {
  readonly keys: StoredRef;
  readonly names: ReadonlySet<string>;
  readonly findings: readonly Finding[];
}

/**
 * What is in the target's namespaces before the run: kept, so that it is never taken for something extra, and judged by
 * the policy. Objects this very run has made (a plan made again) do not count.
 */
export async function findExisting(
  session: Session,
  progress: Progress,
  namespaces: readonly string[],
  planned: { has(key: string): boolean }
): Promise<ExistingContent> {
  const { present, leaving } = await lookAtNamespaces(session, namespaces, progress.signal);
  const objects = await listApplication(
    session,
    session.target,
    present,
    progress.signal,
    (head) => !head.managers.some(({ manager }) => manager === session.fieldManager)
  );
  const keys = objects.map(objectKey);
  const stored = await storeLines(session.location, `runs/${session.runId}/existing`, keys);
  const known = { keys: stored, names: new Set(keys) };
  if (session.spec.existingResourcePolicy !== 'fail') return { ...known, findings: leaving };
  const counts = new Map<string, { total: number; same: number }>();
  for (const ref of objects) {
    const count = counts.get(ref.namespace) ?? { total: 0, same: 0 };
    count.total += 1;
    if (planned.has(objectKey(ref))) count.same += 1;
    counts.set(ref.namespace, count);
  }
  const findings = [...counts].map(([namespace, { total, same }]) => ({
    code: 'TARGET_NOT_EMPTY',
    severity: 'blocker' as const,
    subject: `${session.target.name}: Namespace ${namespace}`,
    message: `it holds ${total} objects already, ${same} of them with names of the plan`,
    remedy: catalogue.TARGET_NOT_EMPTY.fix,
  }));
  return { ...known, findings: [...leaving, ...findings] };
}

/**
 * Which of the namespaces are there: the others hold nothing and are not listed. What is created in one that is being
 * deleted goes with it, or is refused until it has gone, so that is a finding.
 */
async function lookAtNamespaces(
  session: Session,
  namespaces: readonly string[],
  signal: AbortSignal
): Promise<{ readonly present: readonly string[]; readonly leaving: readonly Finding[] }> {
  const { target } = session;
  const found = await pMap(
    namespaces,
    async (namespace): Promise<{ readonly present: readonly string[]; readonly leaving: readonly Finding[] }> => {
      const live = await target.get(namespaceResource, '', namespace, { signal });
      if (live === undefined) return { present: [], leaving: [] };
      const { deletionTimestamp, finalizers } = readHead(textOf(live.bytes), namespaceResource);
      if (deletionTimestamp === '') return { present: [namespace], leaving: [] };
      const held = finalizers.length === 0 ? '' : `, held by ${finalizers.join(', ')}`;
      const finding: Finding = {
        code: 'NAMESPACE_TERMINATING',
        severity: 'blocker',
        subject: `${target.name}: Namespace ${namespace}`,
        message: `it is being deleted since ${deletionTimestamp}${held}`,
        remedy: catalogue.NAMESPACE_TERMINATING.fix,
        side: 'target',
      };
      return { present: [namespace], leaving: [finding] };
    },
    { concurrency: limits.parallelKinds, signal }
  );
  return { present: found.flatMap((one) => one.present), leaving: found.flatMap((one) => one.leaving) };
}
