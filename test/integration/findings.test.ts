import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../src/host/wait.ts';
import { startCliRig, type CliRig } from '../support/cli-rig.ts';

let rig: CliRig;

beforeAll(async () => {
  rig = await startCliRig('findings');
});

afterAll(() => rig?.end());

const roles = '/apis/rbac.authorization.k8s.io/v1/clusterroles';
const webhooks = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';

function spec(namespace: string, more: object = {}) {
  return { spec: { scope: { namespaces: [namespace] }, ...more } };
}

async function plantConfigMap(namespace: string): Promise<void> {
  await rig.namespace('source', namespace);
  rig.onEnd(() => rig.target.call('DELETE', `/api/v1/namespaces/${namespace}`));
  await rig.create('source', `/api/v1/namespaces/${namespace}/configmaps`, { metadata: { name: 'settings' } });
}

describe('an object of no namespace that is there with other content', () => {
  it('stops a run before its first write, and assess knows it as well', async () => {
    const namespace = `${rig.prefix}-conflict`;
    await plantConfigMap(namespace);
    const name = namespace;
    const role = (verb: string) => ({
      metadata: { name },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: [verb] }],
    });
    await rig.create('source', roles, role('list'));
    await rig.create('target', roles, role('get'));
    for (const side of ['source', 'target'] as const) rig.onEnd(() => rig[side].call('DELETE', `${roles}/${name}`));
    await rig.create('source', `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`, {
      metadata: { name: 'b' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name: 'default', namespace }],
    });
    const run = await rig.migrate(spec(namespace));
    expect(run.error).toMatchObject({ code: 'OBJECT_CONFLICT' });
    expect(run.code).toBe(5);
    expect(run.events.some(({ type }) => type === 'undo.started')).toBe(false);
    expect((await rig.target.call('GET', `/api/v1/namespaces/${namespace}`)).status).toBe(404);

    const file = rig.write(spec(namespace));
    const assessed = await rig.landfall(['assess', '-f', file, '-o', 'json']);
    expect(assessed.stdout).toMatch(/"code":\s*"OBJECT_CONFLICT"/);
    const skipped = await rig.migrate(spec(namespace, { existingResourcePolicy: 'skip' }));
    expect(skipped.error).toBeUndefined();
  });
});

describe('a webhook of the target that does not answer', () => {
  async function plantWebhook(name: string, more: object): Promise<void> {
    await rig.create('target', webhooks, {
      metadata: { name },
      webhooks: [
        {
          name: 'v.example.org',
          ...{ sideEffects: 'None', failurePolicy: 'Fail', timeoutSeconds: 3, admissionReviewVersions: ['v1'] },
          clientConfig: { service: { name: 'gone', namespace: 'kube-public' } },
          ...more,
        },
      ],
    });
    rig.onEnd(() => rig.target.call('DELETE', `${webhooks}/${name}`));
  }
  const rule = (resources: readonly string[], apiGroups: readonly string[]) => [
    { apiGroups, apiVersions: ['*'], operations: ['CREATE', 'UPDATE'], resources },
  ];
  const only = (namespace: string) => ({ matchLabels: { 'kubernetes.io/metadata.name': namespace } });

  it('is said at once by the plan of a run where it is asked about what moves', async () => {
    const namespace = `${rig.prefix}-refused`;
    await plantConfigMap(namespace);
    await plantWebhook(namespace, { rules: rule(['configmaps'], ['']), namespaceSelector: only(namespace) });
    const run = await rig.migrate(spec(namespace));
    expect(run.error).toMatchObject({ code: 'WEBHOOK_DEAD' });
    expect(run.code).toBe(5);
    expect(run.ms).toBeLessThan(60_000);
    expect((await rig.target.call('GET', `/api/v1/namespaces/${namespace}`)).status).toBe(404);
  });

  it('stops nothing where it is asked about other namespaces', async () => {
    const namespace = `${rig.prefix}-elsewhere`;
    await plantConfigMap(namespace);
    await plantWebhook(namespace, {
      rules: rule(['*'], ['*']),
      namespaceSelector: only('another'),
      objectSelector: { matchLabels: { a: 'b' } },
    });
    const run = await rig.migrate(spec(namespace));
    expect(run.error).toBeUndefined();
    expect(run.code).toBe(0);
  });

  it('is said within seconds where it is asked about everything, also questions about permissions', async () => {
    const namespace = `${rig.prefix}-all`;
    await plantConfigMap(namespace);
    await plantWebhook(namespace, { rules: rule(['*'], ['*']) });
    const run = await rig.migrate(spec(namespace));
    expect((await rig.target.call('DELETE', `${webhooks}/${namespace}`)).status).toBe(200);
    expect(run.error).toMatchObject({ code: 'WEBHOOK_DEAD' });
    expect(run.code).toBe(5);
    expect(run.ms).toBeLessThan(60_000);
  });
});

describe('a dry run into a namespace that is not there yet', () => {
  const temporary = async (): Promise<readonly string[]> => {
    const all = await rig.target.get<{ items: readonly { metadata: { name: string } }[] }>('/api/v1/namespaces');
    return (all?.items ?? [])
      .map(({ metadata }) => metadata.name)
      .filter((name) => name.startsWith('landfall-assess-'));
  };
  const service = (name: string, nodePort: number) => ({
    metadata: { name },
    spec: { type: 'NodePort', ports: [{ port: 80, nodePort }] },
  });

  it('asks about every object, and leaves nothing', async () => {
    const namespace = `${rig.prefix}-asked`;
    await plantConfigMap(namespace);
    const run = await rig.migrate(spec(namespace), ['--dry-run']);
    expect(run.error).toBeUndefined();
    expect(run.code).toBe(0);
    expect(run.report?.notAsked).toBeUndefined();
    expect(run.report?.objects).toMatchObject({ applied: 0, failed: 0 });
    expect(run.report?.objects.accepted).toBeGreaterThanOrEqual(2);
    expect(await temporary()).toEqual([]);
    expect((await rig.target.call('GET', `/api/v1/namespaces/${namespace}`)).status).toBe(404);
  });

  it('says what the target refuses and what it cannot be asked about', async () => {
    const namespace = `${rig.prefix}-port`;
    const taken = `${rig.prefix}-taken`;
    await plantConfigMap(namespace);
    await rig.namespace('target', taken);
    const port = 30_000 + Math.floor(Math.random() * 2_000);
    await rig.create('target', `/api/v1/namespaces/${taken}/services`, service('other', port));
    await rig.create('source', `/api/v1/namespaces/${namespace}/services`, {
      ...service('web', port),
      metadata: {
        name: 'web',
        annotations: {
          'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ spec: service('web', port).spec }),
        },
      },
    });
    const known = await rig.migrate(spec(namespace), ['--dry-run']);
    expect(known.error).toMatchObject({ code: 'NODE_PORT_TAKEN' });
    expect(known.code).toBe(5);
    const waiver = { code: 'NODE_PORT_TAKEN', subject: `Service ${namespace}/web`, owner: 'me', reason: 'to be freed' };
    const accepted = spec(namespace, { waivers: [{ ...waiver, until: '2099-12-31' }] });
    const run = await rig.migrate(accepted, ['--dry-run']);
    expect(run.code).toBe(3);
    expect(run.report?.objects.failed).toBe(1);
    expect(run.report?.failures[0]?.why).toContain('provided port is already allocated');
    expect(await temporary()).toEqual([]);
  });
});

describe('what the target has no room for, or cannot convert', () => {
  const quotas = (namespace: string) => `/api/v1/namespaces/${namespace}/resourcequotas`;

  it('is known to the plan: a quota of a namespace that is there', async () => {
    const namespace = `${rig.prefix}-quota`;
    await plantConfigMap(namespace);
    await rig.namespace('target', namespace);
    await rig.create('target', quotas(namespace), {
      metadata: { name: 'tight' },
      spec: { hard: { 'count/configmaps': '1' } },
    });
    await waitFor(
      async () => {
        const quota = await rig.target.get<{ status?: { used?: object } }>(`${quotas(namespace)}/tight`);
        return Object.keys(quota?.status?.used ?? {}).length > 0 ? true : undefined;
      },
      { what: 'the quota to be counted', deadlineMs: 30_000 }
    );
    const run = await rig.migrate(spec(namespace));
    expect(run.error).toMatchObject({ code: 'QUOTA_SHORT' });
    expect(run.code).toBe(5);
  });

  it('is known to the plan: a definition whose versions nothing converts', async () => {
    const namespace = `${rig.prefix}-convert`;
    const group = `${namespace}.example.org`;
    await plantConfigMap(namespace);
    const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    const schema = {
      openAPIV3Schema: {
        type: 'object',
        properties: { spec: { type: 'object', properties: { a: { type: 'string' } } } },
      },
    };
    const version = (name: string, storage: boolean) => ({ name, served: true, storage, schema });
    const definition = (more: object) => ({
      metadata: { name: `boxes.${group}` },
      spec: { group, scope: 'Namespaced', names: { kind: 'Box', plural: 'boxes' }, ...more },
    });
    const service = { namespace: 'kube-public', name: 'gone', path: '/convert' };
    const webhook = { clientConfig: { service }, conversionReviewVersions: ['v1'] };
    await rig.create('source', definitions, definition({ versions: [version('v1', true)] }));
    await rig.create(
      'target',
      definitions,
      definition({
        versions: [version('v1', false), version('v2', true)],
        conversion: { strategy: 'Webhook', webhook },
      })
    );
    const boxes = `/apis/${group}/v1/namespaces/${namespace}/boxes`;
    for (const side of ['source', 'target'] as const) {
      rig.onEnd(() => rig[side].call('DELETE', `${definitions}/boxes.${group}`));
      await waitFor(
        async () =>
          (await rig[side].call('GET', `/apis/${group}/v1/boxes?limit=1`)).status === 200 ? true : undefined,
        { what: `${group} to be served`, deadlineMs: 30_000 }
      );
    }
    await rig.create('source', boxes, {
      apiVersion: `${group}/v1`,
      kind: 'Box',
      metadata: { name: 'one' },
      spec: { a: 'b' },
    });
    const run = await rig.migrate(spec(namespace));
    expect(run.error).toMatchObject({ code: 'CRD_CONVERSION_DEAD' });
    expect(run.code).toBe(5);
    expect((await rig.target.call('GET', `/api/v1/namespaces/${namespace}`)).status).toBe(404);
    const planned = await rig.landfall(['plan', '-f', rig.write(spec(namespace)), '-o', 'json']);
    expect(planned.stdout).toMatch(/CRD_CONVERSION_DEAD/);
  });
});

describe('what the target lacks for what comes', () => {
  it.each<[string, string, object]>([
    [
      'PRIORITY_CLASS_MISSING',
      'apps/v1/{ns}/deployments',
      {
        replicas: 0,
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: { priorityClassName: 'nobody-has-it', containers: [{ name: 'web', image: 'web:1' }] },
        },
      },
    ],
    [
      'INGRESS_CLASS_MISSING',
      'networking.k8s.io/v1/{ns}/ingresses',
      { ingressClassName: 'nobody-has-it', defaultBackend: { service: { name: 'web', port: { number: 80 } } } },
    ],
  ])('blocks plan and run as it does an assessment, and is accepted by a waiver: %s', async (code, path, content) => {
    const namespace = `${rig.prefix}-${code.toLowerCase().replaceAll('_', '-')}`;
    await plantConfigMap(namespace);
    const collection = `/apis/${path.replace('{ns}', `namespaces/${namespace}`)}`;
    await rig.create('source', collection, { metadata: { name: 'web' }, spec: content });
    const classes = '/apis/networking.k8s.io/v1/ingressclasses';
    if (code === 'INGRESS_CLASS_MISSING') {
      // Where the source is without it too, nothing gets worse, and it is a warning.
      const metadata = { name: 'nobody-has-it' };
      await rig.create('source', classes, { metadata, spec: { controller: 'example.org/ingress' } });
      rig.onEnd(() => rig.source.call('DELETE', `${classes}/nobody-has-it`));
    }
    const run = await rig.migrate(spec(namespace));
    expect(run.error).toMatchObject({ code });
    expect(run.code).toBe(5);
    expect((await rig.target.call('GET', `/api/v1/namespaces/${namespace}`)).status).toBe(404);
    const planned = await rig.landfall(['plan', '-f', rig.write(spec(namespace)), '-o', 'json']);
    expect([planned.code, planned.stdout.includes(code)]).toEqual([5, true]);
    const assessed = await rig.landfall(['assess', '-f', rig.write(spec(namespace)), '-o', 'json']);
    const { findings } = JSON.parse(assessed.stdout) as { findings: readonly { code: string }[] };
    expect(findings.filter((one) => one.code === code)).toHaveLength(1);
    const waivers = [{ code, subject: `* ${namespace}/web`, owner: 'ana', reason: 'known', until: '2999-12-31' }];
    const accepted = await rig.migrate(spec(namespace, { waivers }));
    expect(accepted.error).toBeUndefined();
  });
});

describe('a claim of the target where a run would bring a volume', () => {
  it.each(['fail', 'skip', 'update'])('stops the plan before anything moves (%s)', async (policy) => {
    const namespace = `${rig.prefix}-claim-${policy}`;
    const driver = `${namespace}.example.org`;
    await plantConfigMap(namespace);
    await rig.namespace('target', namespace);
    const claims = `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;
    const resources = { requests: { storage: '1Gi' } };
    const claim = (more: object = {}) => ({
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], storageClassName: namespace, resources, ...more },
    });
    for (const side of ['source', 'target'] as const) {
      await rig.create(side, '/apis/storage.k8s.io/v1/storageclasses', {
        metadata: { name: namespace },
        provisioner: driver,
        volumeBindingMode: 'WaitForFirstConsumer',
      });
      rig.onEnd(() => rig[side].call('DELETE', `/apis/storage.k8s.io/v1/storageclasses/${namespace}`));
    }
    await rig.create('source', '/api/v1/persistentvolumes', {
      metadata: { name: namespace },
      spec: {
        ...{ capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], storageClassName: namespace },
        csi: { driver, volumeHandle: 'v' },
      },
    });
    rig.onEnd(() => rig.source.call('DELETE', `/api/v1/persistentvolumes/${namespace}`));
    await rig.create('source', claims, claim({ volumeName: namespace }));
    const status = { phase: 'Bound', accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' } };
    const patched = await rig.source.call('PATCH', `${claims}/data/status`, {
      type: 'application/merge-patch+json',
      text: JSON.stringify({ status }),
    });
    expect(patched.status).toBe(200);
    await rig.create('target', claims, claim());
    const password = join(rig.directory, 'password');
    writeFileSync(password, 'a password of the repository');
    const { endpoint, region, bucket, credentialsFile: file } = rig.lab.s3;
    const store = {
      provider: 's3',
      encryption: 'none',
      endpoint,
      region,
      bucket,
      prefix: namespace,
      credentials: { file },
    };
    const run = await rig.migrate({
      location: { ...store, repositoryPassword: { file: password } },
      ...spec(namespace, {
        existingResourcePolicy: policy,
        volumes: { mode: 'move', withoutSnapshot: 'copyWhileQuiesced' },
      }),
    });
    expect(run.code).toBe(5);
    const codes = run.events.flatMap((event) => (event.type === 'finding' ? [`${event.severity} ${event.code}`] : []));
    expect(codes).toContain('blocker CLAIM_EXISTS');
    expect(run.events.some(({ type }) => type === 'undo.started')).toBe(false);
  });
});
