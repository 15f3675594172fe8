import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../src/core/run/events.ts';
import { waitFor } from '../../src/host/wait.ts';
import { startCliRig, type CliRig, type MigrationRun } from '../support/cli-rig.ts';

/**
 * An application with something of every form on the edge of its scope, and beside each what must not be mistaken for it.
 * Real API servers, the real command; assess, plan, migrate and its report have to say the same.
 */
let rig: CliRig;
let app: string;
let moved: string;
let peer: string;
let group: string;

const rbac = 'rbac.authorization.k8s.io';
const rbacPath = `/apis/${rbac}/v1`;
const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

interface Named {
  readonly metadata: { readonly name: string };
  readonly [key: string]: unknown;
}

/** Creates something that goes on both sides when the rig ends. */
async function plant(collection: string, object: Named): Promise<void> {
  await rig.create('source', collection, object);
  const path = `${collection}/${encodeURIComponent(object.metadata.name)}`;
  for (const side of ['source', 'target'] as const) rig.onEnd(() => rig[side].call('DELETE', path));
}

const bound = (kind: string, name: string, subjects: readonly object[], role = name) => ({
  apiVersion: `${rbac}/v1`,
  kind,
  metadata: { name },
  roleRef: { apiGroup: rbac, kind: kind === 'RoleBinding' ? 'Role' : 'ClusterRole', name: role },
  subjects,
});
const clusterRole = (name: string, rules: readonly object[], labels: object = {}) => ({
  apiVersion: `${rbac}/v1`,
  kind: 'ClusterRole',
  metadata: { name, labels },
  rules,
});
const rule = (apiGroup: string, resource: string, verb: string, more: object = {}) => ({
  ...{ apiGroups: [apiGroup], resources: [resource], verbs: [verb] },
  ...more,
});
const definition = (plural: string, kind: string, scope: string) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.${group}` },
  spec: {
    group,
    scope,
    names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
    versions: [
      {
        ...{ name: 'v1', served: true, storage: true },
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
});
const custom = (kind: string, name: string, spec: object) => ({
  apiVersion: `${group}/v1`,
  kind,
  metadata: { name },
  spec,
});

beforeAll(async () => {
  rig = await startCliRig('edge');
  [app, moved, peer] = [`${rig.prefix}-app`, `${rig.prefix}-new`, `${rig.prefix}-peer`];
  group = `${rig.prefix}.example.com`;
  await rig.namespace('source', app, { tier: rig.prefix });
  await rig.namespace('source', peer);
  for (const name of [app, moved]) rig.onEnd(() => rig.target.call('DELETE', `/api/v1/namespaces/${name}`));
  await plantRights();
  await plantKinds();
  await plantNames();
});

afterAll(() => rig?.end());

async function plantRights(): Promise<void> {
  const account = { kind: 'ServiceAccount', name: 'runner', namespace: app };
  const user = { apiGroup: rbac, kind: 'User', name: `system:serviceaccount:${app}:runner` };
  const all = { apiGroup: rbac, kind: 'Group', name: `system:serviceaccounts:${app}` };
  const elsewhere = { kind: 'ServiceAccount', name: 'runner', namespace: peer };
  const people = { apiGroup: rbac, kind: 'Group', name: 'devs' };
  const inApp = `/api/v1/namespaces/${app}`;
  await rig.create('source', `${inApp}/serviceaccounts`, { metadata: { name: 'runner' } });
  await rig.create('source', `/api/v1/namespaces/${peer}/serviceaccounts`, { metadata: { name: 'runner' } });
  const reader = 'extension-apiserver-authentication-reader';
  await plant(
    `${rbacPath}/namespaces/kube-system/rolebindings`,
    bound('RoleBinding', `${rig.prefix}-auth`, [account], reader)
  );
  await plant(
    `${rbacPath}/namespaces/kube-system/rolebindings`,
    bound('RoleBinding', `${rig.prefix}-other`, [elsewhere], reader)
  );
  await plant(`${rbacPath}/namespaces/${peer}/rolebindings`, bound('RoleBinding', 'peer-reader', [user]));
  await rig.create('source', `${rbacPath}/namespaces/${app}/rolebindings`, {
    ...bound('RoleBinding', 'local', [user, all]),
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'view' },
  });
  const roles = {
    'by-user': [[user], rule('', 'nodes', 'list')],
    'by-group': [[all], rule('coordination.k8s.io', 'leases', 'list')],
    'own-namespace': [[account, elsewhere, people], rule('', 'namespaces', 'get', { resourceNames: [app] })],
    operator: [[account], rule(group, 'gadgets', '*')],
    foreign: [[elsewhere], rule('', 'secrets', 'list')],
  } as const;
  for (const [name, [subjects, one]] of Object.entries(roles)) {
    await plant(`${rbacPath}/clusterroles`, clusterRole(`${rig.prefix}-${name}`, [one]));
    await plant(`${rbacPath}/clusterrolebindings`, bound('ClusterRoleBinding', `${rig.prefix}-${name}`, subjects));
  }
}

async function plantKinds(): Promise<void> {
  await plant(crds, definition('gadgets', 'Gadget', 'Namespaced'));
  await plant(crds, definition('stores', 'ClusterStore', 'Cluster'));
  await plant(crds, definition('tenants', 'Tenant', 'Cluster'));
  await plant(crds, definition('claims', 'StoreClaim', 'Namespaced'));
  for (const plural of ['stores', 'tenants', `namespaces/${app}/claims`]) {
    await waitFor(() => rig.source.get(`/apis/${group}/v1/${plural}`), { what: plural, deadlineMs: 60_000 });
  }
  await plant(`/apis/${group}/v1/stores`, custom('ClusterStore', 'vault', { server: 'https://vault.example.com' }));
  await plant(`/apis/${group}/v1/stores`, custom('ClusterStore', 'unused', {}));
  await plant(`/apis/${group}/v1/tenants`, custom('Tenant', 'ours', { namespaces: [app] }));
  await plant(`/apis/${group}/v1/tenants`, custom('Tenant', 'theirs', { namespaces: [peer] }));
  await rig.create(
    'source',
    `/apis/${group}/v1/namespaces/${app}/claims`,
    custom('StoreClaim', 'c', { storeRef: { kind: 'ClusterStore', name: 'vault' } })
  );
  const admission = '/apis/admissionregistration.k8s.io/v1';
  const hook = (name: string, namespace: string) => ({
    metadata: { name },
    webhooks: [
      {
        name: `${name}.example.com`,
        ...{ sideEffects: 'None', failurePolicy: 'Ignore', admissionReviewVersions: ['v1'] },
        clientConfig: { service: { name: 'hook', namespace } },
        rules: [{ apiGroups: [group], apiVersions: ['*'], operations: ['CREATE'], resources: ['nothing'] }],
      },
    ],
  });
  await plant(`${admission}/validatingwebhookconfigurations`, hook(`${rig.prefix}-ours`, app));
  await plant(`${admission}/validatingwebhookconfigurations`, hook(`${rig.prefix}-theirs`, peer));
  const match = {
    resourceRules: [{ apiGroups: [group], apiVersions: ['v1'], operations: ['CREATE'], resources: ['none'] }],
  };
  for (const [name, namespace] of [
    ['policy', app],
    ['policy-other', peer],
  ] as const) {
    await plant(`${admission}/validatingadmissionpolicies`, {
      metadata: { name: `${rig.prefix}-${name}` },
      spec: { failurePolicy: 'Ignore', matchConstraints: match, validations: [{ expression: 'true' }] },
    });
    await plant(`${admission}/validatingadmissionpolicybindings`, {
      metadata: { name: `${rig.prefix}-${name}` },
      spec: {
        policyName: `${rig.prefix}-${name}`,
        validationActions: ['Audit'],
        matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } },
      },
    });
  }
}

async function plantNames(): Promise<void> {
  const service = (name: string) => ({
    metadata: { name },
    spec: { selector: { app: name }, ports: [{ port: 5432 }] },
  });
  await rig.create('source', `/api/v1/namespaces/${app}/services`, service('hook'));
  await rig.create('source', `/api/v1/namespaces/${peer}/services`, service('db'));
  await rig.create('source', `/api/v1/namespaces/${app}/configmaps`, {
    metadata: { name: 'names' },
    data: { short: `postgres://db.${peer}:5432/x`, own: `http://hook.${app}`, none: 'www.example.com', team: app },
  });
  await rig.create('source', `/api/v1/namespaces/${app}/secrets`, {
    metadata: { name: 'hidden' },
    stringData: { url: `https://hook.${app}.svc:443/a-value-nobody-may-see` },
  });
}

const ofEdge = /^(?:REFERENCE|POLICY|SUBJECTS|CONTROLLER)/;

/** `CODE subject` of what is of this test, without what other tests have left in the cluster. */
function said(findings: readonly Finding[]): string[] {
  return findings
    .filter(({ code, subject, message }) => ofEdge.test(code) && `${subject} ${message}`.includes(rig.prefix))
    .map(({ code, subject }) => `${code} ${subject.replaceAll(rig.prefix, 'P')}`)
    .sort();
}

const remaining = [
  'POLICY_LEFT_BEHIND Tenant ours',
  'POLICY_LEFT_BEHIND ValidatingAdmissionPolicyBinding P-policy',
  'REFERENCE_LEFT_BEHIND RoleBinding P-peer/peer-reader',
  'REFERENCE_LEFT_BEHIND RoleBinding kube-system/P-auth',
  'REFERENCE_LEFT_BEHIND ValidatingWebhookConfiguration P-ours',
  'REFERENCE_MISSING ClusterStore vault',
  'REFERENCE_UNCHANGED ConfigMap P-new/names, Secret P-new/hidden',
];

describe('the edge of the scope', () => {
  const spec = () => ({ scope: { namespaces: [app] }, namespaceMapping: { [app]: moved } });
  let run: MigrationRun;

  it('is in the plan, and assess says the same', async () => {
    const file = rig.write({ spec: spec() });
    const out = `${file}.plan.yaml`;
    const planned = await rig.landfall(['plan', '-f', file, '--out', out]);
    expect(planned.code).toBe(0);
    const text = readFileSync(out, 'utf8').replaceAll(rig.prefix, 'P');
    for (const one of remaining) expect(text).toContain(one.split(' ').slice(1).join(' '));
    for (const one of ['Tenant theirs', 'P-theirs', 'policy-other', 'kube-system/P-other', 'ClusterStore unused'])
      expect(text).not.toContain(one);
    expect(text).not.toContain('a-value-nobody');
    const assessed = await rig.landfall(['assess', '-f', file, '-o', 'json']);
    for (const one of remaining)
      expect(assessed.stdout.replaceAll(rig.prefix, 'P')).toContain(one.split(' ').slice(1).join(' '));
  });

  it('is in the result and the report of a run', async () => {
    run = await rig.migrate({ spec: spec() });
    expect(run.code).toBe(0);
    const found = said(run.report?.findings ?? []);
    // The planning pass says what becomes of a name of a Service that stays behind; the edge does not repeat it.
    const outside = run.report?.findings.filter(({ code }) => code === 'SERVICE_OUT_OF_SCOPE') ?? [];
    expect(outside.map(({ message }) => message.replaceAll(rig.prefix, 'P')).join('\n')).toContain('Service P-peer/db');
    expect(found.filter((one) => !one.startsWith('SUBJECTS'))).toEqual(remaining.toSorted());
    expect(found.filter((one) => one.startsWith('SUBJECTS'))).toHaveLength(2);
    expect(run.report?.losses?.length).toBeGreaterThan(0);
    expect(run.report?.mapping?.namespaces).toEqual([{ from: app, to: moved }]);
    expect(JSON.stringify(run.report)).not.toContain('a-value-nobody');
    const events = run.events.filter((event) => event.type === 'finding');
    expect(said(events as unknown as Finding[])).toEqual(found);
  });

  it('gives accounts in scope their rights under the new names, and nobody else any', async () => {
    const subjectsOf = async (path: string) => {
      const stored = await rig.target.get<{ subjects: unknown[] }>(`${rbacPath}/${path}`);
      return stored?.subjects ?? [];
    };
    const user = { apiGroup: rbac, kind: 'User', name: `system:serviceaccount:${moved}:runner` };
    const all = { apiGroup: rbac, kind: 'Group', name: `system:serviceaccounts:${moved}` };
    expect(await subjectsOf(`namespaces/${moved}/rolebindings/local`)).toEqual([user, all]);
    expect(await subjectsOf(`clusterrolebindings/${rig.prefix}-by-user`)).toEqual([user]);
    expect(await subjectsOf(`clusterrolebindings/${rig.prefix}-by-group`)).toEqual([all]);
    expect(await subjectsOf(`clusterrolebindings/${rig.prefix}-own-namespace`)).toEqual([
      { kind: 'ServiceAccount', name: 'runner', namespace: moved },
    ]);
    const role = await rig.target.get<{ rules: { resourceNames: string[] }[] }>(
      `${rbacPath}/clusterroles/${rig.prefix}-own-namespace`
    );
    expect(role?.rules[0]?.resourceNames).toEqual([moved]);
    expect(await rig.target.get(`${rbacPath}/clusterrolebindings/${rig.prefix}-foreign`)).toBeUndefined();
  });

  it('takes the definition of an operator that has no objects yet', async () => {
    expect(await rig.target.get(`${crds}/gadgets.${group}`)).toBeDefined();
    expect(await rig.target.get(`${crds}/stores.${group}`)).toBeUndefined();
  });
});

describe('two namespaces that become one', () => {
  it('are refused before anything is captured, though a pattern takes one of them', async () => {
    const spec = { scope: { namespaces: [`${rig.prefix}-*`] }, namespaceMapping: { [app]: peer } };
    const run = await rig.migrate({ spec });
    expect(run.code).not.toBe(0);
    expect(JSON.stringify(run.events)).toContain(`become ${peer} on the target`);
    expect(await rig.target.get(`/api/v1/namespaces/${peer}`)).toBeUndefined();
  });
});

describe('a plain application', () => {
  it('has nothing on its edge', async () => {
    const name = `${rig.prefix}-plain`;
    await rig.namespace('source', name);
    rig.onEnd(() => rig.target.call('DELETE', `/api/v1/namespaces/${name}`));
    await rig.create('source', `/api/v1/namespaces/${name}/configmaps`, { metadata: { name: 'c' }, data: { a: 'b' } });
    const run = await rig.migrate({ spec: { scope: { namespaces: [name] } } });
    expect(run.code).toBe(0);
    expect(run.report?.findings.filter(({ code }) => ofEdge.test(code))).toEqual([]);
  });
});
