import { describe, expect, test } from 'vitest';
import type { ObjectRef } from '../resource.ts';
import { createClaimUsers, type ClaimPlacement } from './claim-users.ts';
import { mergePods } from './mover-pods.ts';

const spot = { key: 'pool', operator: 'Equal', value: 'spot', effect: 'NoSchedule' };
const gpu = { key: 'gpu', operator: 'Exists' };
const brief = {
  key: 'node.kubernetes.io/unreachable',
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 300,
};
const terms = { nodeSelectorTerms: [{ matchExpressions: [{ key: 'zone', operator: 'In', values: ['a'] }] }] };

interface Workload {
  readonly kind?: string;
  readonly name?: string;
  readonly claim?: string;
  readonly templates?: readonly string[];
  readonly spec?: object;
  readonly targetSpec?: object;
}

function placementOf(claim: string, waits: boolean, ...workloads: readonly Workload[]): ClaimPlacement | undefined {
  const users = createClaimUsers();
  for (const { kind = 'Deployment', name = 'db', claim: mounted, templates = [], ...specs } of workloads) {
    const ref: ObjectRef = { group: 'apps', kind, namespace: 'shop', name };
    const volumes = mounted === undefined ? [] : [{ name: 'v', persistentVolumeClaim: { claimName: mounted } }];
    const textOf = (spec: object): string =>
      JSON.stringify({
        spec: {
          template: { spec: { volumes, ...spec } },
          volumeClaimTemplates: templates.map((template) => ({ metadata: { name: template } })),
        },
      });
    const { spec = {}, targetSpec = spec } = specs;
    const targetRef = { ...ref, namespace: 'shop-new' };
    users.add({ ref, text: textOf(spec), targetRef, targetText: textOf(targetSpec) });
  }
  return users.placementOf('shop', claim, { sourceWaits: waits, targetWaits: waits });
}

describe('where the pods of a claim run', () => {
  test.each([
    ['nobody mounts it', 'other', true, [{ claim: 'data', spec: { tolerations: [spot] } }], undefined],
    ['its pods say nothing', 'data', true, [{ claim: 'data' }], undefined],
    [
      'tolerations count whatever its class',
      'data',
      false,
      [{ claim: 'data', spec: { tolerations: [spot], nodeSelector: { pool: 'x' } } }],
      { source: { tolerations: [spot] }, target: { tolerations: [spot] } },
    ],
    [
      'a toleration that ends says how long, not where',
      'data',
      true,
      [{ claim: 'data', spec: { tolerations: [brief] } }],
      undefined,
    ],
    [
      'a selector counts where the volume waits for a pod',
      'data',
      true,
      [{ claim: 'data', spec: { nodeSelector: { pool: 'x' } }, targetSpec: { nodeSelector: { pool: 'y' } } }],
      { source: { nodeSelector: { pool: 'x' } }, target: { nodeSelector: { pool: 'y' } } },
    ],
    [
      'so does a required affinity, not a preferred one',
      'data',
      true,
      [
        {
          claim: 'data',
          spec: {
            affinity: {
              nodeAffinity: {
                requiredDuringSchedulingIgnoredDuringExecution: terms,
                preferredDuringSchedulingIgnoredDuringExecution: [],
              },
            },
          },
          targetSpec: {},
        },
      ],
      { source: { nodeAffinity: terms } },
    ],
    [
      'pods that differ can run in several places',
      'data',
      true,
      [
        { claim: 'data', spec: { tolerations: [spot], nodeSelector: { pool: 'x' } } },
        { claim: 'data', name: 'two', spec: { tolerations: [gpu, spot] } },
      ],
      { source: { tolerations: [spot, gpu] }, target: { tolerations: [spot, gpu] } },
    ],
    [
      'a claim that a StatefulSet made',
      'data-db-12',
      true,
      [{ kind: 'StatefulSet', templates: ['data'], spec: { tolerations: [gpu] } }],
      { source: { tolerations: [gpu] }, target: { tolerations: [gpu] } },
    ],
    [
      'not that of another StatefulSet',
      'data-db-x-0',
      true,
      [{ kind: 'StatefulSet', templates: ['data'], spec: { tolerations: [gpu] } }],
      undefined,
    ],
  ] as const)('%s', (_, claim, waits, workloads, expected) => {
    expect(placementOf(claim, waits, ...(workloads as readonly Workload[]))).toEqual(expected);
  });
});

test('what the file says of movers joins what the pods say, and is stronger for a label both name', () => {
  const settings = { tolerations: [spot], nodeSelector: { pool: 'movers' }, priorityClassName: 'low' };
  expect(
    mergePods(settings, { tolerations: [spot, gpu], nodeSelector: { pool: 'x', zone: 'a' }, nodeAffinity: terms })
  ).toEqual({
    tolerations: [spot, gpu],
    nodeSelector: { pool: 'movers', zone: 'a' },
    nodeAffinity: terms,
    priorityClassName: 'low',
  });
  expect(mergePods()).toEqual({});
});
