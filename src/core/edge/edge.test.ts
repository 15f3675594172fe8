import { describe, expect, it } from 'vitest';
import type { ApiResource } from '../resource.ts';
import type { SelectedObject } from '../select/dependencies.ts';
import { clusterDependencies } from '../select/dependencies.ts';
import { readHead } from '../select/head.ts';
import { ownedKinds, unservedGrants } from './grants.ts';
import { findReferrers } from './referrers.ts';
import { clusterKindsOf, clusterReferences } from './outgoing.ts';
import { relationTo } from './selects.ts';
import { createControllers } from './controllers.ts';

const rbac = 'rbac.authorization.k8s.io';
const admission = 'admissionregistration.k8s.io';
const verbs = ['create', 'get', 'list'];

function kind(group: string, name: string, namespaced = false): ApiResource {
  const plural = name.endsWith('y') ? `${name.slice(0, -1)}ies` : name.endsWith('s') ? `${name}es` : `${name}s`;
  return { group, version: 'v1', kind: name, plural: plural.toLowerCase(), namespaced, verbs, subresources: [] };
}

function object(group: string, name: string, metadata: object, content: object = {}): SelectedObject {
  const resource = kind(group, name, Object.hasOwn(metadata, 'namespace'));
  const apiVersion = group === '' ? 'v1' : `${group}/v1`;
  const text = JSON.stringify({ apiVersion, kind: name, metadata, ...content });
  return { head: readHead(text, resource), text, resource };
}

const shop = { name: 'shop', labels: { tier: 'shop', env: 'prod' } };
const scope = { namespaces: [shop] };
const web = { kind: 'ServiceAccount', namespace: 'shop', name: 'web' };
const role = { kind: 'Role', name: 'reader' };

describe('what refers into the scope and stays behind', () => {
  const binding = (name: string, subject: object, namespace = 'kube-system') =>
    object(rbac, 'RoleBinding', { name, namespace }, { roleRef: role, subjects: [subject] });
  const webhook = (name: string, entry: object) =>
    object(admission, 'ValidatingWebhookConfiguration', { name }, { webhooks: [entry] });
  const policy = (group: string, name: string, spec: object) => object(group, name, { name: 'p' }, { spec });

  it.each<[string, SelectedObject, string]>([
    ['an account', binding('a', web), 'REFERENCE_LEFT_BEHIND warning'],
    [
      'an account as a user',
      binding('a', { kind: 'User', name: 'system:serviceaccount:shop:web' }),
      'REFERENCE_LEFT_BEHIND warning',
    ],
    [
      'all accounts as a group',
      binding('a', { kind: 'Group', name: 'system:serviceaccounts:shop' }),
      'REFERENCE_LEFT_BEHIND warning',
    ],
    [
      'accounts of every namespace',
      binding('a', { kind: 'Group', name: 'system:serviceaccounts' }),
      'REFERENCE_LEFT_BEHIND info',
    ],
    [
      'everybody who is known, and so every account',
      binding('a', { kind: 'Group', name: 'system:authenticated' }),
      'REFERENCE_LEFT_BEHIND info',
    ],
    ['everybody, by the provider', binding('eks:a', { kind: 'Group', name: 'system:authenticated' }), ''],
    ['a person of that name', binding('a', { kind: 'User', name: 'system:authenticated' }), ''],
    ['an account elsewhere', binding('a', { ...web, namespace: 'shop-2' }), ''],
    ['a person', binding('a', { kind: 'User', name: 'shop' }), ''],
    ['a binding within the scope', binding('a', web, 'shop'), ''],
    ['a binding of the cluster', binding('system:a', web), ''],
    [
      'a webhook into the scope',
      webhook('w', { clientConfig: { service: { namespace: 'shop', name: 'hook' } } }),
      'REFERENCE_LEFT_BEHIND warning',
    ],
    [
      'a webhook that selects the namespace',
      webhook('w', { namespaceSelector: { matchLabels: { tier: 'shop' } } }),
      'POLICY_LEFT_BEHIND warning',
    ],
    [
      'a webhook into the scope by its URL',
      webhook('w', { clientConfig: { url: 'https://hook.shop.svc:8443/check' } }),
      'REFERENCE_LEFT_BEHIND warning',
    ],
    ['a webhook at a URL outside', webhook('w', { clientConfig: { url: 'https://hook.shop.example.com/' } }), ''],
    ['a webhook for everything', webhook('w', { namespaceSelector: {} }), ''],
    ['a webhook elsewhere', webhook('w', { clientConfig: { service: { namespace: 'other', name: 'hook' } } }), ''],
    [
      'an APIService',
      policy('apiregistration.k8s.io', 'APIService', { service: { namespace: 'shop', name: 'api' } }),
      'REFERENCE_LEFT_BEHIND warning',
    ],
    ['a local APIService', policy('apiregistration.k8s.io', 'APIService', { group: 'apps' }), ''],
    [
      'a definition converted from the scope',
      policy('apiextensions.k8s.io', 'CustomResourceDefinition', {
        conversion: { webhook: { clientConfig: { service: { namespace: 'shop', name: 'c' } } } },
      }),
      'REFERENCE_LEFT_BEHIND warning',
    ],
    [
      'Antrea',
      policy('crd.antrea.io', 'ClusterNetworkPolicy', {
        appliedTo: [{ namespaceSelector: { matchLabels: { tier: 'shop' } } }],
      }),
      'POLICY_LEFT_BEHIND warning',
    ],
    [
      'Antrea elsewhere',
      policy('crd.antrea.io', 'ClusterNetworkPolicy', {
        appliedTo: [{ namespaceSelector: { matchLabels: { tier: 'db' } } }],
      }),
      '',
    ],
    [
      'Cilium by a label of the namespace',
      policy('cilium.io', 'CiliumClusterwideNetworkPolicy', {
        endpointSelector: { matchLabels: { 'k8s:io.cilium.k8s.namespace.labels.tier': 'shop' } },
      }),
      'POLICY_LEFT_BEHIND warning',
    ],
    [
      'Cilium by a label of other namespaces',
      policy('cilium.io', 'CiliumClusterwideNetworkPolicy', {
        endpointSelector: {
          matchExpressions: [{ key: 'io.cilium.k8s.namespace.labels.tier', operator: 'In', values: ['db'] }],
        },
      }),
      '',
    ],
    [
      'Kyverno with an exception for the namespace',
      policy('kyverno.io', 'ClusterPolicy', {
        rules: [
          {
            match: { any: [{ resources: { kinds: ['Pod'] } }] },
            exclude: { any: [{ resources: { namespaces: ['shop'] } }] },
          },
        ],
      }),
      '',
    ],
    [
      'Kyverno with an exception in one of two rules',
      policy('kyverno.io', 'ClusterPolicy', {
        rules: [{ match: {}, exclude: { any: [{ resources: { namespaces: ['shop'] } }] } }, { match: {} }],
      }),
      'POLICY_LEFT_BEHIND info',
    ],
    [
      'Gatekeeper with an exception for the namespace',
      policy('constraints.gatekeeper.sh', 'K8sLabels', { match: { excludedNamespaces: ['kube-*', 'shop'] } }),
      '',
    ],
    [
      'Gatekeeper with an exception for others',
      policy('constraints.gatekeeper.sh', 'K8sLabels', { match: { excludedNamespaces: ['kube-system'] } }),
      'POLICY_LEFT_BEHIND info',
    ],
    [
      'a store for namespaces by expression',
      policy('external-secrets.io', 'ClusterSecretStore', { conditions: [{ namespaceRegexes: ['^sho.$'] }] }),
      'POLICY_LEFT_BEHIND warning',
    ],
    [
      'a store for others by expression',
      policy('external-secrets.io', 'ClusterSecretStore', { conditions: [{ namespaceRegexes: ['^db', '('] }] }),
      '',
    ],
    [
      'secrets for each of several selectors',
      policy('external-secrets.io', 'ClusterExternalSecret', {
        namespaceSelectors: [{ matchLabels: { tier: 'db' } }, { matchLabels: { tier: 'shop' } }],
      }),
      'POLICY_LEFT_BEHIND warning',
    ],
    [
      'a constraint of security that names an account',
      policy('security.example.com', 'Constraints', { users: ['system:serviceaccount:shop:web'] }),
      'POLICY_LEFT_BEHIND warning',
    ],
    [
      'a constraint of security that names an account elsewhere',
      policy('security.example.com', 'Constraints', { users: ['system:serviceaccount:shop-2:web'] }),
      '',
    ],
    ['a tier of Antrea', policy('crd.antrea.io', 'Tier', { priority: 10 }), ''],
    [
      'Cilium',
      policy('cilium.io', 'CiliumClusterwideNetworkPolicy', {
        endpointSelector: { matchLabels: { 'k8s:io.kubernetes.pod.namespace': 'shop' } },
      }),
      'POLICY_LEFT_BEHIND warning',
    ],
    [
      'Calico',
      policy('crd.projectcalico.org', 'GlobalNetworkPolicy', { namespaceSelector: "tier in {'shop', 'x'}" }),
      'POLICY_LEFT_BEHIND warning',
    ],
    [
      'Calico elsewhere',
      policy('crd.projectcalico.org', 'GlobalNetworkPolicy', { namespaceSelector: "tier == 'x'" }),
      '',
    ],
    [
      'AdminNetworkPolicy',
      policy('policy.networking.k8s.io', 'AdminNetworkPolicy', {
        subject: { namespaces: { matchLabels: { env: 'prod' } } },
      }),
      'POLICY_LEFT_BEHIND warning',
    ],
    [
      'Kyverno by pattern',
      policy('kyverno.io', 'ClusterPolicy', { rules: [{ match: { any: [{ resources: { namespaces: ['sh*'] } }] } }] }),
      'POLICY_LEFT_BEHIND warning',
    ],
    [
      'Kyverno for all',
      policy('kyverno.io', 'ClusterPolicy', { rules: [{ match: { any: [{ resources: { kinds: ['Pod'] } }] } }] }),
      'POLICY_LEFT_BEHIND info',
    ],
    [
      'Kyverno for another',
      policy('kyverno.io', 'ClusterPolicy', { rules: [{ match: { any: [{ resources: { namespaces: ['db'] } }] } }] }),
      '',
    ],
    [
      'Kyverno that excepts it',
      policy('kyverno.io', 'ClusterPolicy', {
        rules: [{ match: { resources: { namespaces: ['db'] } }, exclude: { resources: { namespaces: ['shop'] } } }],
      }),
      '',
    ],
    [
      'Gatekeeper',
      policy('constraints.gatekeeper.sh', 'K8sRequiredLabels', { match: { namespaces: ['shop'] } }),
      'POLICY_LEFT_BEHIND warning',
    ],
    ['a tenant nobody knows', policy('example.com', 'Tenant', { namespaces: ['shop'] }), 'POLICY_LEFT_BEHIND warning'],
    ['a tenant of others', policy('example.com', 'Tenant', { namespaces: ['db'] }), ''],
    ['a store for all', policy('example.com', 'ClusterStore', { server: 'https://shop.example.com' }), ''],
  ])('%s', (_name, given, expected) => {
    expect(
      findReferrers([given], scope)
        .map(({ finding }) => `${finding.code} ${finding.severity}`)
        .join()
    ).toBe(expected);
  });

  const admissionPolicy = (match: object | undefined, bound: object) => [
    object(admission, 'ValidatingAdmissionPolicy', { name: 'p' }, { spec: { matchConstraints: match } }),
    object(admission, 'ValidatingAdmissionPolicyBinding', { name: 'b' }, { spec: { policyName: 'p', ...bound } }),
  ];
  const named = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } } };
  const other = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'db' } } };
  it.each<[string, readonly SelectedObject[], string]>([
    ['a binding selects it', admissionPolicy({}, { matchResources: named }), 'warning'],
    ['its policy selects it', admissionPolicy(named, {}), 'warning'],
    ['its parameters lie in it', admissionPolicy(other, { paramRef: { name: 'x', namespace: 'shop' } }), 'warning'],
    ['both take everything', admissionPolicy(undefined, {}), 'info'],
    ['the binding is for another', admissionPolicy(named, { matchResources: other }), ''],
    ['nothing binds it', admissionPolicy(named, {}).slice(0, 1), ''],
  ])('an admission policy: %s', (_name, given, expected) => {
    expect(
      findReferrers(given, scope)
        .map(({ finding }) => finding.severity)
        .join()
    ).toBe(expected);
  });
});

describe('roles that add to a built-in one', () => {
  const labels = { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' };
  const rules = [{ apiGroups: ['g.example.com'], resources: ['gadgets'], verbs: ['get'] }];
  const given = [object(rbac, 'ClusterRole', { name: 'gadget-view', labels }, { rules })];
  it.each<[string, readonly string[], readonly string[], number]>([
    ['a binding grants it and its kinds move', ['view'], ['g.example.com'], 1],
    ['nothing in scope grants it', ['edit'], ['g.example.com'], 0],
    ['its kinds do not move', ['view'], ['h.example.com'], 0],
  ])('%s', (_name, bound, groups, count) => {
    const all = { ...scope, boundRoles: new Set(bound), groups: new Set(groups) };
    expect(findReferrers(given, all)).toHaveLength(count);
  });
});

describe('relationTo', () => {
  it('does not take what a policy lets talk for what it acts on', () => {
    const spec = {
      appliedTo: [{ namespaceSelector: { matchLabels: { tier: 'db' } } }],
      ingress: [{ from: [{ namespaceSelector: {} }] }],
    };
    expect(relationTo(spec, shop)).toBeUndefined();
  });
  it('takes what only excepts others for everything', () => {
    const matchExpressions = [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['db'] }];
    expect(relationTo({ namespaceSelector: { matchExpressions } }, shop)).toBe('all');
    expect(relationTo({ namespaceSelector: { matchExpressions } }, { name: 'db', labels: {} })).toBeUndefined();
  });
});

describe('what objects need of the cluster', () => {
  const kinds = clusterKindsOf([
    kind('cert-manager.io', 'ClusterIssuer'),
    kind('external-secrets.io', 'ClusterSecretStore'),
    kind('scheduling.k8s.io', 'PriorityClass'),
    kind('resource.k8s.io', 'DeviceClass'),
    kind('storage.k8s.io', 'VolumeAttributesClass'),
    kind('r.example.com', 'Tenant'),
    kind('user.example.com', 'Group'),
    kind('', 'Node'),
    kind('apps', 'Deployment', true),
  ]);
  const owner = { apiVersion: 'r.example.com/v1', kind: 'Tenant', name: 't', uid: 'u', controller: true };
  it.each<[string, SelectedObject, readonly string[]]>([
    [
      'a reference by kind',
      object(
        'x',
        'ExternalSecret',
        { namespace: 'shop' },
        { spec: { secretStoreRef: { kind: 'ClusterSecretStore', name: 'vault' } } }
      ),
      ['ClusterSecretStore vault'],
    ],
    [
      'the namespaced kind',
      object(
        'x',
        'ExternalSecret',
        { namespace: 'shop' },
        { spec: { secretStoreRef: { kind: 'SecretStore', name: 'vault' } } }
      ),
      [],
    ],
    [
      'an annotation',
      object('networking.k8s.io', 'Ingress', {
        namespace: 'shop',
        annotations: { 'cert-manager.io/cluster-issuer': 'le' },
      }),
      ['ClusterIssuer le'],
    ],
    [
      'a group that is another',
      object(
        rbac,
        'RoleBinding',
        { namespace: 'shop' },
        { subjects: [{ apiGroup: rbac, kind: 'Group', name: 'devs' }] }
      ),
      [],
    ],
    ['an owner', object('', 'ConfigMap', { namespace: 'shop', ownerReferences: [owner] }), ['Tenant t']],
    [
      'a node',
      object(
        '',
        'Endpoints',
        { namespace: 'shop' },
        { subsets: [{ addresses: [{ targetRef: { kind: 'Node', name: 'n' } }] }] }
      ),
      [],
    ],
    [
      'a device class',
      object(
        'resource.k8s.io',
        'ResourceClaim',
        { namespace: 'shop' },
        { spec: { devices: { requests: [{ exactly: { deviceClassName: 'gpu' } }] } } }
      ),
      ['DeviceClass gpu'],
    ],
    [
      'an attributes class',
      object('', 'PersistentVolumeClaim', { namespace: 'shop' }, { spec: { volumeAttributesClassName: 'gold' } }),
      ['VolumeAttributesClass gold'],
    ],
    [
      'a key of a quota',
      object(
        '',
        'ResourceQuota',
        { namespace: 'shop' },
        { spec: { hard: { 'gpu.deviceclass.resource.k8s.io/devices': '1', 'requests.cpu': '1' } } }
      ),
      ['DeviceClass gpu'],
    ],
    [
      'the scope of a quota',
      object(
        '',
        'ResourceQuota',
        { namespace: 'shop' },
        {
          spec: {
            scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }] },
          },
        }
      ),
      ['PriorityClass high'],
    ],
    [
      'a setting of an operator',
      object('', 'ConfigMap', { namespace: 'shop' }, { data: { pod_priority_class_name: 'postgres-pod', other: 'x' } }),
      ['PriorityClass postgres-pod'],
    ],
    [
      'a file of settings',
      object('', 'ConfigMap', { namespace: 'shop' }, { data: { f: 'a: b\npriorityClassName: high\n' } }),
      ['PriorityClass high'],
    ],
    [
      'a class every cluster has',
      object('', 'Pod', { namespace: 'shop' }, { spec: { priorityClassName: 'system-node-critical' } }),
      [],
    ],
  ])('%s', (_name, { text, head }, expected) => {
    expect(clusterReferences(text, head, kinds).map(({ ref }) => `${ref.kind} ${ref.name}`)).toEqual(expected);
  });
});

describe('what roles are about', () => {
  const served = [
    kind('g.example.com', 'Gadget', true),
    kind('h.example.com', 'Other', true),
    kind('apps', 'Deployment', true),
  ];
  const rules = (...all: object[]) => JSON.stringify({ rules: all });
  const rule = (group: string, resources: readonly string[], allowed: readonly string[]) => ({
    apiGroups: [group],
    resources,
    verbs: allowed,
  });
  it.each<[string, string, readonly string[], readonly string[]]>([
    [
      'everything with a kind',
      rules(rule('g.example.com', ['gadgets'], ['*'])),
      ['gadgets.g.example.com'],
      ['gadgets.g.example.com'],
    ],
    [
      'its status',
      rules(rule('g.example.com', ['gadgets/status'], ['update'])),
      ['gadgets.g.example.com'],
      ['gadgets.g.example.com'],
    ],
    ['reading', rules(rule('g.example.com', ['gadgets'], ['get', 'list'])), [], ['gadgets.g.example.com']],
    ['every group', rules(rule('*', ['*'], ['*'])), [], []],
    ['a built-in group', rules(rule('apps', ['deployments'], ['*'])), [], []],
    ['a group nobody serves', rules(rule('x.example.com', ['gadgets'], ['*'])), [], []],
  ])('%s', (_name, text, owned, unserved) => {
    expect(ownedKinds(text, served)).toEqual(owned);
    expect(unservedGrants(text, served, [])).toEqual(unserved);
    expect(unservedGrants(text, served, served)).toEqual([]);
  });

  const binding = (name: string, subject: object, to: string) =>
    object(rbac, 'ClusterRoleBinding', { name }, { roleRef: { kind: 'ClusterRole', name: to }, subjects: [subject] });
  const operator = object(rbac, 'ClusterRole', { name: 'op' }, { rules: [rule('g.example.com', ['gadgets'], ['*'])] });
  const account = object('', 'ServiceAccount', { name: 'web', namespace: 'shop' });
  const definitionsOf = (...candidates: SelectedObject[]) =>
    clusterDependencies([account], [operator, ...candidates], served)
      .filter(({ ref }) => ref.kind === 'CustomResourceDefinition')
      .map(({ ref }) => ref.name);
  it('takes the definitions an operator in scope works on', () => {
    expect(definitionsOf(binding('b', web, 'op'))).toEqual(['gadgets.g.example.com']);
    const user = { kind: 'User', name: 'system:serviceaccount:shop:web' };
    expect(definitionsOf(binding('b', user, 'op'))).toEqual(['gadgets.g.example.com']);
  });
  it('leaves those of an operator that stays', () => {
    const elsewhere = { kind: 'ServiceAccount', namespace: 'gadget-system', name: 'op' };
    expect(definitionsOf(binding('b', web, 'op'), binding('c', elsewhere, 'op'))).toEqual([]);
    expect(definitionsOf()).toEqual([]);
  });
});

describe('controllers that reach beyond the cluster', () => {
  const deployment = object(
    'apps',
    'Deployment',
    { name: 'c', namespace: 'shop' },
    { spec: { template: { spec: { serviceAccountName: 'web' } } } }
  );
  const grant = (group: string) => [
    object(
      rbac,
      'Role',
      { name: 'r', namespace: 'shop' },
      { rules: [{ apiGroups: [group], resources: ['*'], verbs: ['*'] }] }
    ),
    object(
      rbac,
      'RoleBinding',
      { name: 'r', namespace: 'shop' },
      { roleRef: { kind: 'Role', name: 'r' }, subjects: [web] }
    ),
  ];
  const application = (server: string) =>
    object('argoproj.io', 'Application', { name: 'a', namespace: 'shop' }, { spec: { destination: { server } } });
  it.each<[string, readonly SelectedObject[], string]>([
    [
      'Argo CD with another cluster',
      [deployment, ...grant('argoproj.io'), application('https://10.20.0.5:6443')],
      'Argo CD',
    ],
    ['Argo CD with its own', [deployment, ...grant('argoproj.io'), application('https://kubernetes.default.svc')], ''],
    ['Applications without Argo CD', [deployment, application('https://10.20.0.5:6443')], ''],
    ['Longhorn', [deployment, ...grant('longhorn.io')], 'storage of the source'],
    ['any other operator', [deployment, ...grant('db.example.com')], ''],
  ])('%s', (_name, objects, expected) => {
    const controllers = createControllers();
    for (const { head, text } of objects) controllers.add(head, text);
    expect(
      controllers
        .findings()
        .map(({ subject }) => subject)
        .join()
    ).toBe(expected);
  });

  it('reads a subject without a namespace as an account of the namespace of its binding', () => {
    const [role, binding] = grant('db.example.com');
    const subjects = [{ kind: 'ServiceAccount', name: 'web' }];
    const bare = object(
      rbac,
      'RoleBinding',
      { name: 'r', namespace: 'shop' },
      { roleRef: { kind: 'Role', name: 'r' }, subjects }
    );
    for (const one of [binding, bare]) {
      const controllers = createControllers();
      for (const found of [deployment, role, one]) if (found) controllers.add(found.head, found.text);
      expect([...controllers.groups()]).toEqual(['db.example.com']);
    }
  });
});
