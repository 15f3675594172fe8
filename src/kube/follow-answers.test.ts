import { afterEach, describe, expect, it } from 'vitest';
import { sendJson, sendStatus, startLoopbackApi, type Answer } from '../../test/support/loopback-api.ts';
import type { ApiResource } from '../core/resource.ts';
import type { FollowRequest } from '../ports/remote.ts';
import { noFailpoints } from '../ports/failpoints.ts';
import { createCluster } from './index.ts';

const configMaps: ApiResource = {
  ...{ group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true },
  ...{ verbs: [], subresources: [] },
};
const object = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'a', resourceVersion: '7' } };

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

async function rig(answer: Answer) {
  const api = await startLoopbackApi(answer);
  open.push(api);
  const reported: string[] = [];
  const followRequest: FollowRequest = ({ remote, subject }) => {
    const report = (what: string) => void reported.push(`${subject}: ${what}`);
    expect(remote).toEqual({
      kind: 'cluster',
      name: api.spec.name,
      address: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    });
    return {
      sent: (doing) => (doing === undefined ? report('sent') : undefined),
      received: () => undefined,
      failed: ({ words, isAnswered }) => report(`${isAnswered ? 'refused' : 'unheard'} ${words}`),
      answered: () => report('answered'),
      ended: () => report('ended'),
    };
  };
  const cluster = await createCluster(api.spec, {
    ...{ failpoints: noFailpoints, role: 'target', followRequest, retry: { baseDelayMs: 5 } },
  });
  open.push(cluster);
  return { cluster, reported };
}

describe('what is said of requests to a cluster', () => {
  it('each attempt, the last refusal, and the answer', async () => {
    const { cluster, reported } = await rig(({ count }, response) => {
      if (count === 1) return void response.socket?.resetAndDestroy();
      if (count === 2) return sendStatus(response, 500, 'InternalError', 'failed calling webhook "a.example.com"');
      return sendJson(response, 200, object);
    });
    await cluster.get({ resource: configMaps, namespace: 'shop', name: 'a' });
    expect(reported.map((line) => line.replace('get ConfigMap shop/a: ', ''))).toEqual([
      'sent',
      expect.stringMatching(/^unheard .+/),
      'sent',
      'refused failed calling webhook "a.example.com"',
      'sent',
      'answered',
      'ended',
    ]);
  });

  it('a refusal that stays is an answer', async () => {
    const { cluster, reported } = await rig((_, response) => sendStatus(response, 422, 'Invalid', 'no'));
    await expect(cluster.get({ resource: configMaps, namespace: 'shop', name: 'a' })).rejects.toMatchObject({
      code: 'OBJECT_INVALID',
    });
    expect(reported.at(-2)).toBe('get ConfigMap shop/a: answered');
  });

  it('while a watch is quiet, the server is asked whether it lives', async () => {
    const { cluster, reported } = await rig(({ url }, response) => {
      if (!url.searchParams.has('watch')) return sendJson(response, 200, url.pathname === '/version' ? {} : object);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.flushHeaders();
    });
    const waiting = cluster.waitFor({
      resource: configMaps,
      namespace: 'shop',
      name: 'a',
      ...{ until: () => false, describe: () => 'as it was', timeoutMs: 3_500 },
    });
    await expect(waiting).rejects.toMatchObject({ code: 'WAIT_TIMED_OUT' });
    expect(reported).toContain('watch ConfigMap shop/a: answered');
    expect(reported).toContain('get /version: answered');
  });
});
