import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mintKubeconfig } from '../../lab/index.ts';
import type { ErrorCode } from '../../src/core/errors.ts';
import { waitFor } from '../../src/host/wait.ts';
import {
  closedPort,
  foreignUser,
  silentServer,
  startSilence,
  unknownToken,
  wrongAuthority,
  type Side,
} from '../support/bad-kubeconfig.ts';
import { startCliRig, type CliRig, type MigrationInput, type MigrationRun } from '../support/cli-rig.ts';
import { countStored, targetPrint } from '../support/traces.ts';

/** From the start of the run to its last word. Measured at 8.5 s for silence; the rest is room for a busy machine. */
const reportedWithinMs = 60_000;
const sides: readonly Side[] = ['source', 'target'];
const isRoot = process.getuid?.() === 0;
let rig: CliRig;
let silence: number;

beforeAll(async () => {
  rig = await startCliRig('access');
  silence = await startSilence(rig);
  await rig.namespace('source', rig.prefix);
  await rig.create('source', `/api/v1/namespaces/${rig.prefix}/configmaps`, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings' },
  });
});

afterAll(() => rig?.end());

function migrate(input: Partial<MigrationInput>, args?: readonly string[]): Promise<MigrationRun> {
  return rig.migrate({ spec: { scope: { namespaces: [rig.prefix] } }, ...input }, args);
}

interface Expected {
  readonly code: ErrorCode;
  readonly exit: number;
  readonly what: RegExp;
  readonly why?: RegExp;
  readonly side?: Side;
}

/** One clear message with the right code, reported soon, and nothing made on the target or kept in the store. */
async function expectRefusal(run: MigrationRun, expected: Expected): Promise<void> {
  const { error } = run;
  expect({ code: error?.code, exit: run.code, side: error?.side }).toEqual({
    code: expected.code,
    exit: expected.exit,
    side: expected.side,
  });
  expect(run.result?.exitCode).toBe(run.code);
  expect(error?.what).toMatch(expected.what);
  expect(error?.why ?? '').toMatch(expected.why ?? /^/);
  expect(error?.fix).not.toBe('');
  expect(reportedMs(run)).toBeLessThan(reportedWithinMs);
  expect(await targetPrint(rig, [rig.prefix])).toEqual({});
}

function reportedMs({ events }: MigrationRun): number {
  const [first, last] = [events[0], events.at(-1)];
  return first === undefined || last === undefined ? 0 : Date.parse(last.time) - Date.parse(first.time);
}

describe.concurrent.each(sides)('the cluster of the %s', (side) => {
  const exit = side === 'source' ? 10 : 11;

  it('whose kubeconfig is missing', async () => {
    const run = await migrate({ [side]: { kubeconfig: { path: join(rig.directory, 'nothing') } } });
    await expectRefusal(run, { code: 'KUBECONFIG_INVALID', exit: 2, what: /there is no kubeconfig/, side });
  });

  it('whose context is missing', async () => {
    const { kubeconfig: path } = rig.lab.clusters[side];
    const run = await migrate({ [side]: { kubeconfig: { path, context: 'nowhere' } } });
    const what = new RegExp(`has no context nowhere; it has: ${side}`);
    await expectRefusal(run, { code: 'KUBECONFIG_INVALID', exit: 2, what, side });
  });

  it('where nothing listens', async () => {
    const run = await migrate({ [side]: closedPort(rig, side) });
    const what = new RegExp(`cluster ${side} cannot be reached to get /version`);
    await expectRefusal(run, { code: 'CLUSTER_UNREACHABLE', exit, what, why: /ECONNREFUSED/, side });
  });

  it('that never answers, with its retries shown', async () => {
    const run = await migrate({ [side]: silentServer(rig, side, silence) });
    const what = new RegExp(`cluster ${side} does not respond`);
    await expectRefusal(run, { code: 'CLUSTER_UNREACHABLE', exit, what, why: /no response within 4 s/, side });
    expect(run.events.map(({ type }) => type)).toContain('step.retry');
  });

  it('whose certificate another authority signed', async () => {
    const run = await migrate({ [side]: wrongAuthority(rig, side) });
    const what = new RegExp(`the certificate of cluster ${side} is not trusted`);
    await expectRefusal(run, { code: 'CLUSTER_TLS_UNTRUSTED', exit, what, side });
  });

  it.each([
    ['certificate', foreignUser],
    ['token', unknownToken],
  ])('that does not know the %s of the user', async (_, user) => {
    const run = await migrate({ [side]: user(rig, side) });
    const what = new RegExp(`cluster ${side} returned 401`);
    await expectRefusal(run, { code: 'CLUSTER_CREDENTIALS_EXPIRED', exit, what, side });
  });

  it('where the user may do nothing', async () => {
    const user = `nobody-${rig.prefix}`;
    const run = await migrate({ [side]: { kubeconfig: { path: await mintKubeconfig(rig.lab, side, { user }) } } });
    const what = new RegExp(
      `user ${user} is not allowed to get namespaces in namespace kube-system on cluster ${side}`
    );
    await expectRefusal(run, { code: 'CLUSTER_FORBIDDEN', exit, what, side });
    expect(run.error?.fix).toContain('grant the verb get on namespaces');
  });
});

describe.concurrent('rights that are missing in part', () => {
  it('are named with verb, resource and namespace, all at once, on both sides', async () => {
    const user = `reader-${rig.prefix}`;
    for (const side of sides) await bind(side, user, ['namespaces', 'configmaps'], ['get', 'list']);
    const [source, target] = await Promise.all(sides.map((side) => mintKubeconfig(rig.lab, side, { user })));
    const run = await migrate({
      source: { kubeconfig: { path: source } },
      target: { kubeconfig: { path: target } },
      spec: { scope: { namespaces: [rig.prefix], kinds: ['configmaps', 'secrets'], clusterScoped: 'none' } },
    });
    await expectRefusal(run, { code: 'CLUSTER_FORBIDDEN', exit: 10, what: /list secrets/, side: 'source' });
    const reported = run.events.flatMap((event) => (event.type === 'finding' ? [event.message] : []));
    const known = [
      `this user is not allowed to list secrets in namespace ${rig.prefix}`,
      `this user is not allowed to create, delete, patch configmaps in namespace ${rig.prefix}`,
      `this user is not allowed to create, delete, get, patch secrets in namespace ${rig.prefix}`,
      'this user is not allowed to create, delete, patch namespaces in the cluster',
    ];
    expect(reported).toEqual(expect.arrayContaining(known));
    // Classes, which every plan reads, and what else is in the namespace of the target, which a verification looks through.
    const others = reported.filter((line) => !known.includes(line));
    for (const line of others) expect(line).toMatch(/^this user is not allowed to (?:get, )?list /);
    expect(others.filter((line) => /storageclasses\.storage\.k8s\.io.* in the cluster$/.test(line))).toHaveLength(2);
    expect(others.join('\n')).toMatch(new RegExp(`list .*deployments\\.apps.* in namespace ${rig.prefix}`));
  });
});

async function bind(side: Side, user: string, resources: string[], verbs: string[]): Promise<void> {
  const group = '/apis/rbac.authorization.k8s.io/v1';
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const metadata = { name: user };
  await rig.create(side, `${group}/clusterroles`, {
    apiVersion,
    kind: 'ClusterRole',
    metadata,
    rules: [{ apiGroups: [''], resources, verbs }],
  });
  await rig.create(side, `${group}/clusterrolebindings`, {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: user },
    subjects: [{ kind: 'User', name: user }],
  });
  for (const kind of ['clusterrolebindings', 'clusterroles'])
    rig.onEnd(() => rig[side].call('DELETE', `${group}/${kind}/${user}`));
}

describe.concurrent('the location', () => {
  const s3 = (change: object): object => ({
    provider: 's3',
    encryption: 'none',
    endpoint: rig.lab.s3.endpoint,
    region: rig.lab.s3.region,
    bucket: rig.lab.s3.bucket,
    prefix: `${rig.prefix}-refused`,
    credentials: { file: rig.lab.s3.credentialsFile },
    ...change,
  });
  const azure = (key: string): object => ({
    provider: 'azure',
    encryption: 'none',
    account: rig.lab.azurite.account,
    endpoint: rig.lab.azurite.endpoint,
    container: `${rig.prefix}-nowhere`,
    accountKey: { file: written('account-key', key) },
  });
  const keys = (id: string, secret: string): object =>
    s3({
      credentials: {
        file: written('keys', `[default]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`),
      },
    });
  let files = 0;
  const written = (name: string, text: string): string => {
    const file = join(rig.directory, `${name}-${++files}`);
    writeFileSync(file, text);
    return file;
  };
  const mounted = (name: string, options: string): string => {
    const directory = join(rig.directory, name);
    mkdirSync(directory);
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory]);
    rig.onEnd(async () => execFileSync('umount', [directory]));
    return directory;
  };

  it.each<[string, () => object, ErrorCode, RegExp, RegExp]>([
    ['bucket is missing', () => s3({ bucket: 'nowhere' }), 'LOCATION_NOT_FOUND', /bucket nowhere/, /NoSuchBucket/],
    ['key id is unknown', () => keys('nobody', 'x'), 'LOCATION_CREDENTIALS', /cannot write/, /InvalidAccessKeyId/],
    ['key is wrong', () => keys('landfall-lab', 'x'), 'LOCATION_CREDENTIALS', /cannot write/, /SignatureDoesNotMatch/],
    [
      'credentials file is missing',
      () => s3({ credentials: { file: join(rig.directory, 'nothing') } }),
      'LOCATION_CREDENTIALS',
      /the credentials file .*nothing of Location store cannot be read/,
      /ENOENT|/,
    ],
    [
      'server is down',
      () => s3({ endpoint: 'http://127.0.0.1:9' }),
      'LOCATION_UNREACHABLE',
      /cannot write/,
      /ECONNREFUSED/,
    ],
    [
      'server never answers',
      () => s3({ endpoint: `http://127.0.0.1:${silence}` }),
      'LOCATION_UNREACHABLE',
      /cannot write/,
      /no response within 4 s/,
    ],
    [
      'container is missing',
      () => azure(rig.lab.azurite.key),
      'LOCATION_NOT_FOUND',
      /container devstoreaccount1/,
      /ContainerNotFound/,
    ],
    ['account key is wrong', () => azure('AAAA'), 'LOCATION_CREDENTIALS', /cannot write/, /403/],
    [
      'directory is missing',
      () => ({ provider: 'filesystem', encryption: 'none', path: join(rig.directory, 'nothing') }),
      'LOCATION_NOT_FOUND',
      /nothing\)/,
      /does not exist/,
    ],
  ])('whose %s', async (_, location, code, what, why) => {
    const run = await migrate({ location: location() });
    const { why: reported = '' } = run.error ?? {};
    expect(reported).toMatch(why);
    await expectRefusal(run, { code, exit: 12, what });
  });

  it('that is an S3 server which takes no writes', async () => {
    const port = await freePort();
    const { accessKeyId, secretAccessKey, dataDirectory, region } = rig.lab.s3;
    const args = [`--port=127.0.0.1:${port}`, `--region=${region}`, '--quiet', '--readonly', '--health=/health'];
    const env = { ...process.env, ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey };
    const binary = rig.lab.binaries['versitygw']?.path ?? 'versitygw';
    const server = spawn(binary, [...args, 'posix', dataDirectory], { env, stdio: 'ignore' });
    try {
      const endpoint = `http://127.0.0.1:${port}`;
      const isUp = (): Promise<true | undefined> =>
        fetch(`${endpoint}/health`).then(({ ok }) => (ok ? true : undefined));
      await waitFor(isUp, { what: 'the read-only S3 server', deadlineMs: 20_000 });
      const run = await migrate({ location: s3({ endpoint }) });
      await expectRefusal(run, { code: 'LOCATION_READ_ONLY', exit: 12, what: /write/, why: /AccessDenied/ });
    } finally {
      server.kill();
    }
  });

  it.runIf(isRoot)('that is a filesystem mounted read-only', async () => {
    const run = await migrate({
      location: { provider: 'filesystem', encryption: 'none', path: mounted('read-only', 'ro') },
    });
    await expectRefusal(run, { code: 'LOCATION_READ_ONLY', exit: 12, what: /write/, why: /mounted read-only/ });
  });

  it.runIf(isRoot)('that is a disk which fills up', async () => {
    const path = mounted('small', 'size=64k');
    const run = await migrate({ location: { provider: 'filesystem', encryption: 'none', path } });
    await expectRefusal(run, { code: 'LOCATION_FULL', exit: 1, what: /write/, why: /no space left/ });
    expect(existsSync(join(path, 'manifests'))).toBe(false);
  });
});

describe('a store that refused', () => {
  it('has nothing of the runs in it', () => {
    expect(countStored(rig.lab, `${rig.prefix}-refused`)).toEqual({ objects: 0, bytes: 0 });
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
