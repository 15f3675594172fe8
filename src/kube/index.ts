import type { ClusterSpec } from '../core/spec/spec.ts';
import type { Cluster, RetryNotice } from '../ports/cluster.ts';
import type { FollowRequest } from '../ports/remote.ts';
import type { Failpoints } from '../ports/failpoints.ts';
import { createApiClient, type KubeLogger } from './api-client.ts';
import { askPermission, readIdentity, readLogs } from './cluster-questions.ts';
import { openConnections, type LoadKubeconfig } from './connection.ts';
import { discover } from './discovery.ts';
import { execInPod } from './exec.ts';
import { createLimiters, type Limiters } from './limiters.ts';
import { listPages } from './list-pages.ts';
import { createObject, deleteObject, getObject, patchObject, replaceObject, runBetweenFailpoints } from './objects.ts';
import { defaultRetryPolicy, type RetryPolicy } from './retry-policy.ts';
import { waitForObject, type WatchSlots } from './wait-for.ts';
import { onSide, withSide } from './with-side.ts';

export interface ClusterOptions {
  readonly failpoints: Failpoints;
  /** Names the failpoints (`source.create`, `target.create`) and stands in every error as its side. */
  readonly role: 'source' | 'target';
  readonly onRetry?: (notice: RetryNotice) => void;
  readonly logger?: KubeLogger;
  /** Informed of every request: whether it is answered. */
  readonly followRequest?: FollowRequest;
  /** Default: reads any kubeconfig. */
  readonly loadKubeconfig?: LoadKubeconfig;
  /** Connections and requests at once; default 48. */
  readonly connections?: number;
  /** Shared by all clusters of a process; absent: this one has a limiter of its own. */
  readonly limiters?: Limiters;
  /** Differences from the default retry policy. */
  readonly retry?: Partial<RetryPolicy>;
}

/** Connections to a cluster, and requests it gets at once. */
export const connectionsDefault = 48;

/**
 * Opens a cluster. Reads the kubeconfig (throws KUBECONFIG_INVALID) but sends nothing yet: the first call does. One
 * pool, one limiter and one retry policy serve all calls, so callers may start as many at once as they like.
 */
export async function createCluster(spec: ClusterSpec, options: ClusterOptions): Promise<Cluster> {
  const connectionsMax = options.connections ?? connectionsDefault;
  const connections = await openConnections(spec, connectionsMax, options.loadKubeconfig).catch((error: unknown) => {
    throw onSide(error, options.role);
  });
  const client = createApiClient({
    clusterName: spec.name,
    connections,
    limiter: (options.limiters ?? createLimiters(connectionsMax)).of(connections.server, spec.maxRequestsPerSecond),
    policy: { ...defaultRetryPolicy, ...options.retry },
    onRetry: options.onRetry,
    logger: options.logger,
    followRequest: options.followRequest,
    sending: options.failpoints.sending?.bind(options.failpoints),
  });
  const store = { client, failpoints: options.failpoints, role: options.role };
  const slots: WatchSlots = { free: Math.floor(connectionsMax / 3) };
  const cluster: Cluster = {
    name: spec.name,
    identity: (call) => readIdentity(client, call),
    discover: (call) => discover(client, call),
    list: (resource, list) => listPages(client, resource, list),
    get: (address, call) => getObject(client, address, call),
    create: (object, write) => createObject(store, object, write),
    replace: (replacement, write) => replaceObject(store, replacement, write),
    patch: (change, write) => patchObject(store, change, write),
    delete: (address, call) => deleteObject(store, address, call),
    waitFor: (wait) => waitForObject({ client, slots }, wait),
    exec: (exec) =>
      runBetweenFailpoints(store, { verb: 'exec', subject: `Pod ${exec.namespace}/${exec.pod}` }, () =>
        execInPod(client, exec)
      ),
    logs: (log) => readLogs(client, log),
    can: (permission, call) => askPermission(client, permission, call),
    close: () => connections.close(),
  };
  return withSide(cluster, options.role);
}
