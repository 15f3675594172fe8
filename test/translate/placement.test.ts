import { describe, expect, it } from 'vitest';
import { check, deployment, profile, same, type Manifest } from './check-setting.ts';

describe('placement', () => {
  const spread = (topologyKey: string) =>
    deployment(
      { app: 'web' },
      {
        topologySpreadConstraints: [
          { topologyKey, whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { app: 'web' } } },
        ],
      }
    );
  const terms = (...keys: readonly string[]) =>
    deployment(
      { app: 'web' },
      {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: keys.map((key) => ({ matchExpressions: [{ key, operator: 'Exists' }] })),
            },
          },
        },
      }
    );
  const volume = (one: object) => deployment({ app: 'web' }, { volumes: [{ name: 'v', ...one }] });
  it.each<[string, Manifest, RegExp | undefined]>([
    [
      'a topology key of the platform',
      spread('eks.amazonaws.com/nodegroup'),
      /spread by the label eks.amazonaws.com\/nodegroup/,
    ],
    ['a topology key everybody has', spread('kubernetes.io/hostname'), undefined],
    [
      'a label of nodes of the platform',
      deployment({ app: 'web' }, { nodeSelector: { 'karpenter.sh/nodepool': 'a' } }),
      /label karpenter.sh\/nodepool/,
    ],
    ['a label of the user', deployment({ app: 'web' }, { nodeSelector: { tier: 'front' } }), undefined],
    [
      'a resource of the platform',
      deployment({ app: 'web' }, { containers: [{ resources: { limits: { 'vpc.amazonaws.com/pod-eni': '1' } } }] }),
      /request vpc.amazonaws.com\/pod-eni/,
    ],
    ['a volume of a driver of the platform', volume({ csi: { driver: 'efs.csi.aws.com' } }), /driver efs.csi.aws.com/],
    ['an old volume of the platform', volume({ awsElasticBlockStore: { volumeID: 'v' } }), /driver ebs.csi.aws.com/],
    ['a volume that is everywhere', volume({ emptyDir: {} }), undefined],
  ])('without facts of the target: %s', (_what, object, expected) => {
    const found = check([same(object)], { from: 'eks', to: 'aks' }).filter((line) => line.includes('PLACEMENT'));
    expect(found.join('\n')).toMatch(expected ?? /^$/);
  });

  it('goes by what nodes, drivers and classes of both sides give', () => {
    const nodes = (labels: readonly string[], resources: readonly string[] = []) => [{ labels, resources }];
    const classes = (name: string) => [
      { name, provisioner: 'p', parameters: {}, isDefault: false, waitsForConsumer: true },
    ];
    const facts = {
      from: 'generic',
      to: 'generic',
      source: profile('generic', {
        nodes: nodes(['tier', 'rack'], ['nvidia.com/gpu']),
        drivers: ['a', 'b'],
        storageClasses: classes('standard'),
      }),
      target: profile('generic', { nodes: nodes(['tier']), drivers: ['a'], storageClasses: classes('fast') }),
    } as const;
    const pods = (spec: object) => check([same(deployment({ app: 'web' }, spec))], facts).join('\n');
    expect(pods({ nodeSelector: { tier: 'front' } })).toBe('');
    expect(pods({ nodeSelector: { rack: '1' } })).toMatch(/label rack/);
    expect(pods({ nodeSelector: { never: 'there' } })).toBe('');
    expect(pods({ containers: [{ resources: { limits: { 'nvidia.com/gpu': '1' } } }] })).toMatch(/nvidia.com\/gpu/);
    expect(pods({ volumes: [{ csi: { driver: 'a' } }] })).toBe('');
    expect(pods({ volumes: [{ csi: { driver: 'b' } }] })).toMatch(/driver b/);
    const database = (storageClass: string): Manifest => ({
      apiVersion: 'postgresql.cnpg.io/v1',
      kind: 'Cluster',
      metadata: { name: 'pg', namespace: 'shop' },
      spec: { storage: { storageClass } },
    });
    expect(check([same(database('standard'))], facts).join('\n')).toMatch(/storage class standard/);
    expect(check([same(database('fast'))], facts)).toEqual([]);
  });

  it.each<[string, readonly string[], readonly string[], RegExp | undefined]>([
    ['one alternative less', ['a', 'b'], ['a'], /nodes of 2 alternatives, and one is left/],
    ['fewer alternatives of many', ['a', 'b', 'c'], ['a', 'b'], /nodes of 3 alternatives, and 2 are left/],
    ['all alternatives', ['a', 'b'], ['a', 'b'], undefined],
    ['none left, which any node satisfies', ['a', 'b'], [], undefined],
    ['more alternatives', ['a'], ['a', 'b'], undefined],
  ])('looks at alternatives of nodes: %s', (_what, before, after, expected) => {
    const pair = { before: terms(...before), after: terms(...after) };
    expect(check([pair], { from: 'generic', to: 'generic' }).join('\n')).toMatch(expected ?? /^$/);
  });

  // A volume in the pod needs a CSIDriver that says `Ephemeral`, so what has none on the source may only not be read there.
  const inline = 'secrets-store.csi.k8s.io';
  it.each<[string, object, readonly string[] | undefined, readonly string[] | undefined, RegExp | undefined]>([
    ['a driver of neither side', { csi: { driver: inline } }, [], [], /driver secrets-store.csi.k8s.io/],
    ['a driver where the source was not read', { csi: { driver: inline } }, undefined, [], /driver secrets-store/],
    ['a driver of the target', { csi: { driver: inline } }, [], [inline], undefined],
    ['a driver where the target was not read', { csi: { driver: inline } }, [], undefined, undefined],
    // Drivers that took over from Kubernetes itself need no such object.
    ['an old volume of neither side', { cinder: { volumeID: 'v' } }, [], [], undefined],
    ['an old volume of the source', { cinder: { volumeID: 'v' } }, ['cinder.csi.openstack.org'], [], /driver cinder/],
  ])('looks at volumes in pods: %s', (_what, one, ofSource, ofTarget, expected) => {
    const drivers = (list: readonly string[] | undefined) =>
      profile('generic', list === undefined ? {} : { drivers: list });
    const facts = { from: 'generic', to: 'generic', source: drivers(ofSource), target: drivers(ofTarget) } as const;
    expect(check([same(volume(one))], facts).join('\n')).toMatch(expected ?? /^$/);
  });

  it('finds no driver missing that moves along', () => {
    const driver: Manifest = { apiVersion: 'storage.k8s.io/v1', kind: 'CSIDriver', metadata: { name: inline } };
    const facts = { from: 'generic', to: 'generic', target: profile('generic', { drivers: [] }) } as const;
    expect(check([same(volume({ csi: { driver: inline } })), same(driver)], facts)).toEqual([]);
  });
});
