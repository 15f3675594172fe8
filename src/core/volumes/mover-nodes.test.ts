import { describe, expect, it } from 'vitest';
import type { NodeObject } from '../kube-objects.ts';
import { unplaceableMovers } from './mover-nodes.ts';
import type { PlannedMover } from './mover-nodes.ts';

const allocatable = { cpu: '2', memory: '4Gi' };
const node = (more: { readonly labels?: object; readonly spec?: object; readonly ready?: string } = {}) =>
  ({
    metadata: { name: 'n', labels: { pool: 'app', ...more.labels } },
    spec: more.spec ?? {},
    status: { allocatable, conditions: [{ type: 'Ready', status: more.ready ?? 'True' }] },
  }) as NodeObject;
const mover = (more: Partial<PlannedMover> = {}): PlannedMover => ({
  ...{ claim: 'shop/data', pods: {}, topologies: [], volumeTerms: [] },
  ...more,
});
const tainted = node({ spec: { taints: [{ key: 'team', value: 'a', effect: 'NoSchedule' }] } });
const cordoned = node({
  spec: { unschedulable: true, taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }] },
});
const zone = (value: string) => [{ matchLabelExpressions: [{ key: 'zone', values: [value] }] }];
const term = (name: string) => [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [name] }] }];

describe('movers that no node takes', () => {
  it.each<[string, readonly NodeObject[], PlannedMover, RegExp | undefined]>([
    ['a plain node', [node()], mover(), undefined],
    ['no node at all', [], mover(), /no node is Ready; there are 0 nodes/],
    ['a node that is not ready', [node({ ready: 'Unknown' })], mover(), /no node is Ready; there is 1 node/],
    ['a cordoned node', [cordoned], mover(), /cordoned/],
    [
      'a cordoned node and pods that tolerate everything',
      [cordoned],
      mover({ pods: { tolerations: [{ operator: 'Exists' }] } }),
      undefined,
    ],
    ['a taint', [tainted], mover(), /taints/],
    ['a taint beside a plain node', [tainted, node()], mover(), undefined],
    [
      'a taint that is tolerated',
      [tainted],
      mover({ pods: { tolerations: [{ key: 'team', value: 'a' }] } }),
      undefined,
    ],
    ['labels that no node has', [node()], mover({ pods: { nodeSelector: { pool: 'gpu' } } }), /labels.*pool=gpu/],
    ['labels that a node has', [node()], mover({ pods: { nodeSelector: { pool: 'app' } } }), undefined],
    ['a volume of another node', [node()], mover({ volumeTerms: term('other') }), /attached/],
    ['a volume of this node', [node()], mover({ volumeTerms: term('n') }), undefined],
    [
      'a class of another zone',
      [node({ labels: { zone: 'b' } })],
      mover({ topologies: zone('a') }),
      /allowedTopologies/,
    ],
    ['a class of this zone', [node({ labels: { zone: 'a' } })], mover({ topologies: zone('a') }), undefined],
    ['requests beyond the node', [node()], mover({ pods: { resources: { requests: { cpu: '8' } } } }), /too small/],
    [
      'required affinity',
      [node()],
      mover({
        pods: { nodeAffinity: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'gpu', operator: 'Exists' }] }] } },
      }),
      /required node affinity/,
    ],
  ])('%s', (_, nodes, one, why) => {
    const findings = unplaceableMovers({ cluster: 'east', side: 'target' }, nodes, [one]);
    const blockers = findings.filter(({ code, severity }) => code === 'MOVER_UNPLACEABLE' && severity === 'blocker');
    const isSaid = blockers.some(({ message }) => why?.test(message) === true);
    expect([findings.length, isSaid]).toEqual(why === undefined ? [0, false] : [1, true]);
  });

  it('names claims of one reason together', () => {
    const movers = ['a/1', 'a/2', 'a/3', 'a/4', ''].map((claim) => mover({ claim }));
    const [finding, ...others] = unplaceableMovers({ cluster: 'west', side: 'source' }, [], movers);
    expect(finding?.subject).toBe('west: mover pods for a/1, a/2, a/3 and 2 more');
    expect(others).toEqual([]);
  });
});
