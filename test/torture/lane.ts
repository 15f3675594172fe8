import type { ApiClient } from '../../lab/api-client.ts';
import type { ClusterName, Lab } from '../../lab/index.ts';
import type { TestWorker } from '../support/e2e/worker.ts';
import type { FaultProxy } from './fault-proxy.ts';
import { readCluster, type ClusterPicture } from './oracle/read-cluster.ts';
import type { TemporalServer } from './temporal-server.ts';

/**
 * Where trials run one after the other without meeting those of other lanes: an application of its own on the source,
 * names of its own on the target, a user of its own on both, a Temporal server, and a proxy before each cluster and the
 * store.
 */
export interface Lane {
  readonly lab: Lab;
  readonly index: number;
  /** The application's namespace on the source, and the prefix of every name of this lane. */
  readonly name: string;
  readonly directory: string;
  /** Full rights, past the proxies: for the fixture, the faults and the oracle. */
  readonly source: ApiClient;
  readonly target: ApiClient;
  /** Whom the API servers see when the migration calls. */
  readonly user: string;
  /** What the migration is given: they lead through the proxies. */
  readonly kubeconfigs: Readonly<Record<ClusterName, string>>;
  readonly proxies: Readonly<Record<ClusterName | 'store', FaultProxy>>;
  /** Of this lane alone: a development server is one SQLite database, and several lanes wait for its lock. */
  readonly temporal: TemporalServer;
  /** A worker that the last trial has left in good health. */
  idle?: TestWorker | undefined;
  /** A recovery point of its application, and the folder of the store that holds it and nothing else. */
  point?: { readonly id: string; readonly folder: string };
  /** The source as it was when the lane was opened; no trial may change it. */
  before?: ClusterPicture;
  close(): Promise<void>;
}

/** What is on a cluster and belongs to a lane, or carries one of the marks. */
export function readLane(lane: Lane, side: ClusterName, marks: readonly string[] = []): Promise<ClusterPicture> {
  return readCluster(lane[side], lane.name, marks);
}
