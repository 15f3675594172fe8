import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareInDetail, compareObjects, contentHash } from './compare.ts';
import { normalisation } from './normalisation.ts';

const statefulSet = { ref: { group: 'apps', kind: 'StatefulSet' } };
const deployment = { ref: { group: 'apps', kind: 'Deployment' } };
const configMap = { ref: { group: '', kind: 'ConfigMap' } };
const secret = { ref: { group: '', kind: 'Secret' } };
const custom = { ref: { group: 'x.io', kind: 'X' } };

function paths(desired: object, actual: object, context: Parameters<typeof compareObjects>[2]): readonly string[] {
  return compareObjects(JSON.stringify(desired), JSON.stringify(actual), context).map((difference) => difference.path);
}

describe('compareObjects', () => {
  it.each<[string, object, object, Parameters<typeof compareObjects>[2], readonly string[]]>([
    ['equal objects', { data: { a: '1' } }, { data: { a: '1' } }, configMap, []],
    ['a changed value', { data: { a: '1' } }, { data: { a: '2' } }, configMap, ['/data/a']],
    ['a missing value', { data: { a: '1', b: '2' } }, { data: { a: '1' } }, configMap, ['/data/b']],
    ['an added entry', { data: { a: '1' } }, { data: { a: '1', b: '2' } }, configMap, ['/data/b']],
    [
      'an added label',
      { metadata: { labels: { a: '1' } } },
      { metadata: { labels: { a: '1', b: '' } } },
      configMap,
      ['/metadata/labels/b'],
    ],
    ['content where none was desired', {}, { data: { a: '1' } }, configMap, ['/data']],
    [
      'server fields',
      { metadata: { name: 'x' } },
      { metadata: { name: 'x', uid: 'u', generation: 2 }, status: {} },
      deployment,
      [],
    ],
    [
      'a default of the target',
      { spec: { replicas: 1 } },
      { spec: { replicas: 1, minReadySeconds: 0 } },
      deployment,
      [],
    ],
    [
      'a changed default',
      { spec: { minReadySeconds: 0 } },
      { spec: { minReadySeconds: 5 } },
      deployment,
      ['/spec/minReadySeconds'],
    ],
    [
      'an injected container',
      { spec: { c: [{ name: 'a' }] } },
      { spec: { c: [{ name: 'a' }, { name: 'b' }] } },
      deployment,
      ['/spec/c/1'],
    ],
    [
      'a default an older server does not keep',
      { spec: { updateStrategy: { rollingUpdate: { partition: 0, maxUnavailable: 1 } } } },
      { spec: { updateStrategy: { rollingUpdate: { partition: 0 } } } },
      statefulSet,
      [],
    ],
    [
      'what somebody chose and an older server does not keep',
      { spec: { updateStrategy: { rollingUpdate: { partition: 0, maxUnavailable: 2 } } } },
      { spec: { updateStrategy: { rollingUpdate: { partition: 0 } } } },
      statefulSet,
      ['/spec/updateStrategy/rollingUpdate/maxUnavailable'],
    ],
    [
      'such a default of several fields',
      { spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' } } },
      { spec: {} },
      statefulSet,
      [],
    ],
    ['null and absent', { spec: { a: null, b: [] } }, { spec: {} }, deployment, []],
    ['an empty map of metadata', { metadata: { labels: {} } }, { metadata: {} }, configMap, []],
    ['an emptyDir', { spec: { v: { emptyDir: {} } } }, { spec: { v: {} } }, deployment, ['/spec/v/emptyDir']],
    ['quantities', { spec: { limits: { memory: '1024Mi' } } }, { spec: { limits: { memory: '1Gi' } } }, deployment, []],
    ['no quantities in data', { data: { a: '1024Mi' } }, { data: { a: '1Gi' } }, configMap, ['/data/a']],
    [
      'no quantities in env',
      { spec: { env: [{ value: '1024Mi' }] } },
      { spec: { env: [{ value: '1Gi' }] } },
      deployment,
      ['/spec/env/0/value'],
    ],
    [
      'no quantities of custom kinds',
      { spec: { limits: { m: '1024Mi' } } },
      { spec: { limits: { m: '1Gi' } } },
      custom,
      ['/spec/limits/m'],
    ],
    [
      'a lost finalizer',
      { metadata: { finalizers: ['a'] } },
      { metadata: { finalizers: ['b'] } },
      custom,
      ['/metadata/finalizers/0'],
    ],
    ['an added finalizer', { metadata: { finalizers: ['a'] } }, { metadata: { finalizers: ['b', 'a'] } }, custom, []],
    ['a deletion', { metadata: {} }, { metadata: { deletionTimestamp: 't' } }, custom, ['/metadata/deletionTimestamp']],
    [
      'an aggregated role',
      { aggregationRule: {}, rules: [] },
      { aggregationRule: {}, rules: [{ verbs: ['get'] }] },
      { ref: { group: 'rbac.authorization.k8s.io', kind: 'ClusterRole' } },
      [],
    ],
    [
      'an allocated address and port',
      { spec: { ports: [{ port: 80 }] } },
      { spec: { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'], ports: [{ port: 80, nodePort: 30000 }] } },
      { ref: { group: '', kind: 'Service' } },
      [],
    ],
    [
      'a chosen port that became another',
      { spec: { ports: [{ nodePort: 30001 }] } },
      { spec: { ports: [{ nodePort: 30000 }] } },
      { ref: { group: '', kind: 'Service' } },
      ['/spec/ports/0/nodePort'],
    ],
    [
      'a token volume of admission',
      { spec: { containers: [{ name: 'c' }] } },
      {
        spec: {
          nodeName: 'n',
          volumes: [{ name: 'kube-api-access-abcde' }],
          containers: [{ name: 'c', volumeMounts: [{ name: 'kube-api-access-abcde' }] }],
        },
      },
      { ref: { group: '', kind: 'Pod' } },
      [],
    ],
    [
      'a slice that reads null',
      { endpoints: [] },
      { endpoints: null },
      { ref: { group: 'discovery.k8s.io', kind: 'EndpointSlice' } },
      [],
    ],
  ])('%s', (_name, desired, actual, context, expected) => expect(paths(desired, actual, context)).toEqual(expected));

  it('compares numbers by exact value', () => {
    expect(compareObjects('{"a":1.0,"b":-0.0,"c":1e3}', '{"a":1,"b":0,"c":1000}', custom)).toEqual([]);
    expect(compareObjects('{"a":9007199254740993}', '{"a":9007199254740992}', custom)).toEqual([
      { path: '/a', desired: '9007199254740993', actual: '9007199254740992' },
    ]);
  });
  it('tolerates the replicas of an autoscaled workload only', () => {
    const [desired, actual] = ['{"spec":{"replicas":1}}', '{"spec":{"replicas":4}}'];
    expect(compareObjects(desired, actual, deployment)).toHaveLength(1);
    expect(compareInDetail(desired, actual, { ...deployment, autoscaled: true })).toEqual({
      differences: [],
      tolerated: [{ rule: 'autoscaled', path: '/spec/replicas', desired: '1', actual: '4' }],
    });
  });
  it('never shows what is secret', () => {
    const desired = { type: 'Opaque', data: { p: 'aHVudGVyMg==' }, metadata: { annotations: { a: 'hunter2' } } };
    const actual = { type: 'x', data: { p: 'b3RoZXI=', q: 'hunter2' }, metadata: { annotations: { a: 'other' } } };
    const reported = JSON.stringify(compareObjects(JSON.stringify(desired), JSON.stringify(actual), secret));
    expect(reported).not.toMatch(/aHVudGVyMg|hunter2|b3RoZXI|other/);
    expect(reported).toContain('Opaque');
    const env = (value: string): string => JSON.stringify({ spec: { env: [{ name: 'P', value }] } });
    expect(compareObjects(env('hunter2'), env('b'), deployment)).toEqual([
      { path: '/spec/env/0/value', desired: '(set)', actual: '(set)' },
    ]);
  });
  it('shortens and bounds what it reports', () => {
    const many = (value: string): string =>
      JSON.stringify({ data: Object.fromEntries(Array.from({ length: 99 }, (_, i) => [`k${i}`, value])) });
    const reported = compareObjects(many('a'.repeat(1_000)), many('b'), configMap);
    expect(reported).toHaveLength(50);
    expect(reported[0]?.desired.length).toBeLessThan(210);
  });
  it('finds nothing between a value and itself', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify({ spec: value });
        expect(compareObjects(text, text, custom)).toEqual([]);
      })
    );
  });
});

describe('contentHash', () => {
  it('is one text for what was read twice', () => {
    const a =
      '{"metadata":{"name":"x","uid":"1","resourceVersion":"2"},"spec":{"b":1.0,"a":"\\u003c"},"status":{"x":1}}';
    const b = '{"spec":{"a":"<","b":1,"c":null,"d":[]},"metadata":{"uid":"9","name":"x"}}';
    expect(contentHash(a, deployment.ref)).toBe(contentHash(b, deployment.ref));
    expect(contentHash(a, deployment.ref)).not.toBe(contentHash(a.replace('1.0', '2'), deployment.ref));
  });
});

describe('the table', () => {
  it('gives a reason for each row, and names each once', () => {
    const rows = normalisation.map((row) => `${row.kind} ${row.path}`);
    expect(new Set(rows).size).toBe(rows.length);
    for (const row of normalisation) expect(row.why).not.toBe('');
  });
});

describe('values in differences', () => {
  const secretText = 'Hunter2-planted';
  const isShown = (desired: object, actual: object, kind: string, group = ''): string =>
    JSON.stringify(compareObjects(JSON.stringify(desired), JSON.stringify(actual), { ref: { group, kind } }));

  const container = { name: 'a', image: 'x:1', env: [{ name: 'P', value: secretText }], args: [`-p${secretText}`] };
  it.each<[string, object, object, string, string?]>([
    ['a container that is missing', { spec: { containers: [container] } }, { spec: { containers: [] } }, 'Pod'],
    ['a whole spec', { spec: { containers: [container] } }, {}, 'Pod'],
    ['a list of variables', { spec: { containers: [container] } }, { spec: { containers: [{ name: 'a' }] } }, 'Pod'],
    ['arguments', { spec: { command: ['a', secretText] } }, { spec: { command: ['a'] } }, 'Pod'],
    ['a header of a probe', { spec: { httpHeaders: [{ value: secretText }] } }, { spec: {} }, 'Pod'],
    ['data', { data: { a: secretText } }, { data: { a: 'b' } }, 'ConfigMap'],
    ['a Secret as a whole', { data: { a: secretText } }, {}, 'Secret'],
    [
      "kubectl's copy",
      { metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': secretText } } },
      { metadata: { annotations: { b: 'c' } } },
      'Service',
    ],
    ['all annotations', { metadata: { annotations: { a: secretText } } }, { metadata: {} }, 'Service'],
    ['a field that says so', { spec: { adminPassword: secretText } }, { spec: {} }, 'Pod'],
    ['a text of a kind nobody knows', { spec: { dial: secretText } }, { spec: { dial: 'b' } }, 'Gadget', 'example.org'],
    ['an address', { spec: { externalName: `https://u:${secretText}@h` } }, { spec: { externalName: 'h' } }, 'Service'],
  ])('never show %s', (_, desired, actual, kind, group) => {
    const text = `${isShown(desired, actual, kind, group)}${isShown(actual, desired, kind, group)}`;
    expect(text).toContain('path');
    expect(text).not.toContain(secretText);
  });

  it('are shown where they are harmless', () => {
    const service = (type: string, port: number) => ({ spec: { type, ports: [{ port }] } });
    expect(isShown(service('NodePort', 80), service('ClusterIP', 81), 'Service')).toContain('NodePort');
    expect(isShown(service('NodePort', 80), service('NodePort', 81), 'Service')).toContain('81');
    expect(isShown({ spec: { size: 1 } }, { spec: { size: 2 } }, 'Gadget', 'example.org')).toContain('"2"');
  });

  it('have no planted text, wherever it stands in a kind nobody knows or below a free field', () => {
    const planted = fc.oneof(
      fc.constant(secretText),
      fc.array(fc.constant(secretText)),
      fc.dictionary(fc.string(), fc.constant(secretText))
    );
    const field = fc.constantFrom('env', 'data', 'args', 'command', 'value', 'stringData', 'annotations', 'apiToken');
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 4 }), field, planted, (way, name, value) => {
        const wrap = (inner: unknown): object => ({
          spec: way.reduce((all: unknown, key) => ({ [key]: all }), { [name]: inner }),
        });
        for (const other of [wrap('b'), wrap(undefined), {}]) {
          for (const [kind, group] of [
            ['Pod', ''],
            ['Gadget', 'example.org'],
          ] as const) {
            expect(isShown(wrap(value), other, kind, group)).not.toContain(secretText);
            expect(isShown(other, wrap(value), kind, group)).not.toContain(secretText);
          }
        }
      })
    );
  });
});
