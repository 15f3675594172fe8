import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../src/host/wait.ts';
import { startCliRig, type CliRig, type MigrationRun } from '../support/cli-rig.ts';

let rig: CliRig;

beforeAll(async () => {
  rig = await startCliRig('travels');
});

afterAll(() => rig?.end());

type Side = 'source' | 'target';
interface Live {
  readonly metadata: { readonly name: string; readonly uid: string; readonly labels?: Record<string, string> };
  readonly spec?: Record<string, unknown>;
}
interface LiveList<T> {
  readonly items: readonly T[];
}

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const anything = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };

interface Kind {
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
  readonly version?: string;
  readonly hasStatus?: boolean;
  readonly sides?: readonly Side[];
  readonly versions?: readonly object[];
}

/** A custom kind on the sides named, source alone where nothing is said, until the rig ends. */
async function define({
  group,
  kind,
  plural,
  version = 'v1',
  hasStatus = false,
  sides,
  versions,
}: Kind): Promise<void> {
  const one = { name: version, served: true, storage: true, schema: anything };
  const spec = {
    ...{ group, scope: 'Namespaced', names: { plural, kind, singular: kind.toLowerCase() } },
    versions: versions ?? [hasStatus ? { ...one, subresources: { status: {} } } : one],
  };
  const name = `${plural}.${group}`;
  for (const side of ['source', 'target'] as const) rig.onEnd(() => rig[side].call('DELETE', `${definitions}/${name}`));
  for (const side of sides ?? ['source']) {
    const body = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name }, spec };
    await rig.create(side, definitions, body);
    await waitFor(() => rig[side].get(`/apis/${group}/${version}/${plural}`), {
      ...{ what: `${name} to be served`, deadlineMs: 60_000, intervalMs: 200 },
    });
  }
}

async function namespaceOf(name: string): Promise<string> {
  const namespace = `${rig.prefix}-${name}`;
  await rig.namespace('source', namespace);
  rig.onEnd(() => rig.target.call('DELETE', `/api/v1/namespaces/${namespace}`));
  return namespace;
}

async function patch(path: string, change: object, type = 'application/merge-patch+json'): Promise<void> {
  const answer = await rig.source.call('PATCH', path, { type, text: JSON.stringify(change) });
  if (answer.status >= 300) throw new Error(`${path} answered ${answer.status}: ${answer.text}`);
}

function excludedOf({ report }: MigrationRun, part: string): readonly string[] {
  return (report?.excluded ?? []).filter(({ reason }) => reason.includes(part)).flatMap(({ examples }) => examples);
}

async function clean(namespace: string, spec: object = {}): Promise<MigrationRun> {
  const run = await rig.migrate({ spec: { scope: { namespaces: [namespace] }, ...spec } });
  expect(run.error).toBeUndefined();
  expect(run.code).toBe(0);
  expect(run.report?.parity).toMatchObject({ missing: 0, extra: 0, different: 0 });
  return run;
}

describe('a field that only the stored version knows', () => {
  const text = { type: 'string' };
  const schemaOf = (spec: object) => ({
    openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: spec } } },
  });
  const versionsWith = (served: boolean): readonly object[] => [
    { name: 'v1beta1', served, storage: true, schema: schemaOf({ common: text, only: text }) },
    { name: 'v1', served: true, storage: false, schema: schemaOf({ common: text }) },
  ];

  it('travels', async () => {
    const namespace = await namespaceOf('stored');
    const group = `${namespace}.example.org`;
    await define({ group, kind: 'Gear', plural: 'gears', version: 'v1beta1', versions: versionsWith(true) });
    const gears = `/apis/${group}/v1beta1/namespaces/${namespace}/gears`;
    const spec = { common: 'x', only: 'not lost on the way' };
    await rig.create('source', gears, {
      apiVersion: `${group}/v1beta1`,
      kind: 'Gear',
      metadata: { name: 'gear' },
      spec,
    });
    await clean(namespace);
    expect((await rig.target.get<Live>(`${gears}/gear`))?.spec).toEqual(spec);
  });

  it('stops the run where nobody serves it', async () => {
    const namespace = await namespaceOf('hidden');
    const group = `${namespace}.example.org`;
    await define({ group, kind: 'Gear', plural: 'gears', version: 'v1', versions: versionsWith(false) });
    const gears = `/apis/${group}/v1/namespaces/${namespace}/gears`;
    await rig.create('source', gears, {
      apiVersion: `${group}/v1`,
      kind: 'Gear',
      metadata: { name: 'gear' },
      spec: { common: 'x' },
    });
    const run = await rig.migrate({ spec: { scope: { namespaces: [namespace] } } });
    expect(run.code).toBe(5);
    expect(JSON.stringify(run.events)).toContain('STORED_FIELDS_HIDDEN');
    expect(await rig.target.get(`/api/v1/namespaces/${namespace}`)).toBeUndefined();
  });
});

describe('a Service that lost its selector', () => {
  it('keeps the addresses that people keep by hand, once', async () => {
    const namespace = await namespaceOf('hand');
    const core = `/api/v1/namespaces/${namespace}`;
    const slicesOf = (name: string): string =>
      `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices?labelSelector=kubernetes.io/service-name%3D${name}`;
    for (const name of ['legacy', 'selected']) {
      const spec = { selector: { app: name }, ports: [{ port: 5432 }] };
      await rig.create('source', `${core}/services`, { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec });
    }
    await waitFor(() => rig.source.get(`${core}/endpoints/legacy`), { what: 'its Endpoints', deadlineMs: 60_000 });
    await patch(`${core}/services/legacy`, [{ op: 'remove', path: '/spec/selector' }], 'application/json-patch+json');
    const addresses = [{ ip: '203.0.113.10' }];
    await patch(`${core}/endpoints/legacy`, { subsets: [{ addresses, ports: [{ port: 5432, protocol: 'TCP' }] }] });
    await waitFor(() => mirrored('source', slicesOf('legacy')), { what: 'the mirrored slice', deadlineMs: 60_000 });
    const run = await clean(namespace);
    await waitFor(() => mirrored('target', slicesOf('legacy')), { what: 'the mirrored slice', deadlineMs: 60_000 });
    expect(await addressesIn(slicesOf('legacy'))).toEqual(['203.0.113.10']);
    expect(await rig.target.get(`${core}/endpoints/legacy`)).toMatchObject({ subsets: [{ addresses }] });
    expect(excludedOf(run, 'from the pods on the target').join()).not.toContain('legacy');
    expect(excludedOf(run, 'from the pods on the target')).toContain(`Endpoints ${namespace}/selected`);
  });

  async function mirrored(side: Side, path: string): Promise<true | undefined> {
    const list = await rig[side].get<LiveList<Live>>(path);
    const managers = (list?.items ?? []).map(
      ({ metadata }) => metadata.labels?.['endpointslice.kubernetes.io/managed-by']
    );
    return managers.includes('endpointslicemirroring-controller.k8s.io') ? true : undefined;
  }

  async function addressesIn(path: string): Promise<readonly string[]> {
    const list = await rig.target.get<LiveList<{ endpoints: { addresses: string[] }[] | null }>>(path);
    return (list?.items ?? []).flatMap(({ endpoints }) => (endpoints ?? []).flatMap(({ addresses }) => addresses));
  }
});

describe('what is carried out once', () => {
  it('does not run again when it has ended, and is named when it has not', async () => {
    const namespace = await namespaceOf('runs');
    const tekton = { group: 'tekton.dev', kind: 'PipelineRun', plural: 'pipelineruns', hasStatus: true };
    await define({ ...tekton, sides: ['source', 'target'] });
    const argo = { group: 'argoproj.io', kind: 'Workflow', plural: 'workflows', version: 'v1alpha1' };
    await define({ ...argo, sides: ['source', 'target'] });
    const runs = `/apis/tekton.dev/v1/namespaces/${namespace}/pipelineruns`;
    const apiVersion = 'tekton.dev/v1';
    for (const name of ['ended', 'going']) {
      await rig.create('source', runs, { apiVersion, kind: 'PipelineRun', metadata: { name }, spec: {} });
    }
    const completionTime = '2026-01-01T00:00:00Z';
    const conditions = [{ type: 'Succeeded', status: 'True', reason: 'Completed' }];
    await patch(`${runs}/ended/status`, { status: { completionTime, conditions } });
    const workflows = `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/workflows`;
    const status = { phase: 'Succeeded', finishedAt: completionTime };
    const nightly = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Workflow',
      metadata: { name: 'nightly' },
      spec: {},
      status,
    };
    await rig.create('source', workflows, nightly);
    const run = await clean(namespace);
    expect(await rig.target.get(`${runs}/ended`)).toBeUndefined();
    expect(excludedOf(run, 'would run again')).toEqual([`PipelineRun ${namespace}/ended`]);
    const reported = (run.report?.findings ?? []).filter(({ code }) => code === 'RUN_STARTS_AGAIN');
    expect(reported.map(({ subject }) => subject)).toEqual([`PipelineRun ${namespace}/going`]);
    expect(await rig.target.get(`${workflows}/nightly`)).toMatchObject({ status });
  });
});

describe('what controllers make', () => {
  it('never becomes a bare pod, and views of other objects stay', async () => {
    const namespace = await namespaceOf('made');
    const group = `${namespace}.example.org`;
    await define({ group, kind: 'Cluster', plural: 'clusters', hasStatus: true });
    const policies = { group: 'projectcalico.org', kind: 'NetworkPolicy', plural: 'networkpolicies', version: 'v3' };
    await define({ ...policies, sides: ['source', 'target'] });
    const clusters = `/apis/${group}/v1/namespaces/${namespace}/clusters`;
    const core = `/api/v1/namespaces/${namespace}`;
    await rig.create('source', clusters, {
      apiVersion: `${group}/v1`,
      kind: 'Cluster',
      metadata: { name: 'db' },
      spec: {},
    });
    const owner = await rig.source.get<Live>(`${clusters}/db`);
    const ownerReferences = [
      { apiVersion: `${group}/v1`, kind: 'Cluster', name: 'db', uid: owner?.metadata.uid, controller: true },
    ];
    const metadata = { ownerReferences, labels: { app: 'db' } };
    const containers = [{ name: 'c', image: 'landfall-lab/busybox:1' }];
    await rig.create('source', `${core}/pods`, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...metadata, name: 'db-1' },
      spec: { containers },
    });
    await rig.create('source', `${core}/secrets`, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { ...metadata, name: 'db' },
    });
    await rig.create('source', `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`, {
      ...{ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { ...metadata, name: 'db' } },
      spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'db' }, maxReplicas: 2 },
    });
    const calico = `/apis/projectcalico.org/v3/namespaces/${namespace}/networkpolicies`;
    for (const name of ['knp.default.allow-web', 'default.only-db']) {
      await rig.create('source', calico, {
        apiVersion: 'projectcalico.org/v3',
        kind: 'NetworkPolicy',
        metadata: { name },
        spec: {},
      });
    }
    await rig.create('source', `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`, {
      ...{
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name: 'lock' },
        spec: { holderIdentity: 'x' },
      },
    });
    const labelled = await rig.migrate({
      spec: { scope: { namespaces: [namespace], labelSelector: 'app=db' }, existingResourcePolicy: 'skip' },
    });
    expect(labelled.code).toBe(0);
    expect(excludedOf(labelled, 'Cluster db is not moved: its labels do not match')).toContain(`Pod ${namespace}/db-1`);
    expect(await rig.target.get(`${core}/pods/db-1`)).toBeUndefined();
    expect(await rig.target.get(`${core}/secrets/db`)).toBeDefined();

    const excluded = await rig.migrate({
      spec: { scope: { namespaces: [namespace], excludeKinds: [`clusters.${group}`] }, existingResourcePolicy: 'skip' },
    });
    expect(excludedOf(excluded, 'Cluster db is not moved: excluded by excludeKinds')).toContain(
      `Pod ${namespace}/db-1`
    );

    const whole = await rig.migrate({ spec: { scope: { namespaces: [namespace] }, existingResourcePolicy: 'skip' } });
    expect(whole.code).toBe(0);
    expect(excludedOf(whole, 'recreated by its owner, Cluster db').toSorted()).toEqual([
      `HorizontalPodAutoscaler ${namespace}/db`,
      `Pod ${namespace}/db-1`,
    ]);
    expect(excludedOf(whole, 'a view of')).toEqual([`NetworkPolicy ${namespace}/knp.default.allow-web`]);
    expect(await rig.target.get(`${calico}/default.only-db`)).toBeDefined();
    expect(excludedOf(whole, 'a lock held by a process')).toContain(`Lease ${namespace}/lock`);
  });
});

describe('what a person chose', () => {
  it('is kept, or is named', async () => {
    const namespace = await namespaceOf('chosen');
    const core = `/api/v1/namespaces/${namespace}`;
    const ports = [{ port: 80 }];
    const service = (name: string, spec: object = {}): object => ({
      ...{ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { ports, ...spec } },
    });
    await rig.create('source', `${core}/services`, service('allocated'));
    await rig.create('source', `${core}/services`, service('first'));
    const clusterIP = (await rig.source.get<Live>(`${core}/services/first`))?.spec?.['clusterIP'];
    await rig.source.call('DELETE', `${core}/services/first`);
    await rig.create('source', `${core}/services`, service('fixed', { clusterIP }));
    const dataSourceRef = { apiGroup: 'populator.example.com', kind: 'Hello', name: 'hello' };
    await rig.create('source', `${core}/persistentvolumeclaims`, {
      ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'filled' } },
      spec: {
        ...{ accessModes: ['ReadWriteOnce'], storageClassName: '', dataSourceRef },
        resources: { requests: { storage: '1Gi' } },
      },
    });
    const run = await clean(namespace);
    const findings = (code: string) => (run.report?.findings ?? []).filter((one) => one.code === code);
    expect(findings('ADDRESS_NOT_KEPT').map(({ subject }) => subject)).toEqual([`Service ${namespace}/fixed`]);
    expect(findings('CLAIM_SOURCE_MISSING').map(({ subject }) => subject)).toEqual([
      `PersistentVolumeClaim ${namespace}/filled`,
    ]);
    expect(findings('VOLUME_CLASS_UNMAPPED')).toMatchObject([{ severity: 'warning' }]);
    expect(await rig.target.get(`${core}/persistentvolumeclaims/filled`)).toMatchObject({ spec: { dataSourceRef } });
  });
});
