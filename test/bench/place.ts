import { ApiClient } from '../../lab/api-client.ts';
import type { Seed } from '../support/many-objects.ts';
import { identify } from '../../lab/identity.ts';
import { down, mintKubeconfig, up, type ClusterName, type Lab } from '../../lab/index.ts';
import { Processes } from '../../lab/processes.ts';
import { waitFor } from '../../src/host/wait.ts';
import { openBareApi, inParallel, bareConnections, type BareApi } from './bare-api.ts';
import { collectionOf, definition, objectsOf } from './fixture.ts';
import { cpuSeconds } from './host.ts';

/** Who is measured; each logs in as a user of its own, so that the API server itself counts its requests. */
export type User = 'landfall' | 'floor' | 'plain' | 'velero' | 'probe';
const users: readonly User[] = ['landfall', 'floor', 'plain', 'velero', 'probe'];
const sides: readonly ClusterName[] = ['source', 'target'];

/** A light lab of this benchmark's own. */
export interface Place {
  readonly lab: Lab;
  /** With full rights, outside of everything that is counted. */
  readonly admin: Readonly<Record<ClusterName, ApiClient>>;
  kubeconfig(user: User, side: ClusterName): string;
  /** Requests of a user that the API server let through since it started, watches included. */
  calls(user: User, side: ClusterName): Promise<number>;
  /** Processor seconds so far of a part of the lab, such as `target/etcd`. */
  cpuOf(part: string): number;
  /** Creates a namespace where there is none, and the objects `from` to `from + count` of the fixture in it. */
  plant(side: ClusterName, namespace: string, count: number, seed: number, from?: number): Promise<void>;
  end(): Promise<void>;
}

/** Brings a fresh lab up: what an earlier benchmark left in its clusters would be measured with. */
export async function openPlace(name = 'bench'): Promise<Place> {
  await down({ name });
  const lab = await up({ light: true, name, ownerPid: process.pid });
  const admin = { source: client(lab, 'source'), target: client(lab, 'target') };
  const kubeconfigs = new Map<string, string>();
  for (const side of sides) {
    await prepareCluster(admin[side]);
    for (const user of users) {
      kubeconfigs.set(`${user}/${side}`, await mintKubeconfig(lab, side, { user: `bench-${user}` }));
    }
  }
  const planters: Record<ClusterName, BareApi> = {
    source: openBareApi(lab.clusters.source.kubeconfig),
    target: openBareApi(lab.clusters.target.kubeconfig),
  };
  const processes = new Processes(identify(name));
  return {
    lab,
    admin,
    kubeconfig: (user, side) => kubeconfigs.get(`${user}/${side}`) ?? '',
    calls: (user, side) => callsOf(admin[side], user),
    cpuOf(part) {
      const record = processes.find(part);
      if (record === undefined) throw new Error(`${part} of the lab does not run`);
      return cpuSeconds(record.pid);
    },
    plant: (side, namespace, count, seed, from = 0) =>
      plant(planters[side], namespace, objectsOf(namespace, count, seed, from)),
    async end() {
      await Promise.all(sides.flatMap((side) => [admin[side].close(), planters[side].close()]));
      await down({ name });
    },
  };
}

function client(lab: Lab, side: ClusterName): ApiClient {
  return new ApiClient(lab.clusters[side].kubeconfig);
}

/**
 * The custom kind, and for each user every right and a FlowSchema of its own: the server counts requests by FlowSchema
 * and by nothing else that distinguishes users. It leads to the level `exempt`, as that of an administrator does.
 */
async function prepareCluster(admin: ApiClient): Promise<void> {
  await create(admin, definition.collection, definition.object);
  for (const user of users) {
    const subject = { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: `bench-${user}` };
    await create(admin, '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: `bench-${user}` },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [subject],
    });
    const rules = {
      subjects: [{ kind: 'User', user: { name: `bench-${user}` } }],
      resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] }],
      nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
    };
    await create(admin, '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas', {
      apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
      kind: 'FlowSchema',
      metadata: { name: `bench-${user}` },
      spec: { matchingPrecedence: 50, priorityLevelConfiguration: { name: 'exempt' }, rules: [rules] },
    });
  }
  await waitFor(() => admin.get(collectionOf('Widget', '')), { what: 'the custom kind', deadlineMs: 60_000 });
}

async function create(admin: ApiClient, collection: string, object: object): Promise<void> {
  const answer = await admin.call('POST', collection, { type: 'application/json', text: JSON.stringify(object) });
  if (answer.status >= 300 && answer.status !== 409) throw new Error(`${collection}: ${answer.status} ${answer.text}`);
}

async function callsOf(admin: ApiClient, user: User): Promise<number> {
  const { text } = await admin.call('GET', '/metrics');
  const counts = text.matchAll(
    /^apiserver_flowcontrol_dispatched_requests_total\{flow_schema="bench-(\w+)",priority_level="[^"]+"\} (\S+)$/gm
  );
  return [...counts].reduce((sum, [, name, count]) => sum + (name === user ? Number(count) : 0), 0);
}

async function plant(api: BareApi, namespace: string, seeds: Iterable<Seed>): Promise<void> {
  await api.send('POST', '/api/v1/namespaces', JSON.stringify(namespaceObject(namespace)));
  await inParallel(seeds, bareConnections, async ({ collection, object }) => {
    const { status, body } = await api.send('POST', collection, JSON.stringify(object));
    if (status >= 300) throw new Error(`planting in ${collection}: ${status} ${body.toString('utf8').slice(0, 300)}`);
  });
}

export function namespaceObject(name: string): object {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}
