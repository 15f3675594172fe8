import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, describe, expect, it } from 'vitest';
import { sendJson, startLoopbackApi } from '../../test/support/loopback-api.ts';
import { LandfallError } from '../core/errors.ts';
import type { ApiResource } from '../core/resource.ts';
import { noFailpoints } from '../ports/failpoints.ts';
import { createCluster } from './index.ts';

const configMaps: ApiResource = {
  ...{ group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true },
  ...{ verbs: [], subresources: [] },
};
const bodyOf = (name: string) => JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
const write = { fieldManager: 'landfall-test' };
const lost = new LandfallError('WORKER_LOST', { what: 'another worker has taken over' });

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

/** A server that answers the first write only when reported, and a cluster whose last check a test decides. */
async function rig(check: () => void) {
  const first = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const api = await startLoopbackApi(async ({ body }, response) => {
    arrived.resolve();
    if (body.includes('"first"')) await first.promise;
    sendJson(response, 201, body === '' ? bodyOf('read') : body);
  });
  const cluster = await createCluster(api.spec, {
    ...{ failpoints: { ...noFailpoints, sending: check }, role: 'target', connections: 1, retry: { baseDelayMs: 5 } },
  });
  open.push(api, cluster);
  return { api, cluster, arrived: arrived.promise, answerFirst: first.resolve };
}

describe('the last check of a write', () => {
  it.each(['create', 'replace', 'patch', 'delete'] as const)(
    'stops a %s that waited behind the request limiter while the run was undone (torture seed 91245)',
    async (verb) => {
      let ended = false;
      const { api, cluster, arrived, answerFirst } = await rig(() => {
        if (ended) throw lost;
      });
      const first = cluster.create({ resource: configMaps, namespace: 'a', body: bodyOf('first') }, write);
      await arrived;
      const json = { ...write, contentType: 'application/merge-patch+json' } as const;
      const waiting = {
        create: () => cluster.create({ resource: configMaps, namespace: 'a', body: bodyOf('second') }, write),
        replace: () =>
          cluster.replace({ resource: configMaps, namespace: 'a', name: 'second', body: bodyOf('second') }, write),
        patch: () => cluster.patch({ resource: configMaps, namespace: 'a', name: 'second', patch: '{}' }, json),
        delete: () => cluster.delete({ resource: configMaps, namespace: 'a', name: 'second' }),
      }[verb]();
      const refused = waiting.catch((error: unknown) => error);
      ended = true;
      answerFirst();
      await first;
      expect(await refused).toMatchObject({ code: 'WORKER_LOST' });
      expect(api.seen).toHaveLength(1);
    }
  );

  it('does not ask for reads, and asks in the context of whoever writes', async () => {
    const context = new AsyncLocalStorage<string>();
    const asked: (string | undefined)[] = [];
    const { cluster } = await rig(() => void asked.push(context.getStore()));
    await cluster.get({ resource: configMaps, namespace: 'a', name: 'read' });
    expect(asked).toEqual([]);
    await Promise.all(
      ['one', 'two', 'three'].map((name) =>
        context.run(name, () => cluster.create({ resource: configMaps, namespace: 'a', body: bodyOf(name) }, write))
      )
    );
    expect(asked).toEqual(['one', 'two', 'three']);
  });

  it('keeps the connection usable for others', async () => {
    let refuse = true;
    const { api, cluster } = await rig(() => {
      if (refuse) throw lost;
    });
    await expect(
      cluster.create({ resource: configMaps, namespace: 'a', body: bodyOf('one') }, write)
    ).rejects.toMatchObject({ code: 'WORKER_LOST' });
    refuse = false;
    await cluster.create({ resource: configMaps, namespace: 'a', body: bodyOf('two') }, write);
    expect(api.seen).toHaveLength(1);
  });
});
