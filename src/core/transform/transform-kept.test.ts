import { describe, expect, it } from 'vitest';
import type { ApiResource } from '../resource.ts';
import { readHead } from '../select/head.ts';
import type { TransformContext, TransformOutcome } from './rule.ts';
import { transformObject } from './transform-object.ts';

const context: TransformContext = {
  ...{ namespaceMapping: {}, storageClasses: {}, userTransforms: [], volumes: {}, targetResources: [] },
  preserve: { nodePorts: false, status: [] },
  deferPodSecurity: false,
};

function resource(apiVersion: string, kind: string, subresources: readonly string[] = ['status']): ApiResource {
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  const plural = `${kind.toLowerCase()}s`;
  return { group, version, kind, plural, namespaced: true, verbs: ['list', 'create'], subresources };
}

interface Given {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata?: object;
  readonly [key: string]: unknown;
}

function transform(given: Given, using: Partial<TransformContext> = {}, of?: ApiResource): TransformOutcome {
  const kind = of ?? resource(given.apiVersion, given.kind);
  const text = JSON.stringify({ ...given, metadata: { name: 'x', namespace: 'shop', ...given.metadata } });
  return transformObject({ head: readHead(text, kind), text, resource: kind }, { ...context, ...using });
}

const codes = ({ notes }: TransformOutcome): readonly (string | undefined)[] => notes.map(({ code }) => code);
const specOf = ({ text }: TransformOutcome): unknown => (JSON.parse(text) as { spec: unknown }).spec;

describe('what fills a claim', () => {
  const hello = { apiGroup: 'populator.example.com', kind: 'Hello', name: 'hello' };
  const snapshot = { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 's' };
  const claim = (source: object, volumeName?: string): Given => ({
    ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
    spec: { dataSource: source, dataSourceRef: source, ...(volumeName === undefined ? {} : { volumeName }) },
  });
  const kept = (source: object): object => ({ dataSource: source, dataSourceRef: source });
  it.each<[string, Given, Partial<TransformContext>, object, readonly string[]]>([
    ['goes where the data comes', claim(hello, 'pv'), {}, {}, []],
    ['stays on a claim that was never bound', claim(hello), {}, kept(hello), []],
    ['stays where no volumes move', claim(hello, 'pv'), { volumesMove: false }, kept(hello), []],
    ['a snapshot goes, and is reported', claim(snapshot), {}, {}, ['CLAIM_SOURCE_MISSING']],
    ['a snapshot of a claim that was filled', claim(snapshot, 'pv'), { volumesMove: false }, {}, []],
    [
      'stays where the target does not know it, and is reported',
      claim(hello),
      { targetResources: [resource('v1', 'PersistentVolumeClaim')] },
      kept(hello),
      ['CLAIM_SOURCE_MISSING'],
    ],
    [
      'stays where the target knows it',
      claim(hello),
      { targetResources: [resource('v1', 'PersistentVolumeClaim'), resource('populator.example.com/v1', 'Hello')] },
      kept(hello),
      [],
    ],
  ])('%s', (_name, given, using, spec, reported) => {
    const outcome = transform(given, using);
    expect(specOf(outcome)).toEqual(spec);
    expect(codes(outcome)).toEqual(reported);
  });
});

describe('a bare pod', () => {
  it('loses its debug containers for the true reason, and it is reported', () => {
    const spec = { nodeName: 'n', priority: 0, ephemeralContainers: [{ name: 'debugger' }], containers: [] };
    const outcome = transform({ apiVersion: 'v1', kind: 'Pod', spec });
    expect(specOf(outcome)).toEqual({ containers: [] });
    const [debug] = outcome.changes.filter(({ patch }) =>
      patch.some(({ path }) => path === '/spec/ephemeralContainers')
    );
    expect(debug?.reason).toBe('ephemeral containers can only be added to a running pod');
    expect(outcome.notes).toMatchObject([{ path: '/spec/ephemeralContainers' }]);
  });
});

describe('a paused workload', () => {
  it.each([
    ['paused', { replicas: 2, paused: true }, ['WORKLOAD_PAUSED']],
    ['paused without replicas', { replicas: 0, paused: true }, []],
    ['not paused', { replicas: 2 }, []],
  ])('%s', (_name, spec, reported) => {
    expect(codes(transform({ apiVersion: 'apps/v1', kind: 'Deployment', spec }))).toEqual(reported);
  });
});

describe('a chosen address', () => {
  const service = (spec: object, metadata: object): Given => ({ apiVersion: 'v1', kind: 'Service', spec, metadata });
  const owned = (fields: object): object => ({
    managedFields: [{ manager: 'kubectl', fieldsV1: { 'f:spec': fields } }],
  });
  const address = { clusterIP: '10.96.231.24', clusterIPs: ['10.96.231.24'] };
  it.each<[string, object, object, readonly string[]]>([
    ['by a manager', address, owned({ 'f:clusterIP': {} }), ['ADDRESS_NOT_KEPT']],
    [
      'by kubectl apply',
      address,
      { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{"spec":{"clusterIP":"10.96.231.24"}}' } },
      ['ADDRESS_NOT_KEPT'],
    ],
    ['allocated', address, owned({ 'f:ports': {} }), []],
    ['headless', { clusterIP: 'None', clusterIPs: ['None'] }, owned({ 'f:clusterIP': {} }), []],
    ['none at all', {}, owned({ 'f:clusterIP': {} }), []],
  ])('%s', (_name, spec, metadata, reported) => expect(codes(transform(service(spec, metadata)))).toEqual(reported));
});

describe('what is carried out once', () => {
  const run = (status: object): Given => ({ apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', status });
  const without = resource('argoproj.io/v1alpha1', 'Workflow', []);
  it('keeps a status that travels, and says when it would run again', () => {
    const ended = transform(run({ phase: 'Succeeded' }), { targetResources: [without] }, without);
    expect(ended.text).toContain('Succeeded');
    expect(codes(ended)).toEqual([]);
    expect(codes(transform(run({ phase: 'Running' }), {}, without))).toEqual(['RUN_STARTS_AGAIN']);
  });
  it('is excluded where the target would not keep the status', () => {
    const there = resource('argoproj.io/v1alpha1', 'Workflow');
    const outcome = transform(run({ phase: 'Succeeded' }), { targetResources: [there] }, without);
    expect(outcome.excluded).toMatchObject({ rule: 'runs-once' });
  });
  it('says when an end is uncertain', () => {
    const outcome = transform({ apiVersion: 'example.com/v1', kind: 'Cleaner', status: { phase: 'Succeeded' } });
    expect(codes(outcome)).toEqual(['RUN_STARTS_AGAIN']);
  });
});
