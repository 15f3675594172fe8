import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sendJson, sendStatus, startLoopbackApi, type LoopbackApi } from '../../test/support/loopback-api.ts';
import type { Role } from '../../src/core/run/roles.ts';
import type { FilesystemLocationSpec, S3LocationSpec } from '../../src/core/spec/spec.ts';
import { createDependencies } from '../dependencies.ts';
import { filePolicy } from './file-policy.ts';
import { ownFiles } from './own-files.ts';
import { nothingAllowed, type Policy } from './policy.ts';
import { WorkerPolicy } from './schema.ts';

const open: { close(): Promise<void> }[] = [];
let api: LoopbackApi;
let status = 201;

beforeEach(async () => {
  status = 201;
  api = await startLoopbackApi((_, response) => {
    if (status === 201) sendJson(response, 201, { status: { allowed: true } });
    else sendStatus(response, status, 'Unauthorized', 'Unauthorized');
  });
  await plugin('login');
});
afterEach(async () => {
  for (const one of [...open.splice(0), api].toReversed()) await one.close();
});

/** A credential plugin beside the kubeconfig that leaves a trace of its runs. */
async function plugin(name: string): Promise<string> {
  const file = join(api.directory, name);
  const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token: 't' } };
  await writeFile(
    file,
    `#!/bin/sh\necho ${name} >> ${api.directory}/runs\nprintf '%s' '${JSON.stringify(credential)}'\n`
  );
  await chmod(file, 0o700);
  return file;
}

const runs = (): Promise<string> => readFile(join(api.directory, 'runs'), 'utf8').catch(() => '');

async function user(settings: object): Promise<void> {
  const { path } = api.spec.kubeconfig;
  const document = JSON.parse(await readFile(path, 'utf8')) as object;
  await writeFile(path, JSON.stringify({ ...document, users: [{ name: 'tester', user: settings }] }));
}

const exec = (command: string, more: object = {}) => ({
  exec: { apiVersion: 'client.authentication.k8s.io/v1', command, interactiveMode: 'Never', ...more },
});

function policy(spec: object): Policy {
  const head = { apiVersion: 'landfall.dev/v1alpha1', kind: 'WorkerPolicy', metadata: { name: 'site' } };
  return filePolicy('policy.yaml', WorkerPolicy.parse({ ...head, spec }));
}

/** Asks the cluster one question by the dependencies of a worker. */
async function ask(allowed: Policy, times = 1): Promise<boolean> {
  const cluster = await createDependencies(allowed).openCluster(api.spec, 'source', () => undefined);
  open.push(cluster);
  let answer = false;
  for (let at = 0; at < times; at += 1)
    answer = await cluster.can({ verb: 'get', resource: { group: '', plural: 'pods' }, namespace: 'shop' });
  return answer;
}

const refused = (what: string, fix: string): object => ({
  code: 'POLICY_REFUSED',
  detail: {
    what: expect.stringContaining(what) as string,
    fix: expect.stringContaining(fix) as string,
    retry: 'never',
  },
});

describe('a kubeconfig', () => {
  const clusters = () => [{ kubeconfig: api.directory }];

  it('is not read by a worker without a policy, which says what to write', async () => {
    await user(exec('./login'));
    const { path } = api.spec.kubeconfig;
    const rule = `--policy FILE, a WorkerPolicy with spec.clusters: [{ kubeconfig: ${path} }]`;
    await expect(ask(nothingAllowed)).rejects.toMatchObject(refused(`the kubeconfig ${path}`, rule));
    expect(await runs()).toBe('');
  });

  it('whose server no rule has is refused', async () => {
    const elsewhere = policy({ clusters: [{ kubeconfig: api.directory, server: 'https://*.example.com' }] });
    await expect(ask(elsewhere)).rejects.toMatchObject(refused('the API server http://127', 'add to policy.yaml'));
    expect(api.seen).toEqual([]);
  });

  it('runs the plugins that are allowed and no other', async () => {
    await user(exec('./login'));
    const file = join(api.directory, 'login');
    await expect(ask(policy({ clusters: clusters() }))).rejects.toMatchObject(
      refused(`the program ${file}`, `add to policy.yaml: spec.programs: [${file}]`)
    );
    expect(await runs()).toBe('');
    expect(await ask(policy({ clusters: clusters(), programs: [file] }))).toBe(true);
    expect(await runs()).toBe('login\n');
  });

  it('runs the plugin that was found on PATH, which is the one that was asked about', async () => {
    const env = [{ name: 'PATH', value: `/nowhere:${api.directory}` }];
    await user(exec('login', { env }));
    await expect(ask(policy({ clusters: clusters(), programs: ['/usr/bin'] }))).rejects.toMatchObject(
      refused(join(api.directory, 'login'), 'spec.programs')
    );
    expect(await ask(policy({ clusters: clusters(), programs: [join(api.directory, 'login')] }))).toBe(true);
  });

  it('names a plugin that is not installed', async () => {
    await user(exec('landfall-test-login'));
    await expect(ask(policy({ clusters: clusters(), programs: ['/usr/bin'] }))).rejects.toMatchObject(
      refused('landfall-test-login', 'install landfall-test-login on the PATH of the worker')
    );
    await expect(ask(ownFiles())).rejects.toMatchObject({ code: 'KUBECONFIG_INVALID' });
  });

  it('is asked about again when it is read again', async () => {
    await user({ token: 'old' });
    const allowed = policy({ clusters: clusters() });
    const cluster = await createDependencies(allowed).openCluster(api.spec, 'source', () => undefined);
    open.push(cluster);
    await user(exec('./login'));
    status = 401;
    const asked = cluster.can({ verb: 'get', resource: { group: '', plural: 'pods' }, namespace: 'shop' });
    await expect(asked).rejects.toMatchObject(refused('the program', 'spec.programs'));
    expect(await runs()).toBe('');
  });

  it.each([
    ['a token file', { tokenFile: '/etc/hostname' }, 'the file /etc/hostname'],
    [
      'the token file of a provider',
      { 'auth-provider': { name: 'tokenFile', config: { tokenFile: '/etc/hostname' } } },
      'the file /etc/hostname',
    ],
    ['a client key', { 'client-certificate': '/etc/hostname', 'client-key': 'key' }, 'the file /etc/hostname'],
    [
      'a line for a shell',
      { 'auth-provider': { name: 'gcp', config: { 'cmd-path': 'touch x;' } } },
      'auth-provider.config.cmd-path',
    ],
    [
      'a plugin in another place',
      { 'auth-provider': { name: 'x', config: { exec: { command: './login' } } } },
      'auth-provider.config.exec',
    ],
  ])('does not give the worker %s', async (_name, settings, what) => {
    await user(settings);
    await expect(ask(policy({ clusters: clusters(), programs: ['/'] }))).rejects.toMatchObject({
      code: 'POLICY_REFUSED',
      detail: { what: expect.stringContaining(what) as string },
    });
    expect(await runs()).toBe('');
  });
});

describe('a Location', () => {
  const openWith = (allowed: Policy, spec: FilesystemLocationSpec | S3LocationSpec) =>
    createDependencies(allowed).openLocation(spec, () => undefined);

  it('is opened where its directory is allowed', async () => {
    const path = api.directory;
    const spec = store(path);
    await expect(openWith(policy({ locations: [{ path: '/srv' }] }), spec)).rejects.toMatchObject(
      refused(`the directory ${path}`, `spec.locations: [{ path: ${path} }]`)
    );
    open.push(await openWith(policy({ locations: [{ path }] }), spec));
    const withPassword = { ...spec, repositoryPassword: { env: 'AWS_SECRET_ACCESS_KEY' } };
    await expect(openWith(policy({ locations: [{ path }] }), withPassword)).rejects.toMatchObject(
      refused('AWS_SECRET_ACCESS_KEY', 'spec.environment: [AWS_SECRET_ACCESS_KEY]')
    );
  });

  it('names no file that is not allowed, before one is read', async () => {
    const spec: S3LocationSpec = {
      ...{ name: 'store', provider: 's3', bucket: 'b', prefix: '', region: 'r', forcePathStyle: false },
      credentials: { file: '/nowhere/credentials', profile: 'default' },
      caFile: '/nowhere/ca.pem',
      repositoryPassword: { file: '/nowhere/password' },
      encryption: { recipients: ['age1x'], identity: { file: '/nowhere/identity' } },
    };
    const locations = [{ bucket: 'b' }];
    const named = ['credentials', 'ca.pem', 'password', 'identity'];
    for (const name of named) {
      const others = named.filter((one) => one !== name);
      const files = others.map((one) => `/nowhere/${one}`);
      await expect(openWith(policy({ locations, files }), spec)).rejects.toMatchObject(
        refused(`the file /nowhere/${name}`, `spec.files: [/nowhere/${name}]`)
      );
    }
  });
});

const store = (path: string) =>
  ({ name: 'store', provider: 'filesystem', prefix: '', encryption: 'none', path }) as const;

it('hooks are refused before a run begins, and when one is executed all the same', async () => {
  const allowed = policy({ clusters: [{ kubeconfig: api.directory }], locations: [{ path: '/srv' }] });
  const hook = { name: 'freeze', namespace: 'shop', podSelector: 'a=b', container: 'c', command: ['x'] };
  const hooks = { pre: [{ ...hook, timeoutMs: 1, onError: 'fail' as const }], post: [] };
  const dependencies = createDependencies(allowed);
  const check = (spec: object, ...roles: Role[]): Promise<void> | undefined =>
    dependencies.checkRun?.({ hooks, source: {}, target: {}, location: store('/srv/a'), ...spec } as never, roles);
  const elsewhere = { hooks: { pre: [], post: [] }, location: store('/etc') };
  await expect(check(elsewhere, 'target')).rejects.toMatchObject(refused('the directory /etc', 'spec.locations'));
  for (const roles of [['source'], ['source', 'target']] as const) {
    await expect(check({}, ...roles)).rejects.toMatchObject(refused('hooks', 'spec.hooks: true'));
  }
  await expect(check({}, 'target')).resolves.toBeUndefined();
  await expect(check({ hooks: { pre: [], post: [] } }, 'source')).resolves.toBeUndefined();
  // Preflight is at the site of the target, and the hooks are not.
  await expect(check({ source: { site: 'cellar' } }, 'source', 'target')).resolves.toBeUndefined();
  await expect(check({ source: { site: 'cellar' } }, 'source')).rejects.toMatchObject({ code: 'POLICY_REFUSED' });
  const cluster = await dependencies.openCluster(api.spec, 'source', () => undefined);
  open.push(cluster);
  const request = { namespace: 'shop', pod: 'db', command: ['x'], timeoutMs: 1_000 };
  await expect(cluster.exec(request)).rejects.toMatchObject({ code: 'POLICY_REFUSED' });
  expect(api.seen).toEqual([]);
});

describe('the files of the user who started it', () => {
  it('are allowed, with the programs that a kubeconfig of theirs names', async () => {
    await user(exec('./login'));
    expect(await ask(ownFiles())).toBe(true);
    const nowhere = { ...api.spec, kubeconfig: { path: '/nowhere/kubeconfig' } };
    const asked = createDependencies(ownFiles()).openCluster(nowhere, 'source', () => undefined);
    await expect(asked).rejects.toMatchObject({ code: 'KUBECONFIG_INVALID' });
  });

  it('are not those that everybody may write', async () => {
    await user(exec('./login'));
    await chmod(api.spec.kubeconfig.path, 0o666);
    await expect(ask(ownFiles())).rejects.toMatchObject(refused('the kubeconfig', 'LANDFALL_WORKER_POLICY=FILE'));
    expect(await runs()).toBe('');
  });

  it('are not those of others', async () => {
    await user(exec('./login'));
    // Nobody here is that user, whoever runs the test.
    await expect(ask(ownFiles([4_000_000]))).rejects.toMatchObject({
      code: 'POLICY_REFUSED',
      detail: { why: expect.stringContaining('belongs to another user') as string },
    });
    expect(await runs()).toBe('');
  });
});
