import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { MemoryStore } from '../../../test/support/memory-location.ts';
import { newHolder, sealedLocation } from '../../../test/support/sealed-location.ts';
import type { S3LocationSpec } from '../../core/spec/spec.ts';
import type { MoverConfig } from '../../core/volumes/mover-protocol.ts';
import { createRedactor } from '../../host/redact.ts';
import type { StoredPod } from '../snapshot/kinds.ts';
import { repositoryConnection, repositoryPassword } from './connection.ts';
import { buildJob, buildSecret, type JobRequest } from './job-spec.ts';
import { pendingReason } from './pending-reason.ts';
import { podRoute } from './pod-route.ts';
import { secretsOf } from './secrets.ts';
import { routeOf } from '../program/kopia.ts';

const request: JobRequest = {
  ...{ namespace: 'landfall-system', jobName: 'up-1', runId: 'r1', image: 'mover:1', mode: 'upload' },
  ...{ claimName: 'temporary', volumeId: 'shop/data', timeoutMs: 90_500 },
};

/** https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline */
const baseline = new Set(
  'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'.split(
    ' '
  )
);

describe('buildJob', () => {
  test.each(['prepare', 'upload', 'download'] as const)('%s stays inside the baseline level', (mode) => {
    const job = buildJob({ ...request, mode }) as {
      spec: { template: { spec: { containers: { securityContext: { capabilities: { add: string[] } } }[] } } };
    };
    const [container] = job.spec.template.spec.containers;
    expect(container?.securityContext).toMatchObject({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    for (const capability of container?.securityContext.capabilities.add ?? []) expect(baseline).toContain(capability);
  });

  test('starts suspended, tries once, ends in time and reads the volume only', () => {
    expect(buildJob(request)).toMatchObject({
      metadata: { name: 'up-1', labels: { 'landfall.dev/run': 'r1' } },
      spec: {
        ...{ suspend: true, backoffLimit: 0, activeDeadlineSeconds: 91 },
        template: {
          metadata: { labels: { 'landfall.dev/run': 'r1' } },
          spec: {
            ...{ restartPolicy: 'Never', automountServiceAccountToken: false },
            containers: [
              { volumeMounts: [{ name: 'config' }, { name: 'scratch' }, { name: 'volume', readOnly: true }] },
            ],
          },
        },
      },
    });
  });

  test('keeps the common meshes out of its pod', () => {
    expect(buildJob(request)).toMatchObject({
      spec: {
        template: {
          metadata: {
            labels: { 'sidecar.istio.io/inject': 'false', 'kuma.io/sidecar-injection': 'disabled' },
            annotations: {
              'sidecar.istio.io/inject': 'false',
              'linkerd.io/inject': 'disabled',
              'consul.hashicorp.com/connect-inject': 'false',
              'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
            },
          },
        },
      },
    });
  });

  test('runs where it should, with what it is given', () => {
    const tolerations = [{ key: 'dedicated', operator: 'Exists' }];
    const nodeAffinity = { nodeSelectorTerms: [] };
    const pods = {
      ...{ tolerations, nodeAffinity, nodeSelector: { pool: 'x' }, priorityClassName: 'low' },
      ...{ imagePullSecrets: ['registry'], resources: { limits: { memory: '4Gi' } } },
    };
    expect(buildJob({ ...request, pods })).toMatchObject({
      spec: {
        template: {
          spec: {
            ...{ tolerations, nodeSelector: { pool: 'x' }, priorityClassName: 'low' },
            affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: nodeAffinity } },
            imagePullSecrets: [{ name: 'registry' }],
            containers: [{ resources: { limits: { memory: '4Gi' } } }],
          },
        },
      },
    });
    const plain = JSON.stringify(buildJob(request));
    for (const field of ['tolerations', 'nodeSelector', 'affinity', 'priorityClassName', 'imagePullSecrets'])
      expect(plain).not.toContain(`"${field}"`);
  });

  test('no secret is in the Job; the Secret belongs to it', () => {
    const config = { mode: 'upload', password: 'word' } as MoverConfig;
    expect(JSON.stringify(buildJob(request))).not.toContain('word');
    expect(buildSecret(request, 'uid-1', config)).toMatchObject({
      immutable: true,
      metadata: {
        name: 'up-1',
        labels: { 'landfall.dev/run': 'r1' },
        ownerReferences: [{ kind: 'Job', uid: 'uid-1' }],
      },
      data: { 'config.json': Buffer.from(JSON.stringify(config)).toString('base64') },
    });
  });
});

const metadata = { name: 'up-1-x', uid: 'u', resourceVersion: '1' };

test.each([
  ['no pod yet', undefined, [], 'Job up-1: no pod yet'],
  [
    'refused',
    undefined,
    [{ type: 'Warning', reason: 'FailedCreate', message: 'violates\nPodSecurity' }],
    'Job up-1: FailedCreate: violates PodSecurity',
  ],
  [
    'unschedulable',
    {
      metadata,
      spec: {},
      status: {
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes' }],
      },
    },
    [],
    'pod up-1-x: Unschedulable: 0/1 nodes',
  ],
  [
    'image',
    {
      metadata,
      spec: {},
      status: {
        containerStatuses: [{ name: 'mover', state: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off' } } }],
      },
    },
    [],
    'pod up-1-x: ImagePullBackOff: Back-off',
  ],
  [
    'mount',
    {
      metadata,
      spec: {},
      status: {
        phase: 'Pending',
        containerStatuses: [{ name: 'mover', state: { waiting: { reason: 'ContainerCreating' } } }],
      },
    },
    [{ type: 'Warning', reason: 'FailedMount', message: 'no secret' }],
    'pod up-1-x: FailedMount: no secret',
  ],
  [
    'what stands before the mover',
    {
      metadata,
      spec: {},
      status: {
        phase: 'Pending',
        initContainerStatuses: [
          { name: 'mesh-init', state: { waiting: { reason: 'CreateContainerConfigError', message: 'no map' } } },
        ],
        containerStatuses: [{ name: 'mover', state: { waiting: { reason: 'PodInitializing' } } }],
      },
    },
    [],
    'pod up-1-x: CreateContainerConfigError: no map',
  ],
  [
    'the mover before others',
    {
      metadata,
      spec: {},
      status: {
        phase: 'Pending',
        containerStatuses: [
          { name: 'mesh-proxy', state: { waiting: { reason: 'ErrImagePull' } } },
          { name: 'mover', state: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off' } } },
        ],
      },
    },
    [],
    'pod up-1-x: ImagePullBackOff: Back-off',
  ],
] as const)('explains pending: %s', (_, pod, reported, expected) => {
  expect(pendingReason('up-1', pod as StoredPod | undefined, reported)).toBe(expected);
});

const folder = mkdtempSync(join(tmpdir(), 'landfall-repository-'));
const location: S3LocationSpec = {
  ...{
    name: 'store',
    provider: 's3',
    encryption: 'none',
    bucket: 'b',
    prefix: 'x/',
    region: 'eu-1',
    endpoint: 'http://h:9',
    forcePathStyle: true,
  },
  ...{ credentials: { file: join(folder, 'credentials'), profile: 'p' }, repositoryPassword: { env: 'P' } },
};
const resolveSecret = (): Promise<string> => Promise.resolve('the repository password');

describe('the way into the repository', () => {
  beforeAll(() =>
    writeFileSync(join(folder, 'credentials'), '[p]\naws_access_key_id=AK\naws_secret_access_key=S/K+==\n')
  );
  afterAll(() => rmSync(folder, { recursive: true }));

  test('comes from the profile of the credentials file', async () => {
    const connection = await repositoryConnection({ location, resolveSecret });
    expect(connection).toEqual({
      ...{ provider: 's3', bucket: 'b', prefix: 'x/volumes/', region: 'eu-1', endpoint: 'h:9', tls: false },
      ...{ accessKeyId: 'AK', secretAccessKey: 'S/K+==' },
    });
  });

  test.each([
    ['http://h:9/', { endpoint: 'h:9' }],
    ['https://h/store', { code: 'CONFIG_INVALID' }],
    ['https://h/store/', { code: 'CONFIG_INVALID' }],
  ])('to the endpoint %s is %j', async (endpoint, expected) => {
    const options = { location: { ...location, endpoint }, resolveSecret };
    const given = await repositoryConnection(options).catch((error: unknown) => error);
    expect(given).toMatchObject(expected);
  });

  test('a directory is none, a missing or empty password is a mistake of the file', async () => {
    const resolveSecret = (): Promise<string> => Promise.resolve('\n');
    const filesystem = { name: 'd', provider: 'filesystem', path: '/p', prefix: '', encryption: 'none' } as const;
    await expect(repositoryConnection({ location: filesystem, resolveSecret })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
    await expect(repositoryPassword(filesystem, resolveSecret)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await expect(repositoryPassword(location, resolveSecret)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  test('the password of an encrypted Location follows from its key, for every recipient the same', async () => {
    const [ada, bo] = await Promise.all([newHolder(), newHolder()]);
    const store: MemoryStore = new Map();
    const { seal } = sealedLocation(store, { recipients: [ada, bo], as: ada });
    const { signer } = await seal.forWriting();
    const never = (): Promise<string> => Promise.reject(new Error('asked for a password'));
    const password = await repositoryPassword(location, never, seal);
    expect(password).toMatch(/^[\w-]{43}$/u);
    const other = sealedLocation(store, { recipients: [ada, bo], as: bo, signer }).seal;
    expect(await repositoryPassword(location, never, other)).toBe(password);
    for (const bytes of store.values()) expect(Buffer.from(bytes).includes(password)).toBe(false);
  });
});

test('secrets are taken out of what people see, in every form', () => {
  const secrets = secretsOf({
    password: 'pass"word',
    repository: {
      ...{ provider: 's3', bucket: 'b', prefix: '', region: 'r', endpoint: 'e', tls: true },
      accessKeyId: 'AKIA1',
      secretAccessKey: 'a/b+c=',
    },
  });
  const { text } = createRedactor(secrets);
  expect(text('x pass"word pass\\"word AKIA1 a%2Fb%2Bc%3D a/b+c= YS9iK2M9')).toBe(`x${' [redacted]'.repeat(6)}`);
});

describe('the way of a pod to the store', () => {
  afterEach(() => vi.unstubAllEnvs());

  test.each<[string, string | undefined, string, string, string | undefined]>([
    ['the proxy of this process', undefined, 'http://proxy:3128', '', 'http://proxy:3128/'],
    ['none, where this process uses none for it', undefined, 'http://proxy:3128', 'h', undefined],
    ['none, where there is none', undefined, '', '', undefined],
    ['that of the Location', 'http://other:8080', 'http://proxy:3128', '', 'http://other:8080'],
    ['none, where the Location says so', 'none', 'http://proxy:3128', '', undefined],
  ])('is %s', (_, podProxy, proxy, noProxy, expected) => {
    for (const name of ['HTTP_PROXY', 'http_proxy']) vi.stubEnv(name, proxy);
    for (const name of ['NO_PROXY', 'no_proxy']) vi.stubEnv(name, noProxy);
    const spec = podProxy === undefined ? location : { ...location, podProxy };
    expect(podRoute(spec)).toEqual(expected === undefined ? {} : { proxy: expected });
  });

  test('is part of the Secret and not of the Job, and its password is taken out of what people see', () => {
    const proxy = 'http://landfall:pr%40xyword@proxy:3128/';
    const repository = { provider: 'azure', accountKey: 'account-key' } as MoverConfig['repository'];
    const config = { mode: 'upload', password: 'word', repository, proxy } as MoverConfig;
    expect(JSON.stringify(buildJob(request))).not.toContain('3128');
    const { data } = buildSecret(request, 'uid-1', config) as { data: Record<string, string> };
    expect(Buffer.from(data['config.json'] ?? '', 'base64').toString()).toContain(proxy);
    const safe = createRedactor(secretsOf(config)).text(`cannot CONNECT to ${proxy} as landfall with pr@xyword`);
    expect(safe).toBe('cannot CONNECT to http://[redacted]@proxy:3128/ as [redacted] with [redacted]');
  });

  test('is given to kopia by its environment', () => {
    const scratchPath = mkdtempSync(join(tmpdir(), 'landfall-route-'));
    const of = (more: Partial<MoverConfig>) => routeOf({ ...({ scratchPath } as MoverConfig), ...more });
    expect(of({})).toEqual({});
    const proxy = 'http://proxy:3128/';
    expect(of({ proxy })).toEqual({ HTTP_PROXY: proxy, HTTPS_PROXY: proxy });
    const directory = join(scratchPath, 'authorities');
    expect(of({ ca: 'PEM' })).toEqual({ SSL_CERT_DIR: `${directory}:/etc/ssl/certs` });
    expect(readFileSync(join(directory, 'location.pem'), 'utf8')).toBe('PEM');
    rmSync(scratchPath, { recursive: true });
  });
});
