import { chmod, readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { forwardProxy, type ForwardProxy } from '../../test/support/forward-proxy.ts';
import {
  kubeconfig,
  sendJson,
  sendStatus,
  startLoopbackApi,
  type Answer,
  type LoopbackApi,
} from '../../test/support/loopback-api.ts';
import type { ClusterSpec } from '../core/spec/spec.ts';
import type { Cluster } from '../ports/cluster.ts';
import { noFailpoints } from '../ports/failpoints.ts';
import { createCluster } from './index.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

async function loopback(answer: Answer, user: Readonly<Record<string, unknown>> = {}): Promise<LoopbackApi> {
  const api = await startLoopbackApi(answer, { user });
  open.push(api);
  return api;
}

async function connect(spec: ClusterSpec): Promise<Cluster> {
  const cluster = await createCluster(spec, {
    failpoints: noFailpoints,
    role: 'source',
    retry: { attemptsMax: 2, baseDelayMs: 1 },
  });
  open.push(cluster);
  return cluster;
}

const allowed: Answer = (_, response) => sendJson(response, 201, { status: { allowed: true } });
const ask = (cluster: Cluster): Promise<boolean> =>
  cluster.can({ verb: 'get', resource: { group: '', plural: 'pods' }, namespace: 'shop' });

describe('kubeconfig', () => {
  it.each([
    ['is not YAML', '{ - : not yaml', /is not YAML/],
    ['is something else', 'hello: world', /has no contexts/],
    [
      'has no such context',
      kubeconfig('http://127.0.0.1:1').replace('"current-context":"loopback"', '"current-context":"nowhere"'),
      /no context nowhere; it has: loopback/,
    ],
    [
      'names a missing cluster',
      kubeconfig('http://127.0.0.1:1').replace('"cluster":"loopback"', '"cluster":"gone"'),
      /names a cluster that is not in it/,
    ],
    [
      'has a cluster without a server',
      kubeconfig('http://127.0.0.1:1').replace('"server"', '"sever"'),
      /kubeconfig .* is not valid/,
    ],
    ['has a bad address', kubeconfig('somewhere'), /is not an http or https address/],
    [
      'has an unusable proxy',
      kubeconfig('http://127.0.0.1:1').replace('"server"', '"proxy-url":"socks5://127.0.0.1:1","server"'),
      /proxy-url/,
    ],
  ])('that %s is KUBECONFIG_INVALID', async (_, text, message) => {
    const api = await loopback(allowed);
    const path = join(api.directory, 'other');
    await writeFile(path, text);
    await expect(
      createCluster({ ...api.spec, kubeconfig: { path } }, { failpoints: noFailpoints, role: 'source' })
    ).rejects.toMatchObject({
      code: 'KUBECONFIG_INVALID',
      message: expect.stringMatching(message) as string,
    });
  });

  it('may have entries for others that are not valid', async () => {
    const api = await loopback(allowed);
    const { path } = api.spec.kubeconfig;
    const document = JSON.parse(await readFile(path, 'utf8')) as { clusters: unknown[]; users: unknown[] };
    const clusters = [null, { name: 'other', cluster: null }, ...document.clusters];
    await writeFile(path, JSON.stringify({ ...document, clusters, users: [{}, ...document.users] }));
    expect(await ask(await connect(api.spec))).toBe(true);
  });

  it('that is missing, or lacks the context asked for, is KUBECONFIG_INVALID', async () => {
    const api = await loopback(allowed);
    for (const change of [{ path: join(api.directory, 'nothing') }, { ...api.spec.kubeconfig, context: 'prod' }]) {
      await expect(connect({ ...api.spec, kubeconfig: change })).rejects.toMatchObject({ code: 'KUBECONFIG_INVALID' });
    }
  });
});

describe('credentials', () => {
  const seenTokens = (api: LoopbackApi): unknown[] => api.seen.map((request) => request.headers.authorization);

  it('come from a token file beside the kubeconfig, with impersonated groups', async () => {
    const api = await loopback(allowed, { tokenFile: 'token', as: 'eve', 'as-groups': ['a', 'b'] });
    await writeFile(join(api.directory, 'token'), 'from-file\n');
    expect(await ask(await connect(api.spec))).toBe(true);
    expect(seenTokens(api)).toEqual(['Bearer from-file']);
    expect(api.seen[0]?.headers['impersonate-user']).toBe('eve');
    expect(api.seen[0]?.headers['impersonate-group']).toBe('a, b');
  });

  it('come from a token file anew after a 401', async () => {
    const api = await loopback(
      (request, response) =>
        request.headers.authorization === 'Bearer second'
          ? allowed(request, response)
          : sendStatus(response, 401, 'Unauthorized', 'Unauthorized'),
      { tokenFile: 'token' }
    );
    const cluster = await connect(api.spec);
    await writeFile(join(api.directory, 'token'), 'first');
    await expect(ask(cluster)).rejects.toMatchObject({ code: 'CLUSTER_CREDENTIALS_EXPIRED' });
    await writeFile(join(api.directory, 'token'), 'second');
    expect(await ask(cluster)).toBe(true);
  });

  it('may be none at all', async () => {
    const api = await loopback(allowed);
    const { path } = api.spec.kubeconfig;
    const document = JSON.parse(await readFile(path, 'utf8')) as { users: unknown[] };
    await writeFile(path, JSON.stringify({ ...document, users: [{ name: 'tester' }] }));
    expect(await ask(await connect(api.spec))).toBe(true);
    expect(api.seen[0]?.headers).not.toHaveProperty('authorization');
    expect(api.seen[0]?.headers).not.toHaveProperty('impersonate-user');
  });

  it('are basic, by name and password', async () => {
    const api = await loopback(allowed, { username: 'eve', password: 'swordfish' });
    expect(await ask(await connect(api.spec))).toBe(true);
    expect(seenTokens(api)).toEqual([`Basic ${Buffer.from('eve:swordfish').toString('base64')}`]);
  });

  it('come from the providers that client-node knows, of which OIDC is one', async () => {
    const idToken = ['{}', JSON.stringify({ exp: Math.round(Date.now() / 1000) + 3_600 }), ''].map((part) =>
      Buffer.from(part).toString('base64url')
    );
    const config = { 'id-token': idToken.join('.'), 'client-id': 'landfall', 'idp-issuer-url': 'https://127.0.0.1:1' };
    const api = await loopback(allowed, { 'auth-provider': { name: 'oidc', config } });
    expect(await ask(await connect(api.spec))).toBe(true);
    expect(seenTokens(api)).toEqual([`Bearer ${idToken.join('.')}`]);
  });

  it('are read again after one 401 for all requests together', async () => {
    const api = await loopback(
      (request, response) => {
        if (request.headers.authorization !== 'Bearer new')
          return sendStatus(response, 401, 'Unauthorized', 'Unauthorized');
        return allowed(request, response);
      },
      { token: 'old' }
    );
    const cluster = await connect(api.spec);
    const {
      kubeconfig: { path },
    } = api.spec;
    expect(await ask(cluster).catch((error: unknown) => (error as { code: string }).code)).toBe(
      'CLUSTER_CREDENTIALS_EXPIRED'
    );
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('"old"', '"new"'));
    expect(await Promise.all([ask(cluster), ask(cluster), ask(cluster)])).toEqual([true, true, true]);
  });

  it('come from a plugin, which is asked again after a 401', async () => {
    const api = await loopback((request, response) => {
      if (request.headers.authorization !== 'Bearer token-2')
        return sendStatus(response, 401, 'Unauthorized', 'Unauthorized');
      return allowed(request, response);
    });
    const plugin = join(api.directory, 'plugin');
    const countFile = join(api.directory, 'count');
    await writeFile(
      plugin,
      `#!/bin/sh\necho x >> ${countFile}\nprintf '{"kind":"ExecCredential","status":{"token":"token-%s"}}' "$(wc -l < ${countFile} | tr -d ' ')"\n`
    );
    await chmod(plugin, 0o700);
    await writeExec(api, plugin);
    expect(await ask(await connect(api.spec))).toBe(true);
    expect(seenTokens(api)).toEqual(['Bearer token-1', 'Bearer token-2']);
  });

  it('say which plugin is missing, and what a failing one wrote', async () => {
    const api = await loopback(allowed);
    await writeExec(api, join(api.directory, 'not-there'));
    await expect(ask(await connect(api.spec))).rejects.toMatchObject({ code: 'KUBECONFIG_INVALID' });
    const plugin = join(api.directory, 'failing');
    await writeFile(plugin, '#!/bin/sh\necho "the login has expired" >&2\nexit 1\n');
    await chmod(plugin, 0o700);
    await writeExec(api, plugin);
    await expect(ask(await connect(api.spec))).rejects.toMatchObject({
      code: 'CLUSTER_CREDENTIALS_EXPIRED',
      detail: { why: 'the login has expired' },
    });
  });
});

describe('proxies', () => {
  afterEach(() => void vi.unstubAllEnvs());

  /** A kubeconfig for a name that only the proxy leads anywhere. */
  async function named(api: LoopbackApi, change: object = {}): Promise<ForwardProxy> {
    const { path } = api.spec.kubeconfig;
    const document = JSON.parse(await readFile(path, 'utf8')) as { clusters: [{ cluster: Record<string, unknown> }] };
    const [{ cluster }] = document.clusters;
    const proxy = await forwardProxy({ host: '127.0.0.1', port: Number(new URL(String(cluster['server'])).port) });
    open.push({ close: () => Promise.resolve(proxy.close()) });
    Object.assign(cluster, { server: 'http://api.landfall.test:6443' }, change);
    await writeFile(path, JSON.stringify(document));
    return proxy;
  }

  it.each(['HTTP_PROXY', 'http_proxy'])('come from %s, with user and password', async (variable) => {
    const api = await loopback(allowed);
    const proxy = await named(api);
    vi.stubEnv(variable, proxy.url);
    expect(await ask(await connect(api.spec))).toBe(true);
    expect(proxy.requests).toHaveLength(1);
    expect(proxy.authorizations).toEqual([`Basic ${Buffer.from('user:swordfish').toString('base64')}`]);
  });

  it('of the kubeconfig go before those of the environment', async () => {
    const api = await loopback(allowed);
    const proxy = await named(api);
    vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:1');
    const { path } = api.spec.kubeconfig;
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('"server"', `"proxy-url":"${proxy.url}","server"`));
    expect(await ask(await connect(api.spec))).toBe(true);
  });

  it('are named when the server is not reached, and so are exceptions', async () => {
    const api = await loopback(allowed);
    const proxy = await named(api);
    vi.stubEnv('HTTP_PROXY', proxy.url);
    vi.stubEnv('NO_PROXY', 'landfall.test');
    await expect(ask(await connect(api.spec))).rejects.toMatchObject({
      code: 'CLUSTER_UNREACHABLE',
      detail: { why: expect.stringContaining('directly, because NO_PROXY exempts api.landfall.test') as string },
    });
  });

  it('are not used for this machine', async () => {
    vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:1');
    expect(await ask(await connect((await loopback(allowed)).spec))).toBe(true);
  });
});

it('reaches a server at an address of IPv6', async () => {
  const api = await startLoopbackApi(allowed, { host: '::1' });
  open.push(api);
  expect(await ask(await connect(api.spec))).toBe(true);
});

describe('unreachable clusters', () => {
  it('are CLUSTER_UNREACHABLE when nobody listens', async () => {
    const listener = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => listener.once('listening', resolve));
    const { port } = listener.address() as AddressInfo;
    await new Promise((resolve) => listener.close(resolve));
    const api = await loopback(allowed);
    await writeFile(api.spec.kubeconfig.path, kubeconfig(`http://127.0.0.1:${port}`));
    await expect(ask(await connect(api.spec))).rejects.toMatchObject({ code: 'CLUSTER_UNREACHABLE' });
  });

  it('are CLUSTER_UNREACHABLE when TLS meets plain HTTP', async () => {
    const api = await loopback(allowed);
    const text = await readFile(api.spec.kubeconfig.path, 'utf8');
    await writeFile(api.spec.kubeconfig.path, text.replace('http://', 'https://'));
    await expect(ask(await connect(api.spec))).rejects.toMatchObject({ code: 'CLUSTER_UNREACHABLE' });
  });

  it('serve below a path when a gateway says so', async () => {
    const api = await loopback(allowed);
    const text = await readFile(api.spec.kubeconfig.path, 'utf8');
    await writeFile(api.spec.kubeconfig.path, text.replace(/("server":"[^"]*)"/, '$1/k8s/clusters/c-1/"'));
    await ask(await connect(api.spec));
    expect(api.seen[0]?.rawPath).toBe('/k8s/clusters/c-1/apis/authorization.k8s.io/v1/selfsubjectaccessreviews');
  });
});

async function writeExec(api: LoopbackApi, command: string): Promise<void> {
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command, interactiveMode: 'Never' };
  const text = await readFile(api.spec.kubeconfig.path, 'utf8');
  const document = JSON.parse(text) as { users: unknown[] };
  await writeFile(
    api.spec.kubeconfig.path,
    JSON.stringify({ ...document, users: [{ name: 'tester', user: { exec } }] })
  );
}
