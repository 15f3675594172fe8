import { describe, expect, it } from 'vitest';
import { objectKey } from '../resource.ts';
import { createDependencyGraph } from './plan-waves.ts';
import { tiers } from './tiers.ts';
import { compareWaveNames } from './wave-order.ts';

describe('waves of several plans', () => {
  it('stand in the order in which they are made, each beside its like', () => {
    const names = ['workloads 2', 'settle', 'namespaces', 'definitions', 'custom resources 10', 'custom resources 2'];
    expect([...names, ...names].toSorted(compareWaveNames)).toEqual(
      ['definitions', 'namespaces', 'custom resources 2', 'custom resources 10', 'workloads 2', 'settle'].flatMap(
        (name) => [name, name]
      )
    );
    expect([...tiers].toReversed().toSorted(compareWaveNames)).toEqual(tiers);
  });

  it('are undone backwards: objects before their namespaces, and these before definitions', () => {
    const graph = createDependencyGraph();
    const object = (group: string, kind: string, name: string, namespace = '') =>
      graph.add(objectKey({ group, kind, namespace, name }), []);
    object('', 'Namespace', 'shop');
    object('apiextensions.k8s.io', 'CustomResourceDefinition', 'boxes.example.com');
    object('example.com', 'Box', 'a', 'shop');
    object('', 'Secret', 'a', 'shop');
    const waves = graph.waves().map(({ name }) => name);
    expect(waves.toSorted(compareWaveNames)).toEqual(waves);
    expect(waves.toReversed()).toEqual(['custom resources', 'configuration', 'namespaces', 'definitions']);
  });
});
