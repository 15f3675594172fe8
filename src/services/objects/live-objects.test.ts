import { describe, expect, it } from 'vitest';
import { LandfallError } from '../../core/errors.ts';
import type { ApiResource } from '../../core/resource.ts';
import type { Cluster, ListPage, ObjectAddress } from '../../ports/cluster.ts';
import { openLiveObjects } from './live-objects.ts';

const resource: ApiResource = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
  verbs: [],
  subresources: [],
};

const item = (name: string): string => JSON.stringify({ metadata: { name, namespace: 'shop' }, spec: {} });
const whole = (name: string): string =>
  JSON.stringify({ kind: 'Deployment', apiVersion: 'apps/v1', metadata: { name, namespace: 'shop' }, spec: {} });

/** Pages as a server gives them, and GETs that answer from `later`: what is there when the list is over. */
function openPages(
  pages: readonly (readonly string[])[],
  later: readonly string[] = [],
  restarts: readonly number[] = []
) {
  const gets: string[] = [];
  const remaining: string[] = [];
  const cluster = {
    async *list(): AsyncGenerator<ListPage> {
      for (const [at, names] of pages.entries()) {
        const items = names.map((name) => Buffer.from(item(name)));
        yield { items, resourceVersion: '1', restarted: restarts[at] ?? 0, remaining: undefined };
      }
    },
    get: async ({ name }: ObjectAddress) => {
      gets.push(name);
      return later.includes(name) ? { bytes: Buffer.from(whole(name)) } : undefined;
    },
  } as unknown as Cluster;
  const live = openLiveObjects(cluster, new AbortController().signal, (_kind, text) => {
    remaining.push((JSON.parse(text) as { metadata: { name: string } }).metadata.name);
  });
  const take = (name: string, namespace = 'shop') =>
    live.take(resource, { group: 'apps', kind: 'Deployment', namespace, name });
  return { take, drain: () => live.drain(resource, 'shop'), gets, remaining };
}

/** Namespaces whose lists were begun, in that order. */
function openNamespaces(namespaces: readonly string[]) {
  const begun: string[] = [];
  const cluster = {
    async *list(_kind: ApiResource, { namespace = '' }: { namespace?: string }): AsyncGenerator<ListPage> {
      begun.push(namespace);
      yield { items: [Buffer.from(item('a'))], resourceVersion: '1', restarted: 0, remaining: undefined };
    },
  } as unknown as Cluster;
  const live = openLiveObjects(cluster, new AbortController().signal, () => undefined);
  for (const namespace of namespaces) live.foresee(namespace);
  return { begun, live };
}

describe('live objects', () => {
  it('begins the lists of the next namespaces while one is read, each once', async () => {
    const { begun, live } = openNamespaces(['d', 'a', 'c', 'b']);
    const read = async (namespace: string): Promise<void> => {
      expect(await live.take(resource, { group: 'apps', kind: 'Deployment', namespace, name: 'a' })).toBe(whole('a'));
      await live.drain(resource, namespace);
    };
    await read('a');
    expect(begun.toSorted()).toEqual(['a', 'b', 'c']);
    for (const namespace of ['b', 'c', 'd']) await read(namespace);
    expect(begun.toSorted()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('come from the list, as a GET would give them, and nothing is asked for one by one', async () => {
    const { take, drain, gets, remaining } = openPages([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    expect(await take('a')).toBe(whole('a'));
    expect(await take('d')).toBe(whole('d'));
    await drain();
    expect(gets).toEqual([]);
    expect(remaining).toEqual(['b', 'c']);
  });

  it('are absent only when a GET says so', async () => {
    const { take, gets } = openPages([['a', 'c']], ['b']);
    expect(await take('b')).toBe(whole('b'));
    expect(await take('z')).toBeUndefined();
    expect(await take('c')).toBe(whole('c'));
    expect(gets).toEqual(['b', 'z']);
  });

  it('are found in any order', async () => {
    const { take, drain, remaining } = openPages(
      [
        ['b', 'a'],
        ['d', 'c'],
      ],
      ['a', 'b', 'c', 'd']
    );
    for (const name of ['d', 'a', 'c', 'b']) expect(await take(name)).toBe(whole(name));
    await drain();
    expect(remaining).toEqual([]);
  });

  it('are read on when the list starts again', async () => {
    const { take, gets } = openPages([['a', 'b'], ['a', 'b'], ['c']], [], [0, 1, 1]);
    expect(await take('a')).toBe(whole('a'));
    expect(await take('c')).toBe(whole('c'));
    expect(gets).toEqual([]);
  });

  it('a missing name does not read the list to its end', async () => {
    const many = Array.from({ length: 5_000 }, (_, at) => `m${String(at).padStart(5, '0')}`);
    const { take, gets } = openPages([many.slice(0, 2_500), many.slice(2_500)]);
    expect(await take('m00001x')).toBeUndefined();
    for (const name of many) expect(await take(name)).toBe(whole(name));
    expect(gets).toEqual(['m00001x']);
  });

  it.each([
    ['are none of a kind that nobody serves any more', [], 'none'],
    ['are unknown, and no list is taken for empty, while the kind is still served', [resource], 'KIND_NOT_SERVED'],
  ])('%s', async (_what, resources, answer) => {
    const remaining: string[] = [];
    const cluster = {
      list: () => ({
        [Symbol.asyncIterator]: () => ({
          next: () => Promise.reject(new LandfallError('KIND_NOT_SERVED', { what: 'a plain 404' })),
        }),
      }),
      discover: async () => ({ resources, failures: [] }),
    } as unknown as Cluster;
    const live = openLiveObjects(cluster, new AbortController().signal, (_kind, text) => void remaining.push(text));
    const drained = live.drain(resource, 'shop').then(
      () => 'none',
      (error: unknown) => (error as LandfallError).detail.code
    );
    expect(await drained).toBe(answer);
    expect(remaining).toEqual([]);
  });

  it('of the cluster itself are asked for one by one', async () => {
    const { take, gets } = openPages([], ['x']);
    expect(await take('x', '')).toBe(whole('x'));
    expect(gets).toEqual(['x']);
  });
});
