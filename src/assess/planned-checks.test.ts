import { describe, expect, it } from 'vitest';
import { catalogue as errors } from '../core/error-catalogue.ts';
import { exitCodeOfError } from '../core/run/exit-code.ts';
import type { ErrorCode } from '../core/errors.ts';
import { missingFinding } from '../core/edge/judge.ts';
import type { ObjectRef } from '../core/resource.ts';
import type { Finding } from '../core/run/events.ts';
import type { MigrationSpec } from '../core/spec/spec.ts';
import { catalogue } from '../core/findings/catalogue/index.ts';
import { assessedChecks } from './checks/index.ts';
import { plannedChecks, plannedFindings, withoutNoted, withoutRepeats } from './checks/planned.ts';
import type { ClusterFacts } from './facts.ts';
import { createTransformedObjects } from './planned-facts.ts';
import { factKinds } from '../core/findings/fact-kinds.ts';
import type { FactKind } from '../core/findings/fact-kinds.ts';

const groups: Readonly<Record<string, string>> = {
  Deployment: 'apps',
  DaemonSet: 'apps',
  CronJob: 'batch',
  Ingress: 'networking.k8s.io',
  IngressClass: 'networking.k8s.io',
  PriorityClass: 'scheduling.k8s.io',
  Gateway: 'gateway.networking.k8s.io',
  HTTPRoute: 'gateway.networking.k8s.io',
  Certificate: 'cert-manager.io',
};

interface Given {
  readonly ref: ObjectRef;
  readonly text: string;
  readonly desired?: string;
}

function object(kind: string, name: string, more: object = {}): Given {
  const ref = { group: groups[kind] ?? '', kind, namespace: 'shop', name };
  return { ref, text: JSON.stringify({ kind, metadata: { name, namespace: 'shop' }, ...more }) };
}

type Lists = Readonly<Partial<Record<FactKind, readonly unknown[]>>>;

const resources = ['Gateway', 'HTTPRoute', 'Certificate'].map((kind) => ({
  ...{ group: groups[kind] ?? '', kind, plural: '', version: 'v1', namespaced: true, verbs: [], subresources: [] },
}));

function cluster(name: string, lists: Lists, more: Partial<ClusterFacts> = {}): ClusterFacts {
  const empty = Object.fromEntries((Object.keys(factKinds) as FactKind[]).map((kind) => [kind, []]));
  return { name, gitVersion: '', resources, unread: {}, lists: { ...empty, ...lists } as never, ...more };
}

interface Pair {
  readonly source?: Lists;
  readonly target?: Lists;
  readonly more?: Partial<ClusterFacts>;
  readonly mapping?: Readonly<Record<string, string>>;
  readonly isThere?: boolean;
}

const servedByServices = new Set(['queue/amqp', 'shop/db']);

function collect(coming: readonly Given[]) {
  const objects = createTransformedObjects((service) => servedByServices.has(service));
  for (const one of coming) {
    const nothing = { changes: [], notes: [], deferred: [], owners: [], additional: [] };
    objects.add(one, { text: one.desired ?? one.text, ref: one.ref, ...nothing });
  }
  return objects;
}

function idsOf(coming: readonly Given[]): string[] {
  const objects = collect(coming);
  return plannedChecks.filter(({ id }) => objects.concerns(id)).map(({ id }) => id);
}

function findingsFor(coming: readonly Given[], { source = {}, target = {}, more, mapping = {}, isThere }: Pair) {
  const spec = { namespaceMapping: mapping, storageClasses: {}, volumes: { mode: 'move' } } as unknown as MigrationSpec;
  const scope = collect(coming).scope(() => isThere === true, []);
  const sides = { source: cluster('west', source), target: cluster('east', target, more) };
  return plannedFindings({ now: '', bundles: [], credentials: [], spec, ...sides, scope }, new Set(idsOf(coming)));
}

function found(coming: readonly Given[], pair: Pair) {
  return findingsFor(coming, pair).map(({ severity, code, subject }) => `${severity} ${code} ${subject}`);
}

const node = (name: string, labels: object = {}, more: object = {}) => ({
  metadata: { name, labels },
  spec: more,
  status: {
    conditions: [{ type: 'Ready', status: 'True' }],
    allocatable: { cpu: '4', memory: '8Gi', pods: '10' },
  },
});
const nodes = [node('n')];
const run = (name: string, pod: object = {}, more: object = {}, kind = 'Deployment') =>
  object(kind, name, {
    spec: { replicas: 1, ...more, template: { spec: { containers: [{ name: 'c' }], ...pod } } },
    status: { readyReplicas: 1 },
  });
const cpu = (amount: string) => ({ containers: [{ name: 'c', resources: { requests: { cpu: amount } } }] });
const ebs = { metadata: { name: 'fast' }, provisioner: 'ebs.csi.aws.com', volumeBindingMode: 'WaitForFirstConsumer' };
const efs = { ...ebs, provisioner: 'efs.csi.aws.com' };
const drivers = [{ metadata: { name: 'ebs.csi.aws.com' } }, { metadata: { name: 'efs.csi.aws.com' } }];
const snapshotClasses = drivers.map(({ metadata: { name } }) => ({ metadata: { name }, driver: name }));
const storage = { storageclasses: [ebs], csidrivers: drivers, volumesnapshotclasses: snapshotClasses, nodes };
const claim = (more: object = {}, phase = 'Bound', size = '10Gi') =>
  object('PersistentVolumeClaim', 'data', {
    spec: {
      ...{ storageClassName: 'fast', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: size } } },
      ...more,
    },
    status: { phase },
  });
const ingress = (spec: object, annotations: object = {}) => ({
  ...object('Ingress', 'web', {}),
  text: JSON.stringify({ metadata: { name: 'web', namespace: 'shop', annotations }, spec }),
});
const rules = (host: string, path = '/') => ({ rules: [{ host, http: { paths: [{ path }] } }] });
const classed = { ingressclasses: [{ metadata: { name: 'public' }, spec: { controller: 'x' } }] };
const other = (spec: object) => ({ metadata: { name: 'other', namespace: 'theirs' }, spec });
const settings = (value: string) => object('ConfigMap', 'settings', { data: { URL: value } });
const service = (namespace: string, name: string, clusterIP = '') => ({
  metadata: { namespace, name },
  spec: { clusterIP },
});

describe('blockers of the planning pass', () => {
  it.each<[string, readonly Given[], Pair, readonly string[]]>([
    [
      'a PriorityClass that is missing',
      [run('a', { priorityClassName: 'high' })],
      { target: { nodes } },
      ['blocker PRIORITY_CLASS_MISSING Deployment shop/a'],
    ],
    [
      'a PriorityClass that is there',
      [run('a', { priorityClassName: 'high' })],
      { target: { nodes, priorityclasses: [{ metadata: { name: 'high' } }] } },
      [],
    ],
    [
      'a PriorityClass that comes',
      [run('a', { priorityClassName: 'high' }), object('PriorityClass', 'high')],
      { target: { nodes } },
      [],
    ],
    [
      'a PriorityClass of the system',
      [run('a', { priorityClassName: 'system-node-critical' })],
      { target: { nodes } },
      [],
    ],
    [
      'a RuntimeClass that is missing',
      [run('a', { runtimeClassName: 'kata' })],
      { target: { nodes } },
      ['blocker RUNTIME_CLASS_MISSING Deployment shop/a'],
    ],
    [
      'labels no node has',
      [run('a', { nodeSelector: { pool: 'gpu' } })],
      { target: { nodes } },
      ['blocker NODE_NONE_FITS Deployment shop/a'],
    ],
    [
      'labels no node has, of a workload at zero',
      [run('a', { nodeSelector: { pool: 'gpu' } }, { replicas: 0 })],
      { target: { nodes } },
      ['warning NODE_NONE_FITS Deployment shop/a'],
    ],
    [
      'labels no node has, of a DaemonSet',
      [run('a', { nodeSelector: { pool: 'gpu' } }, {}, 'DaemonSet')],
      { target: { nodes } },
      ['warning NODE_NONE_FITS DaemonSet shop/a'],
    ],
    [
      'labels no node has, where Karpenter adds nodes',
      [run('a', { nodeSelector: { pool: 'gpu' } })],
      { target: { nodes: [node('n', { 'karpenter.sh/nodepool': 'x' })] } },
      ['warning NODE_NONE_FITS Deployment shop/a'],
    ],
    [
      'labels no node has, where the Cluster Autoscaler reports',
      [run('a', { nodeSelector: { pool: 'gpu' } })],
      { target: { nodes }, more: { autoscalerReports: true } },
      ['warning NODE_NONE_FITS Deployment shop/a'],
    ],
    [
      'taints',
      [run('a')],
      { target: { nodes: [node('n', {}, { taints: [{ key: 'x', effect: 'NoSchedule' }] })] } },
      ['blocker NODE_NONE_FITS Deployment shop/a'],
    ],
    [
      'no node that takes pods',
      [run('a')],
      { target: { nodes: [node('n', {}, { unschedulable: true })] } },
      ['blocker NODE_NONE_FITS east'],
    ],
    [
      'no node, and nothing ran on the source',
      [{ ...run('a'), text: run('a').text.replace('"readyReplicas":1', '"readyReplicas":0') }],
      {},
      ['warning NODE_NONE_FITS east'],
    ],
    [
      'an operating system',
      [run('a', { nodeSelector: { 'kubernetes.io/os': 'windows' } })],
      { target: { nodes } },
      ['blocker NODE_OS_MISSING Deployment shop/a'],
    ],
    [
      'an architecture',
      [run('a', { nodeSelector: { 'kubernetes.io/arch': 'arm64' } })],
      { target: { nodes } },
      ['blocker NODE_ARCHITECTURE_MISSING Deployment shop/a'],
    ],
    [
      'a pod larger than any node',
      [run('a', cpu('5'))],
      { target: { nodes: [node('n'), node('m')] } },
      ['blocker POD_TOO_LARGE Deployment shop/a'],
    ],
    [
      'more than is free',
      [run('a', cpu('3'), { replicas: 2 })],
      { target: { nodes } },
      ['blocker CAPACITY_SHORT east'],
    ],
    [
      'more than is free, by what is there already',
      [run('a', cpu('3'), { replicas: 2 })],
      { target: { nodes }, isThere: true },
      [],
    ],
    [
      'a driver that is missing',
      [claim()],
      { target: { ...storage, csidrivers: [] } },
      ['blocker STORAGE_DRIVER_MISSING StorageClass fast'],
    ],
    [
      'a driver that is missing, for a claim without a volume',
      [claim({}, 'Pending')],
      { target: { ...storage, csidrivers: [] } },
      ['warning STORAGE_DRIVER_MISSING StorageClass fast'],
    ],
    [
      'a provisioner that is no CSI driver',
      [claim()],
      { target: { ...storage, storageclasses: [{ ...ebs, provisioner: 'rancher.io/local-path' }] } },
      [],
    ],
    [
      'an access mode',
      [claim({ accessModes: ['ReadWriteMany'] })],
      { target: storage },
      ['blocker STORAGE_ACCESS_MODE PersistentVolumeClaim shop/data'],
    ],
    [
      'an access mode of a claim that is there',
      [claim({ accessModes: ['ReadWriteMany'] })],
      { target: storage, isThere: true },
      [],
    ],
    [
      'a raw block device',
      [claim({ volumeMode: 'Block' })],
      { target: { ...storage, storageclasses: [efs] } },
      ['blocker STORAGE_BLOCK_UNSUPPORTED PersistentVolumeClaim shop/data'],
    ],
    [
      'a size above the largest',
      [claim({}, 'Bound', '100Ti')],
      { target: storage },
      ['info VOLUME_LARGE PersistentVolumeClaim shop/data', 'blocker STORAGE_SIZE PersistentVolumeClaim shop/data'],
    ],
    [
      'a size below the smallest',
      [claim({}, 'Bound', '1Mi')],
      { target: storage },
      ['info STORAGE_SIZE PersistentVolumeClaim shop/data'],
    ],
    [
      'zones without a node',
      [claim()],
      {
        target: {
          ...storage,
          storageclasses: [{ ...ebs, allowedTopologies: [{ matchLabelExpressions: [{ key: 'z', values: ['a'] }] }] }],
        },
      },
      ['blocker STORAGE_TOPOLOGY StorageClass fast'],
    ],
    [
      'storage that reports less',
      [claim()],
      {
        target: {
          ...storage,
          csistoragecapacities: [{ metadata: { name: 'c' }, storageClassName: 'fast', capacity: '1Gi' }],
        },
      },
      ['blocker STORAGE_CAPACITY_SHORT StorageClass fast'],
    ],
    [
      'an IngressClass that the source has',
      [ingress({ ingressClassName: 'public' })],
      { source: classed },
      ['blocker INGRESS_CLASS_MISSING Ingress shop/web'],
    ],
    [
      'an IngressClass that no side has',
      [ingress({ ingressClassName: 'gone' })],
      {},
      ['warning INGRESS_CLASS_MISSING Ingress shop/web'],
    ],
    ['an IngressClass that is there', [ingress({ ingressClassName: 'public' })], { target: classed }, []],
    ['an IngressClass that comes', [ingress({ ingressClassName: 'own' }), object('IngressClass', 'own')], {}, []],
    [
      'a class by annotation that the source has',
      [ingress({}, { 'kubernetes.io/ingress.class': 'public' })],
      { source: classed },
      ['blocker INGRESS_CLASS_MISSING Ingress shop/web'],
    ],
    [
      'a class by annotation that no side has',
      [ingress({}, { 'kubernetes.io/ingress.class': 'gce' })],
      {},
      ['warning INGRESS_CLASS_MISSING Ingress shop/web'],
    ],
    ['no class, and no default on either side', [ingress({})], {}, ['warning INGRESS_CLASS_MISSING Ingress shop/web']],
    [
      'a GatewayClass that the source has',
      [object('Gateway', 'g', { spec: { gatewayClassName: 'gone' } })],
      { source: { gatewayclasses: [{ metadata: { name: 'gone' } }] } },
      ['blocker GATEWAY_CLASS_MISSING Gateway shop/g'],
    ],
    [
      'a GatewayClass that no side has',
      [object('Gateway', 'g', { spec: { gatewayClassName: 'gone' } })],
      {},
      ['warning GATEWAY_CLASS_MISSING Gateway shop/g'],
    ],
    [
      'a host that another serves',
      [ingress({ ingressClassName: 'public', ...rules('a.example') })],
      { target: { ...classed, ingresses: [other(rules('A.example'))] } },
      ['blocker HOST_TAKEN Ingress shop/web'],
    ],
    [
      'a host that another serves by other paths',
      [ingress({ ingressClassName: 'public', ...rules('a.example', '/api/') })],
      { target: { ...classed, ingresses: [other(rules('a.example', '/web'))] } },
      ['warning HOST_TAKEN Ingress shop/web'],
    ],
    [
      'a route behind a Gateway of its host',
      [object('HTTPRoute', 'r', { spec: { hostnames: ['a.example'] } })],
      { target: { gateways: [other({ listeners: [{ hostname: 'a.example', port: 443 }] })] } },
      [],
    ],
    [
      'an issuer that is missing',
      [object('Certificate', 'c', { spec: { issuerRef: { name: 'le' }, dnsNames: ['a.example'] } })],
      {},
      ['blocker ISSUER_MISSING Certificate shop/c'],
    ],
    [
      'an issuer of an Ingress',
      [ingress({ ingressClassName: 'public' }, { 'cert-manager.io/cluster-issuer': 'le' })],
      { target: classed },
      ['blocker ISSUER_MISSING Ingress shop/web'],
    ],
    [
      'a cluster address',
      [settings('http://10.96.0.9/')],
      { source: { services: [service('shop', 'db', '10.96.0.9')] } },
      ['blocker ADDRESS_CLUSTER_IP ConfigMap shop/settings key URL'],
    ],
    [
      'an address that a transform has replaced',
      [{ ...settings('http://10.96.0.9/'), desired: settings('http://db/').text }],
      { source: { services: [service('shop', 'db', '10.96.0.9')] } },
      [],
    ],
    ['an address of the outside', [settings('http://8.8.8.8/')], {}, []],
    [
      'a pod address in a Secret',
      [object('Secret', 's', { data: { host: Buffer.from('10.244.0.7').toString('base64') } })],
      { source: { pods: [{ metadata: { namespace: 'shop', name: 'p' }, status: { podIP: '10.244.0.7' } }] } },
      ['blocker ADDRESS_POD_IP Secret shop/s key host'],
    ],
    [
      'a node address in a variable',
      [run('a', { containers: [{ name: 'c', env: [{ name: 'HOST', value: '192.0.2.9' }] }] })],
      {
        source: {
          nodes: [{ metadata: { name: 'n' }, status: { addresses: [{ type: 'InternalIP', address: '192.0.2.9' }] } }],
        },
        target: { nodes },
      },
      ['blocker ADDRESS_NODE_IP Deployment shop/a env HOST'],
    ],
    [
      'a Service that does not move',
      [settings('amqp://amqp.queue')],
      { source: { services: [service('queue', 'amqp')] } },
      ['warning SERVICE_OUT_OF_SCOPE ConfigMap shop/settings key URL'],
    ],
    ['a Service under its name on the target', [settings('http://db.prod.svc')], { mapping: { shop: 'prod' } }, []],
  ])('%s', (_, coming, pair, expected) => {
    expect(found(coming, pair)).toEqual(expected);
  });

  it('can each become the error of a run, which then ends with 5', () => {
    const codes = plannedChecks
      .flatMap((check) => check.codes)
      .filter((code) => catalogue[code].severity === 'blocker');
    expect(codes.length).toBeGreaterThan(20);
    const all = [...codes, 'EXTERNAL_SHARED'] as ErrorCode[];
    expect(all.filter((code) => !Object.hasOwn(errors, code))).toEqual([]);
    expect(all.filter((code) => exitCodeOfError(code) !== 5)).toEqual([]);
  });

  it('are not looked for a second time by an assessment', () => {
    const planned = new Set(plannedChecks.map(({ id }) => id));
    expect(assessedChecks.filter(({ id }) => planned.has(id))).toEqual([]);
  });
});

describe('what is read for a plan', () => {
  it('is nothing more for settings that lead out of the cluster', () => {
    expect(idsOf([settings('https://www.example.org'), object('Secret', 's')])).toEqual(['capacity/quota']);
  });

  it('is said not to be there, check by check', () => {
    expect(found([run('a')], { target: { nodes: undefined } as never })).toEqual([
      'warning CHECK_NOT_MADE check capacity/placement',
      'warning CHECK_NOT_MADE check capacity/room',
    ]);
  });

  it('stays small: settings with addresses are kept up to a number, and that there are more is said', () => {
    const text = Array.from({ length: 200 }, (_, at) => `http://198.51.100.${at}/`).join(' ');
    const many = Array.from({ length: 101 }, (_, at) => object('ConfigMap', `c${at}`, { data: { a: text } }));
    expect(collect(many).scope(() => false, []).addresses).toHaveLength(20_000);
    expect(found(many, {})).toEqual(['warning CHECK_NOT_MADE check external/source-only']);
  });
});

describe('one thing', () => {
  const finding = (code: string, subject: string, message: string) =>
    ({ code, subject, message, severity: 'warning', remedy: '' }) as const;
  const planned = [
    finding('PRIORITY_CLASS_MISSING', 'Deployment shop/web', 'it refers to PriorityClass high'),
    finding(
      'SERVICE_OUT_OF_SCOPE',
      'ConfigMap shop/a key b',
      'it refers to amqp.queue; Service queue/amqp does not move'
    ),
    finding('SERVICE_OUT_OF_SCOPE', 'ConfigMap shop/c key b', 'it refers to db.shop.svc; namespace shop becomes prod'),
  ];
  /** In the words the edge has for it: which finding repeats which is read from them. */
  const edge = (subject: string, by: string) => {
    const ref = refOf(subject);
    const resource = { ...ref, version: 'v1', plural: `${ref.kind}s`, namespaced: true, verbs: [], subresources: [] };
    const [names = '', more = '0'] = by.split(/ and (\d+) more$/);
    const all = names.split(', ').map(refOf);
    const what = {
      ref,
      resource,
      how: ref.kind === 'Service' ? 'uses it as a host in /data/b' : 'refers to it in spec',
    };
    return missingFinding({ what, by: all, count: all.length + Number(more) }, false) as Finding;
  };

  it.each([
    ['PriorityClass high', 'Deployment prod/web', 0],
    ['PriorityClass low', 'Deployment prod/web', 1],
    ['PriorityClass high', 'Deployment prod/web, Cluster prod/db', 1],
    ['PriorityClass high', 'Deployment prod/web and 3 more', 1],
    ['Service queue/amqp', 'ConfigMap prod/a', 0],
  ])('is said once: %s by %s', (subject, by, remaining) => {
    expect(withoutRepeats([edge(subject, by)], planned)).toHaveLength(remaining);
  });

  // Repeats are read from messages: these are the ones the checks have today.
  it.each<[string, string, Given]>([
    ['PriorityClass high', 'Deployment prod/web', run('web', { priorityClassName: 'high' })],
    ['RuntimeClass gvisor', 'Deployment prod/web', run('web', { runtimeClassName: 'gvisor' })],
    [
      'IngressClass public',
      'Ingress prod/web',
      object('Ingress', 'web', { metadata: { name: 'web', namespace: 'shop' }, spec: { ingressClassName: 'public' } }),
    ],
    [
      'GatewayClass edge',
      'Gateway prod/g',
      object('Gateway', 'g', { metadata: { name: 'g', namespace: 'shop' }, spec: { gatewayClassName: 'edge' } }),
    ],
  ])('that a check reports is not repeated: %s by %s', (subject, by, coming) => {
    const reported = findingsFor([coming], { target: { nodes } });
    expect(withoutRepeats([edge(subject, by)], reported)).toEqual([]);
  });

  it('is said once where a rule has noted a name that keeps its namespace', () => {
    const noted = { group: '', kind: 'ConfigMap', namespace: 'prod', name: 'c' };
    expect(withoutNoted(planned, [noted])).toHaveLength(2);
    expect(withoutNoted(planned, [{ ...noted, name: 'd' }])).toHaveLength(3);
  });
});

/** `Deployment prod/web` as a reference. */
function refOf(text: string): ObjectRef {
  const [kind = '', path = ''] = text.split(' ');
  const [namespace = '', name = ''] = path.includes('/') ? path.split('/') : ['', path];
  return { group: groups[kind] ?? '', kind, namespace, name };
}
