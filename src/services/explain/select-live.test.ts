import { describe, expect, it } from 'vitest';
import type { ApiResource } from '../../core/resource.ts';
import type { MigrationSpec } from '../../core/spec/spec.ts';
import { explainExcluded } from '../../translate/explain.ts';
import { explainLines } from '../../translate/explain-lines.ts';
import { readHead } from '../../core/select/head.ts';
import type { Cluster, ObjectAddress } from '../../ports/cluster.ts';
import { selectLive } from './select-live.ts';

function kind(group: string, name: string, plural = `${name.toLowerCase()}s`): ApiResource {
  const verbs = ['list', 'get', 'create'];
  return { group, version: 'v1', kind: name, plural, namespaced: true, verbs, subresources: [] };
}

const kinds = {
  pod: kind('', 'Pod'),
  replicaSet: kind('apps', 'ReplicaSet'),
  deployment: kind('apps', 'Deployment'),
  endpoints: kind('', 'Endpoints', 'endpoints'),
  configMap: kind('', 'ConfigMap'),
};

function object(name: string, more: object = {}, namespace = 'shop') {
  return { metadata: { name, namespace, uid: `uid-${name}`, ...more } };
}

const ownedBy = (apiVersion: string, owner: string, name: string, uid = `uid-${name}`) => ({
  ownerReferences: [{ apiVersion, kind: owner, name, uid, controller: true }],
});

/** What the source has, by plural and name. */
type Live = Readonly<Record<string, object>>;

async function selected(resource: ApiResource, content: object, live: Live = {}) {
  const source = {
    discover: () => Promise.resolve({ resources: Object.values(kinds).map((one) => ({ ...one, preferred: true })) }),
    get: ({ resource: { plural }, name }: ObjectAddress) => {
      const found = live[`${plural}/${name}`];
      return Promise.resolve(found === undefined ? undefined : { bytes: Buffer.from(JSON.stringify(found)) });
    },
  } as unknown as Cluster;
  const scope = {
    ...{ namespaces: ['shop'], excludeNamespaces: [], kinds: [], excludeKinds: [] },
    ...{ labelSelector: '', clusterScoped: 'dependencies' },
  };
  const spec = { scope, landfallNamespace: 'landfall-system' } as unknown as MigrationSpec;
  const text = JSON.stringify(content);
  return selectLive({ spec, source, signal: new AbortController().signal }, { resource, text });
}

const namespace = { 'namespaces/shop': { metadata: { name: 'shop' } } };
const pod = object('web-1', ownedBy('apps/v1', 'ReplicaSet', 'web-a'));
const replicaSet = object('web-a', ownedBy('apps/v1', 'Deployment', 'web'));
const chain = { ...namespace, 'replicasets/web-a': replicaSet, 'deployments/web': object('web') };
const endpoints = object('web', { labels: { 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' } });

describe('an object of the source, by the rules of selection', () => {
  it.each<[string, ApiResource, object, Live, string | undefined]>([
    ['its own', kinds.configMap, object('settings'), namespace, undefined],
    ['one of another namespace', kinds.configMap, object('settings', {}, 'other'), {}, 'scope/namespace'],
    ['one that a controller makes again', kinds.pod, pod, chain, 'owned/controller'],
    ['one whose controller is gone', kinds.pod, pod, namespace, undefined],
    [
      'one whose controller was made anew',
      kinds.pod,
      pod,
      { ...chain, 'replicasets/web-a': object('web-a', { uid: 'another' }) },
      undefined,
    ],
    [
      'endpoints of a Service with a selector',
      kinds.endpoints,
      endpoints,
      { ...namespace, 'services/web': { ...object('web'), spec: { selector: { app: 'web' } } } },
      'derived/endpoints',
    ],
    [
      'endpoints of a Service that lost its selector, which people keep since',
      kinds.endpoints,
      { ...endpoints, subsets: [{ addresses: [{ ip: '192.0.2.7' }] }] },
      { ...namespace, 'services/web': { ...object('web'), spec: {} } },
      undefined,
    ],
    [
      'one of a namespace that says it must not travel',
      kinds.configMap,
      object('settings'),
      { 'namespaces/shop': { metadata: { name: 'shop', labels: { 'landfall.dev/exclude': 'true' } } } },
      'label/namespace',
    ],
  ])('%s', async (_what, resource, content, live, rule) => {
    const decision = await selected(resource, content, live);
    expect(decision.in ? undefined : decision.rule).toBe(rule);
  });

  it('that is excluded is explained by its rule and reason, and by nothing that would change it', async () => {
    const decision = await selected(kinds.pod, pod, chain);
    if (decision.in) throw new Error('it is taken');
    const text = JSON.stringify(pod);
    const explanation = explainExcluded(text, readHead(text, kinds.pod).ref, decision);
    expect(explanation).toMatchObject({ excluded: { rule: 'owned/controller' }, steps: [], notes: [], after: '' });
    expect(explainLines(explanation).join('\n')).toContain(decision.reason);
  });
});
