import { expect, it } from 'vitest';
import { storeJson } from '../src/archive/run-objects.ts';
import { createMemoryLocation } from '../test/support/memory-location.ts';
import type { ApiResource } from '../src/core/resource.ts';
import type { ListOptions, ListPage } from '../src/ports/cluster.ts';
import { findRemains, sweepVolumes } from './cleanup.ts';
import { createPlannedClaims } from '../src/services/volumes/planned-claims.ts';
import type { ApplyGroup } from '../src/core/planning/contract.ts';

const applyGroup = (name: string, objects: number): ApplyGroup => ({
  ...{ name, objects, batches: [], claims: false, settle: name === 'settle' },
});

it('what several attempts to plan have stored is one order, so that undoing it backwards ends with definitions', async () => {
  const location = createMemoryLocation('store');
  const names = ['definitions', 'namespaces', 'custom resources', 'workloads', 'workloads 2', 'settle'];
  for (const objects of [1, 2, 3]) {
    const moves = [0, objects % 2].map((at) => ({
      namespace: 'shop',
      name: `data-${at}`,
      targetNamespace: 'shop-new',
    }));
    const plan = { applyGroups: names.map((name) => applyGroup(name, objects)), moves };
    await storeJson({ location, path: 'runs/shop-1/plan' }, plan);
  }
  const progress = { signal: new AbortController().signal };
  const { applyGroups, claims, places } = await findRemains({ location, runId: 'shop-1' } as never, progress as never);
  const expected = ['definitions', 'namespaces', 'custom resources', 'workloads', 'workloads 2'];
  expect(applyGroups.map(({ name }) => name)).toEqual(expected.flatMap((name) => [name, name, name]));
  expect(claims.map(({ name }) => name).sort()).toEqual(['data-0', 'data-1']);
  const stored = createPlannedClaims();
  const found = await Promise.all(places.map((range) => stored.range(location, range)));
  expect(found.flat()).toEqual(claims);
});

/** A cluster that holds nothing but its namespaces, with the namespaces in which it was looked for anything. */
function searchedNamespaces(namespaces: readonly string[]) {
  const searched = new Set<string>();
  const kinds = ['jobs.batch', 'pods', 'secrets', 'persistentvolumeclaims', 'persistentvolumes'];
  const resources = kinds.map((name) => ({ group: name.split('.')[1] ?? '', plural: name.split('.')[0] }));
  const cluster = {
    name: 'any',
    discover: async () => ({ resources, failures: [] }),
    async *list({ plural }: ApiResource, { namespace = '' }: ListOptions): AsyncGenerator<ListPage> {
      if (/snapshot/.test(plural)) throw new Error('this cluster serves no snapshots');
      const names = plural === 'namespaces' ? namespaces : [];
      if (namespace !== '') searched.add(namespace);
      const items = names.map((name) => Buffer.from(JSON.stringify({ metadata: { name } })));
      yield { items, resourceVersion: '1', restarted: 0, remaining: undefined };
    },
  };
  return { cluster, searched };
}

it('what carries the label of the run is looked for in every namespace that a pattern of the scope means', async () => {
  const source = searchedNamespaces(['shop-a', 'shop-b', 'shop-test', 'other', 'landfall-system']);
  const target = searchedNamespaces(['shop-b', 'store-a', 'other', 'landfall-system']);
  const scope = { namespaces: ['shop-*', 'tools'], excludeNamespaces: ['shop-test'], kinds: [], excludeKinds: [] };
  const spec = {
    ...{ scope: { ...scope, labelSelector: '', clusterScoped: 'dependencies' }, landfallNamespace: 'landfall-system' },
    namespaceMapping: { 'shop-a': 'store-a' },
  };
  const session = { runId: 'shop-1', spec, source: source.cluster, target: target.cluster };
  const progress = { signal: new AbortController().signal, update: () => undefined };
  await sweepVolumes(session as never, progress as never);
  expect([...source.searched].sort()).toEqual(['landfall-system', 'shop-a', 'shop-b', 'tools']);
  expect([...target.searched].sort()).toEqual(['landfall-system', 'shop-b', 'store-a', 'tools']);
});
