import { waitFor } from '../../../src/host/wait.ts';
import type { ApiClient } from '../../../lab/api-client.ts';
import { post } from '../fixture.ts';
import { readLane, type Lane } from '../lane.ts';
import { textsOf } from '../oracle/read-cluster.ts';
import type { Objects } from './judge-history.ts';

const merge = 'application/merge-patch+json';
const configMaps = 6;

/** A small application on the source, in a namespace of this history alone: what changes it disturbs no other trial. */
export async function plantApplication({ source }: Lane, namespace: string): Promise<void> {
  await removeNamespace(source, namespace);
  await post(source, '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const root = `/api/v1/namespaces/${namespace}`;
  for (let at = 0; at < configMaps; at += 1) {
    await post(source, `${root}/configmaps`, configMap(`config-${at}`, { at: `${at}` }));
  }
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'login' }, stringData: { password: 'first' } };
  await post(source, `${root}/secrets`, secret);
  const spec = { ports: [{ port: 80 }], selector: { app: 'web' } };
  await post(source, `${root}/services`, { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec });
}

/** Something new, something changed, something gone: no two backups hold the same. */
export async function changeApplication({ source }: Lane, namespace: string, number: number): Promise<void> {
  if (number === 0) return;
  const root = `/api/v1/namespaces/${namespace}`;
  await post(source, `${root}/configmaps`, configMap(`new-${number}`, { number: `${number}` }));
  const text = JSON.stringify({ stringData: { password: `changed ${number}` } });
  await source.call('PATCH', `${root}/secrets/login`, { type: merge, text });
  await source.call('DELETE', `${root}/configmaps/new-${number - 1}`);
}

/** What a namespace holds, with one word for its name, so that source, point and target compare. */
export async function seeNamespace(lane: Lane, side: 'source' | 'target', namespace: string): Promise<Objects> {
  return ofNamespace(textsOf(await readLane(lane, side), []), namespace);
}

/** Of these, what is in the namespace. */
export function ofNamespace(objects: Objects, namespace: string): Objects {
  const rename = (text: string): string => text.replaceAll(namespace, '(shop)');
  return new Map(
    [...objects].flatMap(([id, text]) => (id.includes(` ${namespace}/`) ? [[rename(id), rename(text)] as const] : []))
  );
}

export async function removeNamespace(client: ApiClient, namespace: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}`;
  await client.call('DELETE', path);
  await waitFor(async () => ((await client.get(path)) === undefined ? true : undefined), {
    ...{ what: `${namespace} to be gone`, deadlineMs: 120_000, intervalMs: 250 },
  });
}

function configMap(name: string, data: Readonly<Record<string, string>>): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
}
