import { describe, expect, it } from 'vitest';
import { LandfallError } from '../src/core/errors.ts';
import type { ApiResource } from '../src/core/resource.ts';
import type { ListOptions, ListPage } from '../src/ports/cluster.ts';
import { captureKind } from '../src/services/capture/capture-kind.ts';

const resource: ApiResource = {
  ...{ group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments', namespaced: true },
  ...{ verbs: ['list', 'create'], subresources: [] },
};
const namespaces = ['a', 'b', 'c', 'd'];

const page = (items: readonly Uint8Array[]): ListPage => ({
  ...{ items, resourceVersion: '7', restarted: 0, remaining: undefined },
});

/** Captures a kind of four namespaces that hold nothing; `whole` is what the list of the whole cluster gives. */
async function captured(whole: () => ListPage, asked = namespaces) {
  const lists: string[] = [];
  const source = {
    async *list(_kind: ApiResource, { namespace = '' }: ListOptions): AsyncGenerator<ListPage> {
      lists.push(namespace);
      yield namespace === '' ? whole() : page([]);
    },
  };
  const progress = { signal: new AbortController().signal };
  const task = { session: { source }, progress, selection: {}, onObjects: () => undefined };
  const found = await captureKind(task as never, { resource, namespaces: asked } as never);
  return { lists, found: found.flatMap(({ part }) => part.lists) };
}

const listed = namespaces.map((namespace) => ({ resource, namespace, resourceVersion: '7', restarted: 0 }));

describe('capturing a kind', () => {
  it('asks once where the whole cluster has no object of it, and says so of every namespace', async () => {
    expect(await captured(() => page([]))).toEqual({ lists: [''], found: listed });
  });

  it('lists every namespace where there is one anywhere', async () => {
    const { lists, found } = await captured(() => page([Buffer.from('{}')]));
    expect(lists.toSorted()).toEqual(['', ...namespaces]);
    expect(found).toEqual(listed);
  });

  it('lists every namespace where the account may not list beyond them', async () => {
    const refused = (): never => {
      throw new LandfallError('CLUSTER_FORBIDDEN', { what: 'no' });
    };
    const { lists, found } = await captured(refused);
    expect(lists.toSorted()).toEqual(['', ...namespaces]);
    expect(found).toEqual(listed);
  });

  it('ends where a namespace refuses its list: nothing of it is known, so nothing of it is taken for absent', async () => {
    const source = {
      list: () => {
        throw new LandfallError('CLUSTER_FORBIDDEN', { what: 'no' });
      },
    };
    const progress = { signal: new AbortController().signal };
    const task = { session: { source }, progress, selection: {}, onObjects: () => undefined };
    await expect(captureKind(task as never, { resource, namespaces } as never)).rejects.toThrow('no');
  });

  it('does not ask first for few namespaces', async () => {
    expect((await captured(() => page([]), ['a', 'b'])).lists.toSorted()).toEqual(['a', 'b']);
  });
});
