import { describe, expect, it } from 'vitest';
import { objectKey } from '../resource.ts';
import { createDependencyGraph } from './apply-groups.ts';
import { tiers } from './tiers.ts';
import { compareApplyGroupNames } from './apply-group-order.ts';

describe('apply groups of several plans', () => {
  it('stand in the order in which they are made, each beside its like', () => {
    const names = ['workloads 2', 'settle', 'namespaces', 'definitions', 'custom resources 10', 'custom resources 2'];
    expect([...names, ...names].toSorted(compareApplyGroupNames)).toEqual(
      ['definitions', 'namespaces', 'custom resources 2', 'custom resources 10', 'workloads 2', 'settle'].flatMap(
        (name) => [name, name]
      )
    );
    expect([...tiers].toReversed().toSorted(compareApplyGroupNames)).toEqual(tiers);
  });

  it('are undone backwards: objects before their namespaces, and these before definitions', () => {
    const graph = createDependencyGraph();
    const object = (group: string, kind: string, name: string, namespace = '') =>
      graph.add(objectKey({ group, kind, namespace, name }), []);
    object('', 'Namespace', 'shop');
    object('apiextensions.k8s.io', 'CustomResourceDefinition', 'boxes.example.com');
    object('example.com', 'Box', 'a', 'shop');
    object('', 'Secret', 'a', 'shop');
    const applyGroups = graph.applyGroups().map(({ name }) => name);
    expect(applyGroups.toSorted(compareApplyGroupNames)).toEqual(applyGroups);
    expect(applyGroups.toReversed()).toEqual(['custom resources', 'configuration', 'namespaces', 'definitions']);
  });
});
