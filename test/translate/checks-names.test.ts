import { describe, expect, it } from 'vitest';
import { readHead } from '../../src/core/select/head.ts';
import type { Platform } from '../../src/core/spec/spec.ts';
import { createTranslationChecks } from '../../src/translate/checks/checks.ts';
import type { CheckFacts } from '../../src/translate/checks/pair.ts';
import type { StorageClassProfile } from '../../src/core/profile/cluster-profile.ts';
import { profiles, resourceOf, translate, translationOf } from './setting.ts';

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: object;
  readonly spec: object;
}

/** Findings about an object that comes to the target as it is, or as `after`. */
function check(
  before: Manifest,
  facts: Partial<CheckFacts> & { readonly from: Platform; readonly to: Platform },
  after = before
) {
  const checks = createTranslationChecks({ defaultExposure: 'internal', namespaceMapping: {}, ...facts });
  const { ref } = readHead(JSON.stringify(before), resourceOf(before.apiVersion, before.kind));
  const desired = {
    text: JSON.stringify(after),
    ref,
    changes: [],
    notes: [],
    deferred: [],
    owners: [],
    additional: [],
  };
  checks.add(ref, JSON.stringify(before), desired);
  return checks.findings().map(({ severity, code, message }) => `${severity} ${code}: ${message}`);
}

const policy = (spec: object, kind = 'NetworkPolicy', apiVersion = 'networking.k8s.io/v1'): Manifest => ({
  apiVersion,
  kind,
  metadata: { name: 'p', namespace: 'shop' },
  spec,
});
const to = (cidr: string, except?: string): object => ({
  podSelector: {},
  egress: [{ to: [{ ipBlock: { cidr, ...(except === undefined ? {} : { except: [except] }) } }] }],
});
const from = (matchLabels: object): object => ({
  podSelector: {},
  ingress: [{ from: [{ namespaceSelector: { matchLabels } }] }],
});
const byName = (name: string): object => from({ 'kubernetes.io/metadata.name': name });
const source = { ...profiles.eks, networks: ['10.64.0.0/16'] };

describe('peers of a policy', () => {
  it.each<[string, Platform, Platform, Manifest, RegExp]>([
    [
      'a network that is kept out',
      'eks',
      'aks',
      policy(to('0.0.0.0/0', '10.64.0.0/16')),
      /^blocker .*it keeps out .* of the source/,
    ],
    [
      'one that is kept out within a platform',
      'eks',
      'eks',
      policy(to('0.0.0.0/0', '10.64.0.0/16')),
      /^blocker .*it keeps out/,
    ],
    ['an exception everywhere is known', 'eks', 'aks', policy(to('0.0.0.0/0', '169.254.169.254/32')), /^$/],
    ['the Pod Identity agent', 'eks', 'aks', policy(to('169.254.170.23/32')), /^warning .*only nodes of EKS answer/],
    ['the host of Azure', 'aks', 'vks', policy(to('168.63.129.16/32')), /^warning .*only nodes of AKS answer/],
    [
      'networks in the words of Calico',
      'eks',
      'aks',
      policy(
        { egress: [{ destination: { nets: ['10.64.1.0/24'] } }] },
        'GlobalNetworkPolicy',
        'crd.projectcalico.org/v1'
      ),
      /^blocker .*10\.64\.1\.0/,
    ],
    [
      'a set of addresses',
      'eks',
      'aks',
      policy({ nets: ['10.64.1.0/24'] }, 'NetworkSet', 'crd.projectcalico.org/v1'),
      /^blocker .*10\.64\.1\.0/,
    ],
    [
      'the namespace of the ingress controller',
      'aks',
      'eks',
      policy(byName('app-routing-system')),
      /^blocker .*namespace app-routing-system/,
    ],
    ['the same the other way', 'vks', 'aks', policy(byName('tanzu-system-ingress')), /^blocker .*tanzu-system-ingress/],
    [
      'a label of namespaces',
      'aks',
      'eks',
      policy(from({ 'kubernetes.azure.com/managedby': 'aks' })),
      /^blocker .*with the label/,
    ],
    ['a namespace of every cluster', 'aks', 'eks', policy(byName('kube-system')), /^$/],
    ['a namespace of the application', 'aks', 'eks', policy(byName('web')), /^$/],
  ])('%s', (_what, before, after, object, expected) => {
    expect(check(object, { from: before, to: after, ...(before === 'eks' ? { source } : {}) }).join('\n')).toMatch(
      expected
    );
  });
});

const custom = (apiVersion: string, kind: string, spec: object): Manifest => ({
  apiVersion,
  kind,
  metadata: { name: 'x', namespace: 'shop' },
  spec,
});
const trigger = (type: string, more: object): Manifest =>
  custom('keda.sh/v1alpha1', 'ScaledObject', { scaleTargetRef: { name: 'd' }, triggers: [{ type, ...more }] });
const pod = (audience: string): Manifest => {
  const sources = [{ serviceAccountToken: { audience, path: 't' } }];
  return custom('v1', 'Pod', { containers: [], volumes: [{ name: 't', projected: { sources } }] });
};

describe('logins by an identity of the cloud', () => {
  const eso = 'external-secrets.io/v1';
  const generator = 'generators.external-secrets.io/v1alpha1';
  it.each<[string, Platform, Manifest, boolean]>([
    ['a token of an account for AWS', 'eks', pod('sts.amazonaws.com'), true],
    ['a token of an account for Azure', 'aks', pod('api://AzureADTokenExchange'), true],
    ['a token for somebody else', 'eks', pod('vault'), false],
    [
      'Vault by IAM',
      'eks',
      custom(eso, 'SecretStore', { provider: { vault: { auth: { iam: { vaultRole: 'r' } } } } }),
      true,
    ],
    [
      'Vault by the cluster',
      'eks',
      custom(eso, 'SecretStore', { provider: { vault: { auth: { kubernetes: { role: 'r' } } } } }),
      false,
    ],
    ['tokens of ECR', 'eks', custom(generator, 'ECRAuthorizationToken', { auth: { jwt: {} } }), true],
    [
      'tokens of ECR by keys',
      'eks',
      custom(generator, 'ECRAuthorizationToken', { auth: { secretRef: { accessKeyIDSecretRef: {} } } }),
      false,
    ],
    [
      'a queue read by the operator',
      'eks',
      trigger('aws-sqs-queue', { metadata: { identityOwner: 'operator' } }),
      true,
    ],
    [
      'a queue read with a TriggerAuthentication',
      'eks',
      trigger('aws-sqs-queue', { authenticationRef: { name: 't' } }),
      false,
    ],
    [
      'a queue read with keys of the pods',
      'aks',
      trigger('azure-queue', { metadata: { connectionFromEnv: 'C' } }),
      false,
    ],
    ['a trigger without a cloud', 'aks', trigger('cpu', { metadata: { value: '50' } }), false],
  ])('%s', (_what, before, object, isFound) => {
    const found = check(object, { from: before, to: before === 'eks' ? 'aks' : 'eks' });
    expect(found.some((line) => line.includes('an identity of the cloud of the source'))).toBe(isFound);
  });
});

it.each([
  ['eks', 'aks', 'aws-iam-token', 'sts.amazonaws.com'],
  ['aks', 'eks', 'azure-identity-token', 'api://AzureADTokenExchange'],
] as const)('a token that the webhook of %s mounted does not travel', (before, after, name, audience) => {
  const volume = { name, projected: { sources: [{ serviceAccountToken: { audience, path: 't' } }] } };
  const container = { name: 'c', image: 'registry.example.com/c:1', volumeMounts: [{ name, mountPath: '/t' }] };
  const text = JSON.stringify(custom('v1', 'Pod', { containers: [container], volumes: [volume] }));
  const outcome = translate(text, resourceOf('v1', 'Pod'), translationOf({ from: before, to: after }));
  expect(outcome.text).not.toContain(name);
});

describe('what a class gave', () => {
  const classOf = (name: string, provisioner: string, parameters: Record<string, string>): StorageClassProfile => ({
    ...{ name, provisioner, parameters },
    ...{ isDefault: false, waitsForConsumer: true },
  });
  const claim = (storageClassName: string): Manifest =>
    custom('v1', 'PersistentVolumeClaim', { storageClassName, resources: {} });
  const ebs = 'ebs.csi.aws.com';
  it.each<[string, StorageClassProfile, StorageClassProfile, string]>([
    [
      'encryption, to vSphere',
      classOf('a', ebs, { encrypted: 'true' }),
      classOf('b', 'csi.vsphere.vmware.com', {}),
      'the encryption of class a is not what class b gives',
    ],
    [
      'encryption, to Azure, which always encrypts',
      classOf('a', ebs, { encrypted: 'true' }),
      classOf('b', 'disk.csi.azure.com', {}),
      '',
    ],
    [
      'copies in other zones',
      classOf('a', 'disk.csi.azure.com', { skuName: 'Premium_ZRS' }),
      classOf('b', ebs, {}),
      'the copies in other zones of class a is not what class b gives',
    ],
    [
      'a file system',
      classOf('a', ebs, { 'csi.storage.k8s.io/fstype': 'xfs' }),
      classOf('b', 'disk.csi.azure.com', { fsType: 'xfs' }),
      '',
    ],
    [
      'a class of the same name',
      classOf('fast', ebs, { iops: '9000' }),
      classOf('fast', 'disk.csi.azure.com', {}),
      'the iops of class fast is not what class fast of the target gives',
    ],
  ])('%s', (_what, was, is, expected) => {
    const facts = {
      from: 'eks' as const,
      to: 'aks' as const,
      source: { ...profiles.eks, storageClasses: [was] },
      target: { ...profiles.aks, storageClasses: [is] },
    };
    const found = check(claim(was.name), facts, claim(is.name));
    expect(found).toEqual(expected === '' ? [] : [`warning TRANSLATION_LOSS: ${expected}`]);
  });
});

const pinned = (terms: readonly object[]): Manifest =>
  custom('v1', 'Pod', {
    containers: [],
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } },
  });

describe('alternatives of nodes', () => {
  it.each<[string, object, Record<string, string>, unknown]>([
    [
      'one of several pools that may be any node',
      { key: 'karpenter.sh/nodepool', operator: 'In', values: ['gpu', 'old'] },
      { gpu: 'gpu', old: '' },
      undefined,
    ],
    [
      'one of several pools without a row',
      { key: 'karpenter.sh/nodepool', operator: 'In', values: ['gpu', 'cpu'] },
      { gpu: 'gpu' },
      undefined,
    ],
    [
      'pools that are all there',
      { key: 'karpenter.sh/nodepool', operator: 'In', values: ['gpu', 'cpu'] },
      { gpu: 'g', cpu: 'c' },
      ['g', 'c'],
    ],
    [
      'pools to keep away from',
      { key: 'karpenter.sh/nodepool', operator: 'NotIn', values: ['gpu', 'old'] },
      { gpu: 'gpu', old: '' },
      ['gpu'],
    ],
  ])('%s', (_what, expression, nodePools, expected) => {
    const translation = translationOf({ from: 'eks', to: 'aks' });
    const text = JSON.stringify(pinned([{ matchExpressions: [expression] }]));
    const tables = { ...translation.tables, nodePools };
    const outcome = translate(text, resourceOf('v1', 'Pod'), { ...translation, tables });
    const required = JSON.parse(outcome.text).spec.affinity?.nodeAffinity
      ?.requiredDuringSchedulingIgnoredDuringExecution;
    expect(required?.nodeSelectorTerms[0].matchExpressions[0].values).toEqual(expected);
    const isFreed = outcome.notes.some(({ message }) => message.includes('pods run anywhere'));
    expect(isFreed).toBe(expected === undefined);
  });

  it('a node by its name in matchFields is one of the source', () => {
    const field = { key: 'metadata.name', operator: 'In', values: ['ip-10-0-0-1.ec2.internal'] };
    const text = JSON.stringify(pinned([{ matchFields: [field] }]));
    const outcome = translate(text, resourceOf('v1', 'Pod'), translationOf({ from: 'eks', to: 'aks' }));
    expect(JSON.parse(outcome.text).spec.affinity).toBeUndefined();
    expect(outcome.notes.map(({ message }) => message).join()).toContain('pods are no longer bound to it');
  });
});

describe('the managed mesh of AKS', () => {
  it.each([
    ['asm-1-24', 1],
    ['stable', 0],
  ])('revision %s is reported %i times', (revision, times) => {
    const namespace = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'shop', labels: { 'istio.io/rev': revision } },
    };
    const outcome = translate(
      JSON.stringify(namespace),
      resourceOf('v1', 'Namespace'),
      translationOf({ from: 'aks', to: 'eks' })
    );
    expect(outcome.notes.filter(({ message }) => message.includes('the mesh'))).toHaveLength(times);
  });
});

describe('service tags of a load balancer of Azure', () => {
  const service = (annotations: object, spec = {}): Manifest => ({
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 's', namespace: 'shop', annotations } },
    spec: { type: 'LoadBalancer', ports: [{ port: 80 }], ...spec },
  });
  const tags = 'service.beta.kubernetes.io/azure-allowed-service-tags';
  const open = { 'service.beta.kubernetes.io/aws-load-balancer-scheme': 'internet-facing' };
  const ranges = { loadBalancerSourceRanges: ['198.51.100.0/24'] };
  it.each<[string, Manifest, Manifest, RegExp]>([
    ['alone', service({ [tags]: 'AzureFrontDoor.Backend' }), service(open), /without service tags/],
    ['beside ranges, which stay', service({ [tags]: 'AzureFrontDoor.Backend' }, ranges), service(open, ranges), /^$/],
    ['for everybody', service({ [tags]: 'Internet' }), service(open), /^$/],
  ])('%s', (_what, before, after, expected) => {
    const found = check(before, { from: 'aks', to: 'eks' }, after).filter((line) => line.includes('EXPOSURE'));
    expect(found.join('\n')).toMatch(expected);
  });
});
