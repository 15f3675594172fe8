import { describe, expect, it } from 'vitest';
import { LandfallError } from '../../core/errors.ts';
import type { ApiResource } from '../../core/resource.ts';
import { decideObject } from '../../core/select/decide-object.ts';
import { readHead } from '../../core/select/head.ts';
import type { ListOptions, ListPage } from '../../ports/cluster.ts';
import { createRelatives } from './relatives.ts';

function resource(group: string, kind: string): ApiResource {
  const plural = `${kind.toLowerCase()}s`;
  return { group, version: 'v1', kind, plural, namespaced: true, verbs: ['list', 'create'], subresources: [] };
}

const kinds = {
  cluster: resource('db.example.com', 'Cluster'),
  pod: resource('', 'Pod'),
  endpoints: { ...resource('', 'Endpoints'), plural: 'endpoints' },
};
const scope = {
  ...{ namespaces: ['shop'], excludeNamespaces: [], kinds: [], excludeKinds: [] },
  ...{ labelSelector: '', clusterScoped: 'dependencies' as const },
};
const selection = { resources: Object.values(kinds), landfallNamespace: 'landfall', excludedNamespaces: {} };
const pod = {
  metadata: {
    ...{ name: 'db-0', namespace: 'shop' },
    ownerReferences: [{ apiVersion: 'db.example.com/v1', kind: 'Cluster', name: 'db', uid: 'u', controller: true }],
  },
};
const endpoints = {
  metadata: { name: 'web', namespace: 'shop', labels: { 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' } },
};

/** Decides one object; `lists` holds what the source lists, by plural, and refuses every other list. */
async function decided(kind: ApiResource, content: object, lists: Readonly<Record<string, readonly object[]>>) {
  const source = {
    async *list({ plural }: ApiResource, _: ListOptions): AsyncGenerator<ListPage> {
      const items = lists[plural]?.map((item) => Buffer.from(JSON.stringify(item)));
      if (items === undefined) throw new LandfallError('CLUSTER_FORBIDDEN', { what: 'no' });
      yield { items, resourceVersion: '1', restarted: 0, remaining: undefined };
    },
  };
  const plan = { kinds: [], sourceResources: selection.resources };
  const of = { session: { source, spec: { scope } }, plan, selection, signal: new AbortController().signal };
  const text = JSON.stringify(content);
  const object = { head: readHead(text, kind), text, resource: kind };
  return createRelatives(of as never).decide(object, decideObject(object, scope, selection));
}

describe('an object that its owner makes again', () => {
  const owner = (uid: string) => ({ clusters: [{ metadata: { name: 'db', namespace: 'shop', uid } }] });

  it('is excluded with its owner as the reason where that one is there', async () => {
    expect(await decided(kinds.pod, pod, owner('u'))).toMatchObject({ rule: 'owned/controller' });
    expect(await decided(kinds.pod, pod, owner('another'))).toMatchObject({ rule: 'owned/without-controller' });
  });

  it('is not said to be made again where nobody may look for its owner', async () => {
    expect(await decided(kinds.pod, pod, {})).toEqual({
      in: false,
      rule: 'owned/unseen',
      reason: expect.stringMatching(/permission to list clusters.db.example.com in namespace shop$/) as string,
    });
  });
});

describe('Endpoints with marks of their controller', () => {
  it('are decided by their Service', async () => {
    const service = (spec: object) => ({
      services: [{ metadata: { name: 'web', namespace: 'shop' }, spec }],
      endpoints: [],
    });
    const made = service({ selector: { app: 'web' } });
    expect(await decided(kinds.endpoints, endpoints, made)).toMatchObject({ rule: 'derived/endpoints' });
    expect(await decided(kinds.endpoints, endpoints, service({}))).toEqual({ in: true });
  });

  it('are not said to be made again where nobody may look at the addresses of a Service without selector', async () => {
    const services = [{ metadata: { name: 'web', namespace: 'shop' }, spec: {} }];
    expect(await decided(kinds.endpoints, endpoints, { services })).toMatchObject({
      rule: 'derived/unseen',
      reason: expect.stringContaining('permission to list endpoints in namespace shop') as string,
    });
  });

  it('are not said to be made again where nobody may look for it', async () => {
    expect(await decided(kinds.endpoints, endpoints, {})).toMatchObject({
      rule: 'derived/unseen',
      reason: expect.stringContaining('permission to list services in namespace shop') as string,
    });
  });
});
