import { afterEach, describe, expect, it } from 'vitest';
import {
  sendJson,
  sendStatus,
  startLoopbackApi,
  type Answer,
  type LoopbackApi,
} from '../../test/support/loopback-api.ts';
import type { ApiResource } from '../core/resource.ts';
import type { Cluster, ListPage, RetryNotice } from '../ports/cluster.ts';
import type { Effect } from '../ports/failpoints.ts';
import { createCluster, type ClusterOptions } from './index.ts';

const configMaps: ApiResource = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
  verbs: [],
  subresources: [],
};
const services: ApiResource = { ...configMaps, kind: 'Service', plural: 'services' };
const secrets: ApiResource = { ...configMaps, kind: 'Secret', plural: 'secrets' };

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

interface Rig {
  readonly api: LoopbackApi;
  readonly cluster: Cluster;
  readonly retries: RetryNotice[];
  readonly effects: string[];
}

async function rig(answer: Answer, options: Partial<ClusterOptions> = {}): Promise<Rig> {
  const api = await startLoopbackApi(answer);
  open.push(api);
  const retries: RetryNotice[] = [];
  const effects: string[] = [];
  const note = (when: string) => (effect: Effect) => {
    effects.push(`${when} ${effect.name} ${effect.subject}`);
    return Promise.resolve();
  };
  const cluster = await createCluster(api.spec, {
    failpoints: { before: note('before'), after: note('after') },
    role: 'target',
    onRetry: (notice) => retries.push(notice),
    retry: { baseDelayMs: 5, notServedWaitMs: 1500, quotaWaitMs: 5000 },
    ...options,
  });
  open.push(cluster);
  return { api, cluster, retries, effects };
}

const object = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'a', resourceVersion: '7' } };
const body = JSON.stringify(object);
const write = { fieldManager: 'landfall-test' };
const list = (items: unknown[], metadata: object = {}): object => ({
  kind: 'ConfigMapList',
  metadata: { resourceVersion: '9', ...metadata },
  items,
});

async function pagesOf(cluster: Cluster, options: { limit?: number } = {}): Promise<ListPage[]> {
  const pages: ListPage[] = [];
  for await (const page of cluster.list(configMaps, options)) pages.push(page);
  return pages;
}

describe('a server that was away', () => {
  const forbidden = 'configmaps "a" is forbidden: User "u" cannot get resource "configmaps" in API group ""';

  it('refuses everybody until it has read its roles, and is asked again (torture seed 77)', async () => {
    const { cluster, retries } = await rig(({ count }, response) => {
      if (count === 1) return void response.socket?.resetAndDestroy();
      if (count < 5) return sendStatus(response, 403, 'Forbidden', forbidden);
      return sendJson(response, 200, body);
    });
    expect(await cluster.get({ resource: configMaps, namespace: 'shop', name: 'a' })).toBeDefined();
    const refused = ['CLUSTER_FORBIDDEN', 'CLUSTER_FORBIDDEN', 'CLUSTER_FORBIDDEN'];
    expect(retries.map((retry) => retry.code)).toEqual(['CLUSTER_SERVER_ERROR', ...refused]);
  });

  it('and goes on refusing is believed in the end', async () => {
    const answer: Answer = ({ count }, response) => {
      if (count === 1) return void response.socket?.resetAndDestroy();
      return sendStatus(response, 403, 'Forbidden', forbidden);
    };
    const { cluster } = await rig(answer, { retry: { baseDelayMs: 5, justBackWaitMs: 100 } });
    await expect(cluster.get({ resource: configMaps, namespace: 'shop', name: 'a' })).rejects.toMatchObject({
      code: 'CLUSTER_FORBIDDEN',
    });
  });

  it('a refusal without an outage is final at once', async () => {
    const { cluster, retries } = await rig((_, response) => sendStatus(response, 403, 'Forbidden', forbidden));
    await expect(cluster.get({ resource: configMaps, namespace: 'shop', name: 'a' })).rejects.toMatchObject({
      code: 'CLUSTER_FORBIDDEN',
    });
    expect(retries).toEqual([]);
  });
});

describe('broken answers', () => {
  const whole = JSON.stringify(list([object, object]));

  it('refuses a list that is cut although HTTP says it is whole, and asks again', async () => {
    const { cluster, retries } = await rig(({ count }, response) =>
      sendJson(response, 200, count < 3 ? whole.slice(0, -20) : whole)
    );
    const pages = await pagesOf(cluster);
    expect(pages.map((page) => page.items.length)).toEqual([2]);
    expect(retries.map((retry) => retry.code)).toEqual(['CLUSTER_SERVER_ERROR', 'CLUSTER_SERVER_ERROR']);
  });

  it('asks again when the connection is reset in the middle of the body', async () => {
    const { cluster, retries } = await rig(({ count }, response) => {
      if (count > 1) return sendJson(response, 200, whole);
      response.writeHead(200, { 'content-length': whole.length });
      response.write(whole.slice(0, 30), () => response.socket?.resetAndDestroy());
    });
    expect(await pagesOf(cluster)).toHaveLength(1);
    expect(retries).toHaveLength(1);
  });

  it('fails after its attempts with the code', async () => {
    const { cluster, retries } = await rig((_, response) => sendJson(response, 200, '{"items":['), {
      retry: { baseDelayMs: 1, attemptsMax: 3 },
    });
    await expect(pagesOf(cluster)).rejects.toMatchObject({ code: 'CLUSTER_SERVER_ERROR' });
    expect(retries.map(({ attempt, attemptsMax }) => `${attempt}/${attemptsMax}`)).toEqual(['1/3', '2/3']);
  });

  it('does not give out half an object', async () => {
    const { cluster } = await rig(({ count }, response) =>
      sendJson(response, 200, count === 1 ? body.slice(0, -1) : body)
    );
    expect(
      Buffer.from((await cluster.get({ resource: configMaps, namespace: 'shop', name: 'a' }))?.bytes ?? []).toString()
    ).toBe(body);
  });
});

describe('list', () => {
  it('keeps one resourceVersion and restarts on 410', async () => {
    const { api, cluster } = await rig(({ url }, response) => {
      const token = url.searchParams.get('continue');
      const asked = api.seen.length;
      if (token === null)
        return sendJson(
          response,
          200,
          list([object], { resourceVersion: asked === 1 ? '1' : '2', continue: 'next', remainingItemCount: 1 })
        );
      if (asked === 2) return sendStatus(response, 410, 'Expired', 'The provided continue parameter is too old');
      return sendJson(response, 200, list([object], { resourceVersion: '2' }));
    });
    const pages = await pagesOf(cluster, { limit: 1 });
    expect(pages.map(({ resourceVersion, restarted, remaining }) => [resourceVersion, restarted, remaining])).toEqual([
      ['1', 0, 1],
      ['2', 1, 1],
      ['2', 1, undefined],
    ]);
  });

  it('restarts when a later page is at another version', async () => {
    let version = 0;
    const { cluster } = await rig(({ url }, response) => {
      version += version < 3 ? 1 : 0;
      sendJson(
        response,
        200,
        list([object], {
          resourceVersion: String(version),
          ...(url.searchParams.has('continue') ? {} : { continue: 'next' }),
        })
      );
    });
    const pages = await pagesOf(cluster);
    expect(pages.filter((page) => page.restarted === 1).map((page) => page.resourceVersion)).toEqual(['3', '3']);
  });

  it('ends when every attempt expires', async () => {
    const { cluster } = await rig(({ url }, response) =>
      url.searchParams.has('continue')
        ? sendStatus(response, 410, 'Expired', 'too old')
        : sendJson(response, 200, list([object], { continue: 'x' }))
    );
    await expect(pagesOf(cluster)).rejects.toMatchObject({ code: 'CLUSTER_SERVER_ERROR' });
  });

  it('asks for fewer objects when pages are huge', async () => {
    const large = { ...object, data: { blob: 'x'.repeat(900 * 1024) } };
    const { api, cluster } = await rig(({ url }, response) => {
      const limit = Number(url.searchParams.get('limit'));
      const start = Number(url.searchParams.get('continue') ?? 0);
      const count = Math.min(limit, 100 - start);
      const next = start + count < 100 ? { continue: String(start + count) } : {};
      sendJson(
        response,
        200,
        list(
          Array.from({ length: count }, () => large),
          next
        )
      );
    });
    const pages = await pagesOf(cluster);
    expect(pages.reduce((sum, page) => sum + page.items.length, 0)).toBe(100);
    const limits = api.seen.map(({ url }) => Number(url.searchParams.get('limit')));
    expect(limits.slice(0, 3)).toEqual([1000, 125, 15]);
    expect(Math.max(...limits.slice(3))).toBeLessThanOrEqual(18);
  });

  it('stops with the reason of the signal', async () => {
    const controller = new AbortController();
    const { cluster } = await rig((_, response) => sendJson(response, 200, list([object], { continue: 'more' })));
    const read = async (): Promise<void> => {
      for await (const page of cluster.list(configMaps, { signal: controller.signal })) {
        if (page.items.length > 0) controller.abort(new Error('cancelled by the user'));
      }
    };
    await expect(read()).rejects.toThrow('cancelled by the user');
  });
});

describe('writes', () => {
  it('honours Retry-After and reports it', async () => {
    const { cluster, retries } = await rig(({ count }, response) =>
      count === 1
        ? sendStatus(response, 429, 'TooManyRequests', 'slow down', { 'retry-after': '1' })
        : sendJson(response, 201, object)
    );
    const startedAtMs = performance.now();
    expect(await cluster.create({ resource: configMaps, namespace: 'shop', body }, write)).toMatchObject({
      outcome: 'created',
    });
    expect(performance.now() - startedAtMs).toBeGreaterThan(990);
    expect(retries).toMatchObject([
      { subject: 'ConfigMap shop/a on cluster loopback', code: 'CLUSTER_THROTTLED', attempt: 1 },
    ]);
  });

  it('finds its own object when the answer to a create was lost', async () => {
    let stored = false;
    const { cluster, effects } = await rig((_, response) => {
      if (stored) return sendStatus(response, 409, 'AlreadyExists', 'configmaps "a" already exists');
      stored = true;
      response.socket?.resetAndDestroy();
    });
    expect(await cluster.create({ resource: configMaps, namespace: 'shop', body }, write)).toEqual({
      outcome: 'exists',
      warnings: [],
    });
    expect(effects).toEqual(['before target.create ConfigMap shop/a', 'after target.create ConfigMap shop/a']);
  });

  it('does not repeat a JSON patch that may have happened, but repeats an apply', async () => {
    const { api, cluster } = await rig(({ count }, response) => {
      if (count === 1) return void response.socket?.resetAndDestroy();
      sendJson(response, 200, object);
    });
    const json = { ...write, contentType: 'application/json-patch+json' } as const;
    await expect(
      cluster.patch({ resource: configMaps, namespace: 'shop', name: 'a', patch: '[]' }, json)
    ).rejects.toMatchObject({
      code: 'CLUSTER_SERVER_ERROR',
    });
    expect(api.seen).toHaveLength(1);
    const apply = { ...write, contentType: 'application/apply-patch+yaml', force: true } as const;
    expect(
      await cluster.patch({ resource: configMaps, namespace: 'other', name: 'a', patch: body }, apply)
    ).toMatchObject({ outcome: 'patched' });
    expect(api.seen.at(-1)?.url.searchParams.get('force')).toBe('true');
  });

  it('repeats a create that met the bookkeeping of a quota', async () => {
    const { cluster } = await rig(({ count }, response) =>
      count === 1
        ? sendStatus(response, 409, 'Conflict', 'Operation cannot be fulfilled on resourcequotas "q"')
        : sendJson(response, 201, object)
    );
    expect(await cluster.create({ resource: configMaps, namespace: 'shop', body }, write)).toMatchObject({
      outcome: 'created',
    });
  });

  it.each([
    [
      422,
      'Invalid',
      'spec.clusterIPs: Invalid value: ["10.0.0.1"]: failed to allocate IP 10.0.0.1: provided IP is already allocated',
    ],
    [
      500,
      'InternalError',
      'Internal error occurred: failed to allocate requested HealthCheck NodePort 30000: provided port is already allocated',
    ],
  ])('sees an existing Service behind %i, and a stranger holding its port', async (status, reason, message) => {
    let exists = true;
    const service = JSON.stringify({ metadata: { name: 'web' } });
    const { cluster } = await rig(({ method }, response) => {
      if (method === 'POST') return sendStatus(response, status, reason, message);
      return exists
        ? sendJson(response, 200, service)
        : sendStatus(response, 404, 'NotFound', 'services "web" not found');
    });
    expect(await cluster.create({ resource: services, namespace: 'shop', body: service }, write)).toMatchObject({
      outcome: 'exists',
    });
    exists = false;
    await expect(cluster.create({ resource: services, namespace: 'shop', body: service }, write)).rejects.toMatchObject(
      {
        code: 'OBJECT_INVALID',
        detail: { fix: expect.stringContaining('kubectl get services -A') as string },
      }
    );
  });

  it('waits a little for a kind whose CRD has just come, and names it when it does not', async () => {
    let served = false;
    const { cluster, retries } = await rig(({ count }, response) => {
      if (served || count > 2) return sendJson(response, 201, object);
      response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found\n');
    });
    expect(await cluster.create({ resource: configMaps, namespace: 'shop', body }, write)).toMatchObject({
      outcome: 'created',
    });
    expect(retries.map((retry) => retry.code)).toEqual(['KIND_NOT_SERVED', 'KIND_NOT_SERVED']);
    served = false;
    const { cluster: without } = await rig((_, response) => void response.writeHead(404).end('404 page not found\n'));
    await expect(without.get({ resource: configMaps, namespace: 'shop', name: 'a' })).rejects.toMatchObject({
      code: 'KIND_NOT_SERVED',
    });
  });

  it('waits for a quota that is not counted yet', async () => {
    const { cluster } = await rig(({ count }, response) =>
      count < 3
        ? sendStatus(response, 403, 'Forbidden', 'a is forbidden: status unknown for quota: q, resources: count/x')
        : sendJson(response, 201, object)
    );
    expect(await cluster.create({ resource: configMaps, namespace: 'shop', body }, write)).toMatchObject({
      outcome: 'created',
    });
  });

  it('has no failpoints in a dry run, and passes warnings on', async () => {
    const { api, cluster, effects } = await rig((_, response) =>
      sendJson(response, 201, object, { warning: ['299 - "one"', '299 - "two"'] })
    );
    const result = await cluster.create(
      { resource: configMaps, namespace: 'shop', body },
      { ...write, dryRun: true, fieldValidation: 'Strict' }
    );
    expect(result.warnings).toEqual(['one', 'two']);
    expect(effects).toEqual([]);
    expect(api.seen[0]?.url.search).toBe('?fieldManager=landfall-test&dryRun=All&fieldValidation=Strict');
  });

  it('distinguishes deleted, deleting and absent', async () => {
    const { cluster } = await rig(({ rawPath }, response) => {
      if (rawPath.endsWith('/gone')) return sendStatus(response, 404, 'NotFound', 'not found');
      if (rawPath.endsWith('/held'))
        return sendJson(response, 200, { metadata: { deletionTimestamp: 'now', finalizers: ['x'] } });
      return sendJson(response, 200, { kind: 'Status', status: 'Success' });
    });
    expect(
      await Promise.all(
        ['a', 'held', 'gone'].map((name) => cluster.delete({ resource: configMaps, namespace: 'shop', name }))
      )
    ).toEqual(['deleted', 'deleting', 'absent']);
  });
});

describe('refusals', () => {
  it.each([
    [500, '', 'etcdserver: mvcc: database space exceeded', 'CLUSTER_STORAGE_FULL'],
    [500, '', 'etcdserver: request is too large', 'OBJECT_TOO_LARGE'],
    [413, 'RequestEntityTooLarge', 'Request entity too large: limit is 3145728', 'OBJECT_TOO_LARGE'],
    [422, 'Invalid', "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no", 'ADMISSION_DENIED'],
    [400, '', 'admission webhook "w.example" denied the request: no', 'ADMISSION_DENIED'],
    [
      403,
      'Forbidden',
      'pods "a" is forbidden: violates PodSecurity "restricted:latest": privileged',
      'ADMISSION_DENIED',
    ],
    [403, 'Forbidden', 'pods "a" is forbidden: exceeded quota: q, requested: pods=1', 'QUOTA_EXCEEDED'],
    [
      403,
      'Forbidden',
      'unable to create new content in namespace x because it is being terminated',
      'NAMESPACE_TERMINATING',
    ],
    [404, 'NotFound', 'namespaces "x" not found', 'OBJECT_NOT_FOUND'],
    [500, '', 'resourceVersion should not be set on objects to be created', 'OBJECT_INVALID'],
    [302, '', '<html>log in</html>', 'CLUSTER_SERVER_ERROR'],
  ])('%i %s %s is %s, at once', async (status, reason, message, code) => {
    const { cluster, retries } = await rig((_, response) => sendStatus(response, status, reason, message));
    await expect(cluster.create({ resource: configMaps, namespace: 'x', body }, write)).rejects.toMatchObject({
      code,
      detail: { why: message },
    });
    expect(retries).toEqual([]);
  });

  it('names user, verb, resource and namespace of a missing permission', async () => {
    const message =
      'deployments.apps is forbidden: User "eve" cannot create resource "deployments" in API group "apps" in the namespace "shop"';
    const { cluster } = await rig((_, response) => sendStatus(response, 403, 'Forbidden', message));
    await expect(cluster.create({ resource: configMaps, namespace: 'shop', body }, write)).rejects.toMatchObject({
      code: 'CLUSTER_FORBIDDEN',
      detail: {
        what: 'user eve is not allowed to create deployments.apps in namespace shop on cluster loopback',
        fix: 'grant the verb create on deployments.apps in namespace shop to eve (RBAC)',
      },
    });
  });

  it.each([
    [
      'spec.template: Invalid value: {"labels":{"a":"}"},"Env":[{"Value":"hunter \\"2{"}]}: field is immutable',
      'spec.template: Invalid value: (not shown): field is immutable',
    ],
    [
      'spec: Invalid value: core.PodSpec{Env:[]core.EnvVar{core.EnvVar{Value:"hunter"}}}: no, spec.replicas: Invalid value: -1: too few',
      'spec: Invalid value: (not shown): no, spec.replicas: Invalid value: -1: too few',
    ],
    ['spec.template: Invalid value: {"Env":"hunter', 'spec.template: Invalid value: (not shown)'],
    ['spec.x: Invalid value: []string{"hunter"}: no', 'spec.x: Invalid value: (not shown): no'],
    ['spec.type: Invalid value: "x": no', 'spec.type: Invalid value: "x": no'],
  ])(
    'keeps structures with the values in them out of messages, and the reason behind them in: %s',
    async (said, reported) => {
      const { cluster } = await rig((_, response) => sendStatus(response, 422, 'Invalid', said));
      const error: unknown = await cluster
        .create({ resource: configMaps, namespace: 'shop', body }, write)
        .catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ detail: { why: reported } });
    }
  );

  it('keeps values of Secrets out of messages', async () => {
    const { cluster } = await rig((_, response) =>
      sendStatus(response, 422, 'Invalid', 'data[p]: Invalid value: "hunter \\"2\\"": no')
    );
    const error: unknown = await cluster
      .create({ resource: secrets, namespace: 'shop', body }, write)
      .catch((thrown: unknown) => thrown);
    expect(JSON.stringify(error)).not.toContain('hunter');
  });
});
