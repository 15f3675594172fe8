import pMap from 'p-map';
import { injectedVariable } from '../../assess/checks/identities.ts';
import type { ClusterFacts } from '../../assess/facts.ts';
import type { Kube } from '../../core/kube-objects.ts';
import { isLandfallError } from '../../core/errors.ts';
import { limits } from '../../core/limits.ts';
import type { ApiResource } from '../../core/resource.ts';
import type { Cluster, ServedResource } from '../../ports/cluster.ts';
import { wholeList } from '../../ports/whole-list.ts';
import { textOf } from '../objects/text.ts';
import { assessedKinds, factKinds } from '../../core/findings/fact-kinds.ts';
import type { FactKind } from '../../core/findings/fact-kinds.ts';

/** Objects of one kind that are read as facts; a cluster with more of one is judged without that kind, and it is said. */
const objectsMax = 50_000;

export interface FactsRequest {
  readonly side: 'source' | 'target';
  readonly gitVersion: string;
  /** Where namespaced kinds are listed when the whole cluster may not be. */
  readonly namespaces: readonly string[];
  /** Absent: everything that checks of an assessment look at. */
  readonly kinds?: readonly FactKind[];
  readonly signal: AbortSignal;
}

/**
 * Lists what checks judge a cluster by. A kind that is not served is an empty list; one this user may not list is
 * named in `unread` and the checks that need it are not made. Reads only.
 */
export async function readClusterFacts(cluster: Cluster, request: FactsRequest): Promise<ClusterFacts> {
  const { side, gitVersion, signal, kinds = assessedKinds[side] } = request;
  const { resources } = await cluster.discover({ signal });
  const lists: Partial<Record<FactKind, readonly Kube[]>> = {};
  const unread: Partial<Record<FactKind, string>> = {};
  await pMap(
    kinds,
    async (kind) => {
      const resource = resources.find((one) => one.preferred && one.plural === kind && one.group === factKinds[kind]);
      const read = resource === undefined ? [] : await readList(cluster, resource, request);
      if (typeof read === 'string') unread[kind] = read;
      else lists[kind] = read;
    },
    { concurrency: limits.parallelKinds, signal }
  );
  const autoscales = side === 'target' && kinds.includes('nodes') && (await autoscalerReports(cluster, signal));
  const autoscaler = autoscales ? ({ autoscalerReports: true } as const) : {};
  return { name: cluster.name, gitVersion, resources, lists, unread, ...autoscaler };
}

const configMaps: ApiResource = {
  ...{ group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true },
  ...{ verbs: ['get'], subresources: [] },
};

/** Where the Cluster Autoscaler writes its state, also one that a platform runs out of sight (cluster-autoscaler FAQ). */
async function autoscalerReports(cluster: Cluster, signal: AbortSignal): Promise<boolean> {
  try {
    const found = await cluster.get(
      { resource: configMaps, namespace: 'kube-system', name: 'cluster-autoscaler-status' },
      { signal }
    );
    return found !== undefined;
  } catch (error) {
    if (isLandfallError(error, 'CLUSTER_FORBIDDEN')) return false;
    throw error;
  }
}

/** The list, or in words why there is none. */
async function readList(
  cluster: Cluster,
  resource: ServedResource,
  { namespaces, signal }: FactsRequest
): Promise<readonly Kube[] | string> {
  try {
    const all = await listKind(cluster, resource, { namespace: '', signal });
    return all.length > objectsMax ? `there are more than ${objectsMax}` : all;
  } catch (error) {
    if (!isLandfallError(error, 'CLUSTER_FORBIDDEN')) throw error;
    if (!resource.namespaced || !perNamespace.has(resource.plural)) return 'this user is not allowed to list them';
  }
  try {
    const lists = await Promise.all(namespaces.map((one) => listKind(cluster, resource, { namespace: one, signal })));
    return lists.flat();
  } catch (error) {
    if (!isLandfallError(error, 'CLUSTER_FORBIDDEN')) throw error;
    return 'this user is not allowed to list them, neither cluster-wide nor in the namespaces';
  }
}

/** Kinds of which those in the namespaces of the scope are enough. */
const perNamespace: ReadonlySet<string> = new Set(['resourcequotas', 'limitranges', 'issuers']);

async function listKind(
  cluster: Cluster,
  resource: ServedResource,
  { namespace, signal }: { readonly namespace: string; readonly signal: AbortSignal }
): Promise<Kube[]> {
  const pages = cluster.list(resource, { namespace, signal, limit: limits.pageObjects });
  // One more than is kept shows that there are more.
  return wholeList(pages, (item) => trimmed(resource.plural, textOf(item)), objectsMax + 1);
}

/** Drops what no check looks at and what is large: managed fields, schemas, contents of pods. */
function trimmed(plural: string, text: string): Kube {
  const object = JSON.parse(text) as Kube & Record<string, unknown>;
  const { managedFields: _, ...metadata } = object.metadata as Kube['metadata'] & { managedFields?: unknown };
  if (plural === 'customresourcedefinitions') return { ...object, metadata, ...withoutSchemas(object) };
  if (plural === 'pods') return { metadata, ...podOnly(object) };
  return { ...object, metadata };
}

function withoutSchemas(object: Kube & Record<string, unknown>): object {
  const spec = object['spec'] as { versions?: readonly Record<string, unknown>[] };
  const versions = (spec.versions ?? []).map(({ schema: _, ...version }) => version);
  return { spec: { ...spec, versions } };
}

function podOnly(object: Kube & Record<string, unknown>): object {
  const spec = (object['spec'] ?? {}) as Record<string, unknown>;
  const { containers, initContainers, nodeName, overhead, serviceAccountName } = spec;
  const { phase, podIP } = (object['status'] ?? {}) as Record<string, unknown>;
  const small = (list: unknown) =>
    ((list ?? []) as Record<string, unknown>[]).map(({ name, resources, restartPolicy, env }) => ({
      name,
      resources,
      restartPolicy,
      // Of variables only the name that shows an identity; values are no fact.
      ...(isVariable(env, injectedVariable) ? { env: [{ name: injectedVariable }] } : {}),
    }));
  return {
    spec: {
      containers: small(containers),
      initContainers: small(initContainers),
      nodeName,
      overhead,
      serviceAccountName,
    },
    status: { phase, podIP },
  };
}

function isVariable(env: unknown, name: string): boolean {
  return Array.isArray(env) && env.some((one: { readonly name?: string }) => one.name === name);
}
