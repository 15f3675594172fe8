import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../src/host/wait.ts';
import { startCliRig, type CliRig, type MigrationRun } from '../support/cli-rig.ts';

let rig: CliRig;

beforeAll(async () => {
  rig = await startCliRig('existing');
});

afterAll(() => rig?.end());

type Side = 'source' | 'target';
type Policy = 'skip' | 'update' | 'fail';
interface Live {
  readonly metadata: {
    readonly uid: string;
    readonly generation?: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly imagePullSecrets?: readonly { readonly name: string }[];
}

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** A namespace on both sides' ways: the target's goes when the rig ends. */
function onTarget(namespace: string): string {
  rig.onEnd(() => rig.target.call('DELETE', `/api/v1/namespaces/${namespace}`));
  return namespace;
}

async function change(side: Side, path: string, patch: object): Promise<void> {
  const answer = await rig[side].call('PATCH', path, {
    type: 'application/merge-patch+json',
    text: JSON.stringify(patch),
  });
  if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${answer.text.slice(0, 500)}`);
}

/** A kind `boxes` of a group of its own; `fields` are those its versions know under spec. */
async function define(side: Side, group: string, fields: readonly string[], more: object = {}): Promise<void> {
  const { versions = ['v1'], labels = {} } = more as { versions?: readonly string[]; labels?: object };
  const properties = Object.fromEntries(fields.map((name) => [name, { type: 'string' }]));
  await rig.create(side, definitions, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `boxes.${group}`, labels },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind: 'Box', plural: 'boxes', singular: 'box' },
      versions: versions.map((name, index) => ({
        name,
        served: true,
        storage: index === 0,
        schema: {
          openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties } } },
        },
      })),
    },
  });
  for (const one of ['source', 'target'] as const) {
    rig.onEnd(() => rig[one].call('DELETE', `${definitions}/boxes.${group}`));
  }
  await waitFor(() => rig[side].get(`/apis/${group}/v1/boxes`), {
    ...{ what: `${group} to be served`, deadlineMs: 60_000, intervalMs: 200 },
  });
}

const box = (group: string, spec: object, version = 'v1') => ({
  apiVersion: `${group}/${version}`,
  kind: 'Box',
  metadata: { name: 'box' },
  spec,
});
const map = (name: string, data: object, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  data,
});

function migrate(namespace: string, policy: Policy, more: object = {}): Promise<MigrationRun> {
  return rig.migrate({ spec: { scope: { namespaces: [namespace] }, existingResourcePolicy: policy, ...more } });
}

/** A StatefulSet on both sides whose selectors differ: no API server changes one. */
async function plantImmutable(namespace: string): Promise<void> {
  for (const [side, app] of [
    ['source', 'new'],
    ['target', 'old'],
  ] as const) {
    await rig.create(side, `/apis/apps/v1/namespaces/${namespace}/statefulsets`, {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'db' },
      spec: {
        replicas: 0,
        serviceName: 'db',
        selector: { matchLabels: { app } },
        template: { metadata: { labels: { app } }, spec: { containers: [{ name: 'c', image: 'x:1' }] } },
      },
    });
  }
}

/** The target takes no new ConfigMap `refused` in this namespace. */
async function refuseByPolicy(namespace: string, operation: 'CREATE' | 'UPDATE' = 'CREATE'): Promise<void> {
  const policy = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: namespace },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], operations: [operation] }],
      },
      validations: [{ expression: "object.metadata.name != 'refused'", message: 'not this one' }],
    },
  };
  const group = '/apis/admissionregistration.k8s.io/v1';
  await rig.create('target', `${group}/validatingadmissionpolicies`, policy);
  await rig.create('target', `${group}/validatingadmissionpolicybindings`, {
    ...{ apiVersion: policy.apiVersion, kind: 'ValidatingAdmissionPolicyBinding', metadata: policy.metadata },
    spec: { policyName: namespace, validationActions: ['Deny'] },
  });
  for (const kind of ['validatingadmissionpolicies', 'validatingadmissionpolicybindings']) {
    rig.onEnd(() => rig.target.call('DELETE', `${group}/${kind}/${namespace}`));
  }
}

/** Admission reads its policies every second or so; asked without storing anything. */
async function policyCounts(namespace: string): Promise<void> {
  await waitFor(
    async () => {
      const answer = await rig.target.call('POST', `/api/v1/namespaces/${namespace}/configmaps?dryRun=All`, {
        type: 'application/json',
        text: JSON.stringify(map('refused', {})),
      });
      return answer.status >= 400 ? true : undefined;
    },
    { what: 'the policy to count', deadlineMs: 60_000, intervalMs: 500 }
  );
}

describe('a custom resource that is there with other content', () => {
  it('is updated, named and counted', async () => {
    const namespace = `${rig.prefix}-box`;
    const group = `${namespace}.example.org`;
    for (const side of ['source', 'target'] as const) {
      await rig.namespace(side, namespace);
      await define(side, group, ['size']);
    }
    const boxes = `/apis/${group}/v1/namespaces/${namespace}/boxes`;
    await rig.create('source', boxes, box(group, { size: 'two' }));
    await rig.create('target', boxes, box(group, { size: 'one' }));
    const before = await rig.target.get<Live>(`${boxes}/box`);

    const run = await migrate(namespace, 'update');
    expect(run.error).toBeUndefined();
    expect(run.code).toBe(0);
    const after = await rig.target.get<Live>(`${boxes}/box`);
    expect(after?.spec).toEqual({ size: 'two' });
    expect(after?.metadata.uid).toBe(before?.metadata.uid);
    expect(run.report?.overwritten).toEqual([{ object: `Box ${namespace}/box`, paths: ['/spec/size'] }]);

    const again = await migrate(namespace, 'update');
    expect(again.code).toBe(0);
    expect(again.report?.objects.applied).toBe(0);
    expect(again.report?.objects.existing).toBe(3);
  });
});

describe('a definition that the target has in another release', () => {
  it.each<[Policy, number]>([
    ['fail', 5],
    ['skip', 3],
    ['update', 3],
  ])('%s: stays as it is, and the fields it would drop are reported', async (policy, code) => {
    const namespace = `${rig.prefix}-release-${policy}`;
    const group = `${namespace}.example.org`;
    await rig.namespace('source', namespace);
    onTarget(namespace);
    await define('source', group, ['size', 'legacy']);
    await define('target', group, ['size', 'partitions'], { versions: ['v2', 'v1'], labels: { helm: '2.0' } });
    const boxes = `/apis/${group}/v1/namespaces/${namespace}/boxes`;
    await rig.create('source', boxes, box(group, { size: 'two', legacy: 'strict' }));
    const before = await rig.target.get<Live>(`${definitions}/boxes.${group}`);

    const run = await migrate(namespace, policy);
    expect(run.code).toBe(code);
    const after = await rig.target.get<Live>(`${definitions}/boxes.${group}`);
    expect(after?.metadata).toMatchObject({ uid: before?.metadata.uid, generation: before?.metadata.generation });
    expect(after?.spec).toEqual(before?.spec);
    const codes = run.report?.findings.map((finding) => finding.code) ?? [];
    expect(codes).toContain('DEFINITION_DIFFERS');
    const pruned = run.report?.findings.find((finding) => finding.code === 'FIELDS_PRUNED');
    expect(pruned?.message).toContain('/spec/legacy');
    const live = await rig.target.get<Live>(`${boxes}/box`);
    expect(live?.spec).toEqual(policy === 'fail' ? undefined : { size: 'two' });
  });

  it('is no conflict where its installer alone has marked it', async () => {
    const namespace = `${rig.prefix}-labels`;
    const group = `${namespace}.example.org`;
    await rig.namespace('source', namespace);
    onTarget(namespace);
    await define('source', group, ['size']);
    await define('target', group, ['size'], { labels: { 'app.kubernetes.io/managed-by': 'Helm' } });
    await rig.create('source', `/apis/${group}/v1/namespaces/${namespace}/boxes`, box(group, { size: 'two' }));

    const run = await migrate(namespace, 'fail');
    expect(run.error).toBeUndefined();
    expect(run.code).toBe(0);
    expect(run.report?.findings.map((finding) => finding.code)).not.toContain('DEFINITION_DIFFERS');
    const live = await rig.target.get<Live>(`${definitions}/boxes.${group}`);
    expect(live?.metadata.labels).toEqual({ 'app.kubernetes.io/managed-by': 'Helm' });
  });
});

describe('a namespace that the platform has made', () => {
  async function plant(suffix: string, level: string): Promise<string> {
    const namespace = `${rig.prefix}-${suffix}`;
    await rig.namespace('source', namespace, { app: 'shop', 'example.org/level': level });
    await change('source', `/api/v1/namespaces/${namespace}`, { metadata: { annotations: { contact: 'shop-team' } } });
    await rig.create('source', `/api/v1/namespaces/${namespace}/configmaps`, map('settings', { a: 'b' }));
    await rig.namespace('target', namespace, { 'cost-centre': '4711', 'example.org/level': 'restricted' });
    await change('target', `/api/v1/namespaces/${namespace}`, { metadata: { annotations: { 'made-by': 'platform' } } });
    return namespace;
  }

  async function prepare(namespace: string): Promise<void> {
    const meta = { name: 'platform', labels: { owner: 'platform' } };
    await rig.create('target', `/api/v1/namespaces/${namespace}/resourcequotas`, {
      ...{ apiVersion: 'v1', kind: 'ResourceQuota', metadata: meta },
      spec: { hard: { configmaps: '20' } },
    });
    await rig.create('target', `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`, {
      ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: meta },
      spec: { podSelector: {}, policyTypes: ['Ingress'] },
    });
  }

  it('is merged under the default policy, and what prepares it is no content', async () => {
    const namespace = await plant('platform', 'restricted');
    await prepare(namespace);
    const run = await migrate(namespace, 'fail');
    expect(run.error).toBeUndefined();
    expect(run.code).toBe(0);
    const live = await rig.target.get<Live>(`/api/v1/namespaces/${namespace}`);
    expect(live?.metadata.labels).toMatchObject({ app: 'shop', 'cost-centre': '4711' });
    expect(live?.metadata.annotations).toMatchObject({ contact: 'shop-team', 'made-by': 'platform' });
    const prepared = run.report?.findings.find((finding) => finding.code === 'TARGET_PREPARED');
    expect(prepared?.message).toContain('NetworkPolicy platform');
    expect(prepared?.message).toContain('ResourceQuota platform');
  });

  it.each<[Policy, string, number]>([
    ['fail', 'restricted', 5],
    ['skip', 'restricted', 0],
    ['update', 'baseline', 0],
  ])('%s decides a label with two values, by name: %s', async (policy, level, code) => {
    const namespace = await plant(`level-${policy}`, 'baseline');
    const run = await migrate(namespace, policy);
    expect(run.code).toBe(code);
    const live = await rig.target.get<Live>(`/api/v1/namespaces/${namespace}`);
    expect(live?.metadata.labels).toMatchObject({ 'cost-centre': '4711', 'example.org/level': level });
    const reported = run.report?.findings.filter(({ message }) => message.includes('example.org~1level')) ?? [];
    expect(reported.map((finding) => finding.code)).toEqual([
      policy === 'fail' ? 'OBJECT_CONFLICT' : 'SHARED_KEYS_DIFFER',
    ]);
  });

  it('is as the platform made it once the run is undone', async () => {
    const namespace = await plant('undone', 'baseline');
    await change('source', `/api/v1/namespaces/${namespace}/serviceaccounts/default`, {
      imagePullSecrets: [{ name: 'registry' }],
    });
    await rig.create('source', `/api/v1/namespaces/${namespace}/configmaps`, map('refused', { a: 'b' }));
    await refuseByPolicy(namespace);
    await policyCounts(namespace);
    const paths = [`/api/v1/namespaces/${namespace}`, `/api/v1/namespaces/${namespace}/serviceaccounts/default`];
    const probe = () => Promise.all(paths.map((path) => rig.target.get<Live>(path)));
    const before = await probe();
    const run = await migrate(namespace, 'update');
    expect(run.code).toBe(1);
    const after = await probe();
    for (const index of [0, 1]) {
      const { metadata: was, ...content } = before[index] as Live;
      const { metadata: is, ...now } = after[index] as Live;
      expect(is.uid).toBe(was.uid);
      expect(is.labels).toEqual(was.labels);
      expect(is.annotations).toEqual(was.annotations);
      expect(now).toEqual(content);
    }
  });
});

describe('the default account', () => {
  it('of a new namespace gets what its owner gave it, and the run ends whole', async () => {
    const namespace = `${rig.prefix}-account`;
    await rig.namespace('source', namespace);
    onTarget(namespace);
    await change('source', `/api/v1/namespaces/${namespace}/serviceaccounts/default`, {
      imagePullSecrets: [{ name: 'registry' }],
      metadata: { annotations: { team: 'shop' } },
    });
    const run = await migrate(namespace, 'fail');
    expect(run.error).toBeUndefined();
    expect(run.code).toBe(0);
    const live = await rig.target.get<Live>(`/api/v1/namespaces/${namespace}/serviceaccounts/default`);
    expect(live?.imagePullSecrets).toEqual([{ name: 'registry' }]);
    expect(live?.metadata.annotations).toMatchObject({ team: 'shop' });
  });
});

describe('what the target refuses before it looks at the name', () => {
  it('counts as there when it is there and equal: a full quota', async () => {
    const namespace = `${rig.prefix}-quota`;
    await rig.namespace('source', namespace);
    onTarget(namespace);
    await rig.create('source', `/api/v1/namespaces/${namespace}/configmaps`, map('one', { a: 'b' }));
    await rig.create('source', `/api/v1/namespaces/${namespace}/resourcequotas`, {
      ...{ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'full' } },
      spec: { hard: { 'count/configmaps': '2' } },
    });
    expect((await migrate(namespace, 'fail')).code).toBe(0);
    await waitFor(
      async () =>
        (
          await rig.target.get<{ status?: { used?: Record<string, string> } }>(
            `/api/v1/namespaces/${namespace}/resourcequotas/full`
          )
        )?.status?.used?.['count/configmaps'] === '2'
          ? true
          : undefined,
      { what: 'the quota to be counted', deadlineMs: 60_000 }
    );
    for (const policy of ['skip', 'update'] as const) {
      const again = await migrate(namespace, policy);
      expect(again.error).toBeUndefined();
      expect(again.code).toBe(0);
      expect(again.report?.objects.applied).toBe(0);
    }
  });

  it('a default class is carried without being the default, twice', async () => {
    const namespace = `${rig.prefix}-class`;
    const name = `${rig.prefix}-first`;
    const classes = '/apis/scheduling.k8s.io/v1/priorityclasses';
    await rig.namespace('source', namespace);
    onTarget(namespace);
    for (const side of ['source', 'target'] as const) rig.onEnd(() => rig[side].call('DELETE', `${classes}/${name}`));
    await rig.create('source', classes, {
      ...{ apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name } },
      ...{ value: 1000, globalDefault: true },
    });
    await rig.create('source', `/apis/apps/v1/namespaces/${namespace}/deployments`, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: { priorityClassName: name, containers: [{ name: 'c', image: 'x:1' }] },
        },
      },
    });
    const run = await migrate(namespace, 'fail');
    expect(run.error).toBeUndefined();
    expect(run.code).toBe(0);
    const live = await rig.target.get<{ globalDefault?: boolean; value: number }>(`${classes}/${name}`);
    expect(live).toMatchObject({ value: 1000 });
    expect(live?.globalDefault ?? false).toBe(false);
    expect(run.report?.changes.map(({ rule }) => rule)).toContain('default-class');
    expect((await migrate(namespace, 'skip')).code).toBe(0);
  });
});

describe('rules for objects', () => {
  it('leave one object to the target where everything else would stop', async () => {
    const namespace = `${rig.prefix}-rules`;
    const name = `${rig.prefix}-role`;
    const roles = '/apis/rbac.authorization.k8s.io/v1/clusterroles';
    await rig.namespace('source', namespace);
    onTarget(namespace);
    const role = (verb: string) => ({
      ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name } },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: [verb] }],
    });
    await rig.create('source', roles, role('list'));
    await rig.create('target', roles, role('get'));
    for (const side of ['source', 'target'] as const) rig.onEnd(() => rig[side].call('DELETE', `${roles}/${name}`));
    await rig.create('source', `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`, {
      ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: 'b' } },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name: 'default', namespace }],
    });
    expect((await migrate(namespace, 'fail')).error).toMatchObject({ code: 'OBJECT_CONFLICT' });
    const run = await migrate(namespace, 'fail', {
      objectRules: [{ kinds: ['ClusterRole'], names: [name], existingResourcePolicy: 'skip' }],
    });
    expect(run.code).toBe(3);
    expect(run.report?.parity.names.different[0]).toContain(`ClusterRole ${name} /rules/0/verbs/0`);
    expect(await rig.target.get<object>(`${roles}/${name}`)).toMatchObject({ rules: [{ verbs: ['get'] }] });
  });
});

describe('an update of what nobody can change', () => {
  async function plant(suffix: string): Promise<string> {
    const namespace = `${rig.prefix}-${suffix}`;
    for (const side of ['source', 'target'] as const) {
      await rig.namespace(side, namespace);
      await rig.create(side, `/api/v1/namespaces/${namespace}/configmaps`, {
        ...map('fixed', { a: side }),
        immutable: true,
      });
      await rig.create(side, `/api/v1/namespaces/${namespace}/configmaps`, map('plain', { a: side }));
    }
    await plantImmutable(namespace);
    return namespace;
  }

  it('is known before anything is written', async () => {
    const namespace = await plant('immutable');
    const path = `/api/v1/namespaces/${namespace}/configmaps/plain`;
    const before = await rig.target.get<object>(path);
    const run = await migrate(namespace, 'update');
    expect(run.code).toBe(5);
    const reported = run.report?.findings.filter(({ code }) => code === 'UPDATE_REFUSED') ?? [];
    expect(reported.map(({ severity }) => severity)).toEqual(['blocker', 'blocker']);
    expect(new Set(reported.map(({ subject }) => subject.split('/').at(-1)))).toEqual(new Set(['db', 'fixed']));
    expect(await rig.target.get<object>(path)).toEqual(before);
  });

  it('is a warning where the run may go on without it, and what can be changed is', async () => {
    const namespace = await plant('immutable-on');
    const run = await migrate(namespace, 'update', { onRefused: 'continue' });
    expect(run.code).toBe(3);
    const reported = run.report?.findings.filter(({ code }) => code === 'UPDATE_REFUSED') ?? [];
    expect(reported.map(({ severity }) => severity)).toEqual(['warning', 'warning']);
    const live = await rig.target.get<Live>(`/api/v1/namespaces/${namespace}/configmaps/plain`);
    expect(live?.data).toEqual({ a: 'source' });
  });
});

describe('an update that a policy of the target refuses', () => {
  it('is counted beforehand as not known: the policy may be another when the run is there', async () => {
    const namespace = `${rig.prefix}-undecided`;
    for (const side of ['source', 'target'] as const) {
      await rig.namespace(side, namespace);
      await rig.create(side, `/api/v1/namespaces/${namespace}/configmaps`, map('refused', { a: side }));
    }
    await refuseByPolicy(namespace, 'UPDATE');
    const path = `/api/v1/namespaces/${namespace}/configmaps/refused?dryRun=All`;
    const patch = { type: 'application/merge-patch+json', text: JSON.stringify({ data: { a: 'other' } }) };
    await waitFor(async () => ((await rig.target.call('PATCH', path, patch)).status >= 400 ? true : undefined), {
      ...{ what: 'the policy to count', deadlineMs: 60_000, intervalMs: 500 },
    });
    const run = await migrate(namespace, 'update', { onRefused: 'continue' });
    expect(run.code).toBe(3);
    const reported = run.report?.findings.filter(({ code }) => code === 'CHECK_NOT_MADE') ?? [];
    expect(reported).toMatchObject([
      {
        ...{ severity: 'info', subject: `target: ConfigMap ${namespace}/refused` },
        message: expect.stringMatching(/accepts 1 update: .*not this one/),
      },
    ]);
  });
});

describe('an object that the target refuses', () => {
  async function plant(suffix: string): Promise<string> {
    const namespace = `${rig.prefix}-${suffix}`;
    await rig.namespace('source', namespace);
    onTarget(namespace);
    await rig.create('source', `/api/v1/namespaces/${namespace}/configmaps`, map('refused', { a: 'b' }));
    await rig.create('source', `/api/v1/namespaces/${namespace}/configmaps`, map('taken', { a: 'b' }));
    await rig.create('source', `/apis/apps/v1/namespaces/${namespace}/deployments`, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: {
            containers: [{ name: 'c', image: 'x:1', envFrom: [{ configMapRef: { name: 'refused' } }] }],
          },
        },
      },
    });
    await refuseByPolicy(namespace);
    // The server takes a moment until a policy counts.
    await rig.namespace('target', `${namespace}-probe`);
    return namespace;
  }

  it('turns the run back by default', async () => {
    const namespace = await plant('rollback');
    await rig.namespace('target', namespace);
    await policyCounts(namespace);
    const run = await migrate(namespace, 'fail');
    expect(run.code).toBe(1);
    expect(run.error).toMatchObject({ code: 'ADMISSION_DENIED' });
    expect(await rig.target.get(`/apis/apps/v1/namespaces/${namespace}/deployments/web`)).toBeUndefined();
  });

  it('is left behind where the file says so, and named with what needs it', async () => {
    const namespace = await plant('continue');
    await rig.namespace('target', namespace);
    await policyCounts(namespace);
    const run = await migrate(namespace, 'fail', { objectRules: [{ kinds: ['ConfigMap'], onRefused: 'continue' }] });
    expect(run.code).toBe(3);
    expect(run.report?.objects.failed).toBe(1);
    expect(run.report?.failures[0]).toMatchObject({ code: 'ADMISSION_DENIED' });
    expect(run.report?.failures[0]?.why).toContain('not this one');
    expect(run.report?.affected).toEqual([
      { object: `Deployment ${namespace}/web`, needs: [`ConfigMap ${namespace}/refused`] },
    ]);
    expect(await rig.target.get(`/apis/apps/v1/namespaces/${namespace}/deployments/web`)).toBeDefined();
    expect(await rig.target.get(`/api/v1/namespaces/${namespace}/configmaps/taken`)).toBeDefined();
  });
});
