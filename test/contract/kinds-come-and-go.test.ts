import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listServed } from '../../src/services/objects/list-served.ts';
import type { ApiResource } from '../../src/core/resource.ts';
import type { Cluster, ListPage } from '../../src/ports/cluster.ts';
import { startKubeRig, type KubeRig } from '../support/kube-rig.ts';
import { widgetDefinition } from '../support/many-objects.ts';

let rig: KubeRig;
const group = `gone-${randomBytes(3).toString('hex')}.example.org`;

beforeAll(async () => {
  rig = await startKubeRig('kinds', { retry: { notServedWaitMs: 500 } });
});
afterAll(() => rig.end());

async function pagesOf(cluster: Cluster, resource: ApiResource): Promise<ListPage[]> {
  const pages: ListPage[] = [];
  for await (const page of listServed(cluster, resource, {})) pages.push(page);
  return pages;
}

it('a kind whose definition is removed after discovery has named it has no objects (torture seed 27)', async () => {
  const { cluster } = rig;
  await rig.create(widgetDefinition(group).object as never);
  const definition = rig.kind('CustomResourceDefinition');
  const serves = async (): Promise<ApiResource | undefined> =>
    (await cluster.discover()).resources.find((one) => one.group === group);
  await expect.poll(serves, { timeout: 60_000 }).toBeDefined();
  const widgets = (await serves()) as ApiResource;
  expect(await pagesOf(cluster, widgets)).toHaveLength(1);
  // A version that went away is no kind that went away: its objects are still there.
  await expect(pagesOf(cluster, { ...widgets, version: 'v0' })).rejects.toMatchObject({
    code: 'KIND_NOT_SERVED',
    detail: { what: expect.stringContaining('in v0, but in v1') },
  });

  await cluster.delete({ resource: definition, namespace: '', name: `widgets.${group}` });
  await expect.poll(serves, { timeout: 60_000 }).toBeUndefined();
  expect(await pagesOf(cluster, widgets)).toEqual([]);
  // Without a new look at discovery it is an error, and stays one for a kind that discovery still names.
  await expect(Array.fromAsync(cluster.list(widgets, {}))).rejects.toMatchObject({ code: 'KIND_NOT_SERVED' });
  const stale: Cluster = {
    ...cluster,
    discover: async () => ({ resources: [{ ...widgets, preferred: true }], failures: [], shortNames: new Map() }),
  };
  await expect(pagesOf(stale, widgets)).rejects.toMatchObject({ code: 'KIND_NOT_SERVED' });
});
