import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { sendJson, startLoopbackApi, type LoopbackApi } from '../../test/support/loopback-api.ts';
import { noFailpoints } from '../ports/failpoints.ts';
import { createCluster } from './index.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

interface Kubeconfig {
  clusters: { name: string; cluster: Record<string, unknown> }[];
  users: unknown[];
}

/** A cluster whose user has a plugin: a shell script `login` beside the kubeconfig, unless the command says another. */
async function setting(script: string, exec: object = {}, cluster: object = {}): Promise<LoopbackApi> {
  const api = await startLoopbackApi((_, response) => sendJson(response, 201, { status: { allowed: true } }), {});
  open.push(api);
  const { path } = api.spec.kubeconfig;
  const document = JSON.parse(await readFile(path, 'utf8')) as Kubeconfig;
  Object.assign(document.clusters[0]?.cluster ?? {}, cluster);
  const version = 'client.authentication.k8s.io/v1';
  const user = { exec: { apiVersion: version, command: './login', interactiveMode: 'Never', ...exec } };
  await writeFile(path, JSON.stringify({ ...document, users: [{ name: 'tester', user }] }));
  const plugin = join(api.directory, 'login');
  await writeFile(plugin, `#!/bin/sh\necho x >> ${api.directory}/runs\n${script}\n`);
  await chmod(plugin, 0o700);
  return api;
}

const giving = (status: string, version = 'client.authentication.k8s.io/v1'): string =>
  `printf '{"apiVersion":"${version}","kind":"ExecCredential","status":${status}}'`;

async function ask(api: LoopbackApi, times = 1): Promise<boolean> {
  const cluster = await createCluster(api.spec, {
    failpoints: noFailpoints,
    role: 'source',
    retry: { attemptsMax: 1 },
  });
  open.push(cluster);
  let answer = false;
  for (let at = 0; at < times; at += 1)
    answer = await cluster.can({ verb: 'get', resource: { group: '', plural: 'pods' }, namespace: 'shop' });
  return answer;
}

const runsOf = async (api: LoopbackApi): Promise<number> =>
  (await readFile(join(api.directory, 'runs'), 'utf8').catch(() => '')).length / 2;

/** What the plugin received; it keeps it in a file. */
async function execInfoOf(
  exec: { readonly apiVersion?: string; readonly provideClusterInfo?: true },
  cluster: object = {}
): Promise<unknown> {
  const script = `printf '%s' "$KUBERNETES_EXEC_INFO" > "$(dirname "$0")/info"\n${giving('{"token":"t"}', exec.apiVersion)}`;
  const api = await setting(script, exec, cluster);
  expect(await ask(api)).toBe(true);
  return JSON.parse(await readFile(join(api.directory, 'info'), 'utf8'));
}

describe('a credential plugin', () => {
  it('is found from where the kubeconfig lies, and learns that there is nobody at a terminal', async () => {
    const info = await execInfoOf({});
    expect(info).toEqual({
      kind: 'ExecCredential',
      apiVersion: 'client.authentication.k8s.io/v1',
      spec: { interactive: false },
    });
  });

  it('gets the cluster where it asks for it, with the configuration that the kubeconfig holds for it', async () => {
    const info = await execInfoOf(
      { provideClusterInfo: true, apiVersion: 'client.authentication.k8s.io/v1beta1' },
      {
        'certificate-authority-data': Buffer.from('a CA').toString('base64'),
        'tls-server-name': 'api.internal',
        'disable-compression': true,
        extensions: [{ name: 'client.authentication.k8s.io/exec', extension: { audience: 'shop' } }, { name: 'other' }],
      }
    );
    expect(info).toMatchObject({
      apiVersion: 'client.authentication.k8s.io/v1beta1',
      spec: {
        cluster: {
          server: expect.stringMatching(/^http:\/\/127/) as string,
          'certificate-authority-data': Buffer.from('a CA').toString('base64'),
          'tls-server-name': 'api.internal',
          'disable-compression': true,
          config: { audience: 'shop' },
        },
      },
    });
  });

  it('gets its arguments and variables', async () => {
    const api = await setting(giving('{"token":"%s"}').replace(/$/, ' "$1-$AUDIENCE"'), {
      args: ['for'],
      env: [{ name: 'AUDIENCE', value: 'shop' }],
    });
    await ask(api);
    expect(api.seen[0]?.headers.authorization).toBe('Bearer for-shop');
  });

  it('is run once while what it gives is good, and again after that', async () => {
    const forever = await setting(giving('{"token":"t"}'));
    await ask(forever, 3);
    expect(await runsOf(forever)).toBe(1);
    const past = await setting(giving('{"token":"t","expirationTimestamp":"2020-01-01T00:00:00Z"}'));
    await ask(past);
    await ask(past);
    expect(await runsOf(past)).toBe(2);
  });

  it.each([
    ['needs a terminal', { interactiveMode: 'Always' }, 'needs a terminal'],
    ['is of an unknown version', { apiVersion: 'client.authentication.k8s.io/v1alpha1' }, 'which is not supported'],
    ['has no command', { command: '' }, 'without a command'],
  ])('that %s is refused and not started', async (_name, exec, what) => {
    const api = await setting(giving('{"token":"t"}'), exec);
    await expect(ask(api)).rejects.toMatchObject({
      code: 'KUBECONFIG_INVALID',
      message: expect.stringContaining(what) as string,
    });
    expect(await runsOf(api)).toBe(0);
  });

  it('that is missing is named with the hint of the kubeconfig', async () => {
    const exec = { command: './missing', installHint: 'get login from the platform team' };
    await expect(ask(await setting('', exec))).rejects.toMatchObject({
      code: 'KUBECONFIG_INVALID',
      detail: { what: expect.stringContaining('is not installed') as string, fix: 'get login from the platform team' },
    });
  });

  it.each([
    ['ends with an error', 'echo "log in first" >&2; exit 3', 'log in first'],
    ['ends with an error and says nothing', 'exit 3', 'exit code 3'],
    ['prints something else', 'echo hello', 'not an ExecCredential'],
    ['gives nothing', giving('{}'), 'neither a token nor a client certificate'],
    ['gives half a pair', giving('{"clientCertificateData":"x"}'), 'without its key'],
    [
      'answers in another version',
      giving('{"token":"t"}', 'client.authentication.k8s.io/v1beta1'),
      'is configured for',
    ],
  ])('that %s returns no credentials, and its last words are reported', async (_name, script, why) => {
    await expect(ask(await setting(script))).rejects.toMatchObject({
      code: 'CLUSTER_CREDENTIALS_EXPIRED',
      detail: { why: expect.stringContaining(why) as string },
    });
  });

  it('looked for by its name alone is one of PATH', async () => {
    const api = await setting(giving('{"token":"t"}'), { command: 'landfall-test-login' });
    await expect(ask(api)).rejects.toMatchObject({ code: 'KUBECONFIG_INVALID' });
    expect(await runsOf(api)).toBe(0);
  });
});
