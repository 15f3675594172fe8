import pMap from 'p-map';
import { waitFor } from '../../src/host/wait.ts';
import {
  clusterSeeds,
  namespacedSeeds,
  seedText,
  widgetDefinition,
  type Scale,
  type Seed,
} from '../support/many-objects.ts';
import type { ApiClient } from '../../lab/api-client.ts';
import type { Lane } from './lane.ts';

/** About fifty objects of twenty kinds; with pages of seven objects several pages of the common ones. */
export function scaleOf(lane: Pick<Lane, 'name' | 'index'>): Scale {
  return {
    ...{ namespace: lane.name, group: `${lane.name}.example.org` },
    ...{ configMaps: 16, secrets: 8, widgets: 5, others: 1 },
    // From the band that servers do not allocate from by themselves (30,000 to 30,085).
    nodePort: 30_000 + lane.index,
  };
}

/** Puts the application of a lane on its source cluster, once: no trial changes it. */
export async function plantSource(lane: Lane): Promise<void> {
  const { source, name } = lane;
  const scale = scaleOf(lane);
  await removeLane(lane);
  const policy = { 'pod-security.kubernetes.io/enforce': 'restricted', team: 'shop' };
  await post(source, '/api/v1/namespaces', {
    ...{ apiVersion: 'v1', kind: 'Namespace' },
    metadata: { name, labels: policy },
  });
  await plant(source, [widgetDefinition(scale.group), ...clusterSeeds(scale)]);
  await waitFor(() => source.get(`/apis/${scale.group}/v1/namespaces/${name}/widgets`), {
    ...{ what: 'the new kind to be served', deadlineMs: 60_000 },
  });
  await plant(source, namespacedSeeds(scale));
  const widget = await source.get<{ metadata: { uid: string } }>(
    `/apis/${scale.group}/v1/namespaces/${name}/widgets/widget-0`
  );
  const owner = { apiVersion: `${scale.group}/v1`, kind: 'Widget', name: 'widget-0', uid: widget?.metadata.uid };
  await post(source, `/api/v1/namespaces/${name}/configmaps`, {
    ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'owned', ownerReferences: [owner] } },
  });
}

/** What the target holds already in the fixture `existing`: two names of the application, one of its own. */
export async function plantExisting(lane: Lane, namespace: string): Promise<void> {
  const of = (kind: string, name: string, more: object): object => ({
    ...{ apiVersion: 'v1', kind, metadata: { name, annotations: { 'example.test/owner': 'somebody' } } },
    ...more,
  });
  const { target } = lane;
  await post(target, '/api/v1/namespaces', of('Namespace', namespace, {}));
  const root = `/api/v1/namespaces/${namespace}`;
  await post(target, `${root}/configmaps`, of('ConfigMap', 'config-1', { data: { color: 'red' } }));
  await post(target, `${root}/configmaps`, of('ConfigMap', 'unrelated', { data: { kept: 'yes' } }));
  await post(target, `${root}/secrets`, of('Secret', 'secret-1', { stringData: { password: 'another' } }));
}

/** Removes everything of a lane from the target: what a trial has moved, or what an earlier session has left. */
export async function removeTarget(lane: Lane): Promise<void> {
  await removeSide(lane.target, lane, [(namespace) => namespace.startsWith(`${lane.name}-`)]);
}

/** Removes everything of a lane from both clusters. */
export async function removeLane(lane: Lane): Promise<void> {
  await Promise.all([removeTarget(lane), removeSide(lane.source, lane, [(namespace) => namespace === lane.name])]);
}

async function removeSide(
  client: ApiClient,
  lane: Lane,
  [isOwn]: readonly [(namespace: string) => boolean]
): Promise<void> {
  const scale = scaleOf(lane);
  const { items = [] } = (await client.get<{ items: { metadata: { name: string } }[] }>('/api/v1/namespaces')) ?? {};
  const namespaces = items.map(({ metadata }) => metadata.name).filter(isOwn);
  const shared = [widgetDefinition(scale.group), ...clusterSeeds(scale)].map(({ collection, object }) => {
    const { name } = (object as { metadata: { name: string } }).metadata;
    return `${collection}/${encodeURIComponent(name)}`;
  });
  const paths = [...shared, ...namespaces.map((namespace) => `/api/v1/namespaces/${namespace}`)];
  for (const namespace of namespaces) {
    // Node ports are free again only with their services.
    await client.call('DELETE', `/api/v1/namespaces/${namespace}/services`);
  }
  await Promise.all(paths.map((path) => client.call('DELETE', path)));
  for (const path of paths) {
    await waitFor(async () => ((await client.get(path)) === undefined ? true : undefined), {
      ...{ what: `${path} to be gone`, deadlineMs: 120_000, intervalMs: 250 },
    });
  }
}

/**
 * False while the target has given a lane's node port to nobody: an API server that is killed in the midst of creating a
 * Service keeps its port, and notices only after three of its repairs, ten minutes later. (A dry run does not ask.)
 */
export async function isPortFree(lane: Lane): Promise<boolean> {
  const { nodePort } = scaleOf(lane);
  const metadata = { name: `port-of-${lane.name}`, namespace: 'default' };
  const collection = '/api/v1/namespaces/default/services';
  const object = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: { type: 'NodePort', ports: [{ port: 80, nodePort }] },
  };
  const answer = await lane.target.call('POST', collection, { type: 'application/json', text: seedText(object) });
  if (answer.status === 422 && answer.text.includes('already allocated')) return false;
  if (answer.status >= 300) throw new Error(`${collection} answered ${answer.status}: ${answer.text.slice(0, 500)}`);
  await lane.target.call('DELETE', `${collection}/${metadata.name}`);
  return true;
}

async function plant(client: ApiClient, seeds: readonly Seed[]): Promise<void> {
  await pMap(seeds, ({ collection, object }) => post(client, collection, object), { concurrency: 8 });
}

/** Creates an object; every refusal is an error. */
export async function post(client: ApiClient, collection: string, object: object): Promise<void> {
  const answer = await client.call('POST', collection, { type: 'application/json', text: seedText(object) });
  if (answer.status >= 300) throw new Error(`${collection} answered ${answer.status}: ${answer.text.slice(0, 500)}`);
}
