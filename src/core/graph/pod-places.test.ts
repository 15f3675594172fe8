import { describe, expect, it } from 'vitest';
import { mayRunPods, podPlaces, podSpecsOf } from './pod-places.ts';

const containers = [{ name: 'web', image: 'nginx:1' }];
const template = { metadata: { labels: { app: 'web' } }, spec: { containers } };

function placesOf(group: string, kind: string, object: object): readonly string[] {
  const ref = { group, kind };
  if (!mayRunPods(JSON.stringify(object), ref)) return [];
  return podPlaces(object, ref).map(
    ({ path, isWhole, isTemplate }) => `${path.join('/')}${isTemplate ? ' template' : isWhole ? ' whole' : ''}`
  );
}

describe('places with fields of a pod spec', () => {
  it.each<[string, string, string, object, readonly string[]]>([
    ['a workload, by its kind', 'apps', 'Deployment', { spec: { template } }, ['spec/template/spec template']],
    ['a Rollout', 'argoproj.io', 'Rollout', { spec: { template } }, ['spec/template/spec template']],
    [
      'a Service of Knative, whose containers have no name',
      'serving.knative.dev',
      'Service',
      { spec: { template: { spec: { containers: [{ image: 'app' }] } } } },
      ['spec/template/spec template'],
    ],
    [
      'a ScaledJob',
      'keda.sh',
      'ScaledJob',
      { spec: { jobTargetRef: { template } } },
      ['spec/jobTargetRef/template/spec template'],
    ],
    [
      'node sets whose operator knows the image',
      'elasticsearch.k8s.elastic.co',
      'Elasticsearch',
      {
        spec: {
          nodeSets: [{ podTemplate: { spec: { containers: [{ name: 'elasticsearch', resources: { limits: {} } }] } } }],
        },
      },
      ['spec/nodeSets/0/podTemplate/spec template'],
    ],
    [
      'a virtual machine, which has no containers',
      'kubevirt.io',
      'VirtualMachine',
      { spec: { template: { spec: { domain: {}, nodeSelector: { zone: 'a' } } } } },
      ['spec/template/spec'],
    ],
    [
      'affinity of an operator’s own form',
      'postgresql.cnpg.io',
      'Cluster',
      { spec: { affinity: { topologyKey: 'topology.kubernetes.io/zone', nodeSelector: { a: 'b' } } } },
      ['spec/affinity'],
    ],
    [
      'terms without a word around them',
      'ceph.rook.io',
      'CephCluster',
      { spec: { placement: { all: { nodeAffinity: {}, tolerations: [{ key: 'x', operator: 'Exists' }] } } } },
      ['spec/placement/all'],
    ],
    ['a spec that stands alone', 'example.com', 'Task', { spec: { pod: { containers } } }, ['spec/pod whole']],
    ['a list that is named alike', 'example.com', 'Policy', { spec: { containers: ['web', 'db'] } }, []],
    ['names of containers alone', 'example.com', 'Logs', { spec: { containers: [{ name: 'web' }] } }, []],
    ['what a controller reports', 'example.com', 'Task', { status: { template } }, []],
    ['a custom resource without any', 'example.com', 'Queue', { spec: { affinity: 'none', tolerations: 3 } }, []],
    ['a built-in kind that runs nothing', '', 'ConfigMap', { data: { template: JSON.stringify(template) } }, []],
  ])('%s', (_, group, kind, object, expected) => {
    expect(placesOf(group, kind, object)).toEqual(expected);
  });

  it('is bounded where an object is deeper than any manifest', () => {
    let spec: object = template;
    for (let depth = 0; depth < 100; depth++) spec = { spec };
    expect(placesOf('example.com', 'Deep', { spec })).toEqual([]);
  });

  it('gives the specs themselves', () => {
    const text = JSON.stringify({ spec: { template } });
    expect(podSpecsOf(text, { group: 'argoproj.io', kind: 'Rollout' })).toEqual([{ containers }]);
    expect(podSpecsOf(text, { group: 'apps', kind: 'Deployment' })).toEqual([{ containers }]);
    expect(podSpecsOf(text, { group: '', kind: 'ConfigMap' })).toEqual([]);
  });
});
