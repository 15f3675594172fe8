import { describe, expect, it } from 'vitest';
import type { Direction } from '../../src/core/profile/cluster-profile.ts';
import { resourceOf, translate, translationOf } from './setting.ts';

interface PodTemplate {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** The pod template of a Deployment with this pod spec on the other platform, and what is lost or not mapped. */
function translated(direction: Direction, spec: object, nodePools?: Readonly<Record<string, string>>) {
  const manifest = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web' }], ...spec } },
    },
  };
  const translation = translationOf(direction);
  const tables = { ...translation.tables, ...(nodePools === undefined ? {} : { nodePools }) };
  const outcome = translate(JSON.stringify(manifest), resourceOf('apps/v1', 'Deployment'), { ...translation, tables });
  const { template } = (JSON.parse(outcome.text) as { readonly spec: { readonly template: PodTemplate } }).spec;
  return { spec: template.spec, notes: outcome.notes.map(({ code, message }) => `${code ?? ''} ${message}`) };
}

const eksToAks: Direction = { from: 'eks', to: 'aks' };
const aksToEks: Direction = { from: 'aks', to: 'eks' };
const eksToVks: Direction = { from: 'eks', to: 'vks' };
const aksToVks: Direction = { from: 'aks', to: 'vks' };
const vksToEks: Direction = { from: 'vks', to: 'eks' };
const vksToAks: Direction = { from: 'vks', to: 'aks' };
const required = 'requiredDuringSchedulingIgnoredDuringExecution';
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';

describe('variables of a cloud’s identity', () => {
  const web = (env: readonly object[], more: object = {}) => ({ containers: [{ name: 'web', env, ...more }] });
  const value = (name: string) => ({ name, value: 'x' });
  const secret = (name: string) => ({ name, valueFrom: { secretKeyRef: { name: 's', key: name } } });
  const principal = [value('AZURE_CLIENT_ID'), value('AZURE_TENANT_ID')];
  const role = [value('AWS_ROLE_ARN'), value('AWS_WEB_IDENTITY_TOKEN_FILE')];
  const fromSecret = { envFrom: [{ secretRef: { name: 's' } }] };
  it.each<[string, Direction, object, readonly string[]]>([
    [
      'a service principal with its secret',
      aksToEks,
      web([...principal, secret('AZURE_CLIENT_SECRET')]),
      ['AZURE_CLIENT_ID', 'AZURE_TENANT_ID', 'AZURE_CLIENT_SECRET'],
    ],
    [
      'a service principal with a certificate',
      aksToEks,
      web([...principal, value('AZURE_CLIENT_CERTIFICATE_PATH')]),
      ['AZURE_CLIENT_ID', 'AZURE_TENANT_ID', 'AZURE_CLIENT_CERTIFICATE_PATH'],
    ],
    [
      'a service principal whose secret may lie in a file',
      aksToEks,
      web(principal),
      ['AZURE_CLIENT_ID', 'AZURE_TENANT_ID'],
    ],
    [
      'a federated token of the webhook beside what a Secret may hold',
      aksToEks,
      web([...principal, value('AZURE_FEDERATED_TOKEN_FILE')], fromSecret),
      ['AZURE_CLIENT_ID', 'AZURE_TENANT_ID', 'AZURE_FEDERATED_TOKEN_FILE'],
    ],
    ['a federated token of the webhook', aksToEks, web([...principal, value('AZURE_FEDERATED_TOKEN_FILE')]), []],
    ['a role of the webhook', eksToAks, web(role), []],
    [
      'a role beside keys of a user',
      eksToAks,
      web([...role, secret('AWS_ACCESS_KEY_ID')]),
      ['AWS_ROLE_ARN', 'AWS_WEB_IDENTITY_TOKEN_FILE', 'AWS_ACCESS_KEY_ID'],
    ],
    [
      'a role beside a profile of a file',
      eksToAks,
      web([...role, value('AWS_PROFILE')]),
      ['AWS_ROLE_ARN', 'AWS_WEB_IDENTITY_TOKEN_FILE', 'AWS_PROFILE'],
    ],
    [
      'a role beside what a Secret may hold',
      eksToAks,
      web(role, fromSecret),
      ['AWS_ROLE_ARN', 'AWS_WEB_IDENTITY_TOKEN_FILE'],
    ],
    [
      'keys of a user in an init container',
      eksToAks,
      { ...web(role), initContainers: [{ name: 'init', env: [secret('AWS_SECRET_ACCESS_KEY')] }] },
      ['AWS_ROLE_ARN', 'AWS_WEB_IDENTITY_TOKEN_FILE'],
    ],
  ])('%s', (_what, direction, spec, expected) => {
    const [container] = translated(direction, spec).spec['containers'] as {
      readonly env?: { readonly name: string }[];
    }[];
    expect(container?.env?.map(({ name }) => name) ?? []).toEqual(expected);
  });
});

describe('pools of nodes', () => {
  const pools = { general: 'general', batch: 'batch' };
  it.each<[string, Direction, object, Readonly<Record<string, string>>]>([
    ['of VKS', vksToEks, { 'vks.vmware.com/nodepool': 'general' }, { 'eks.amazonaws.com/nodegroup': 'general' }],
    ['of VKS', vksToAks, { 'vks.vmware.com/nodepool': 'general' }, { 'kubernetes.azure.com/agentpool': 'general' }],
    ['of Tanzu', vksToAks, { 'run.tanzu.vmware.com/nodepool': 'batch' }, { 'kubernetes.azure.com/agentpool': 'batch' }],
    ['of EKS', eksToVks, { 'eks.amazonaws.com/nodegroup': 'general' }, { 'vks.vmware.com/nodepool': 'general' }],
    ['of AKS', aksToVks, { agentpool: 'batch' }, { 'vks.vmware.com/nodepool': 'batch' }],
  ])('%s (%o) are named by the label of the target', (_what, direction, nodeSelector, expected) => {
    const { spec, notes } = translated(direction, { nodeSelector }, pools);
    expect(spec['nodeSelector']).toEqual(expected);
    expect(notes).toEqual([]);
  });

  it.each<[Direction, string, string]>([
    [eksToAks, 'eks.amazonaws.com/nodegroup', 'kubernetes.azure.com/agentpool'],
    [eksToVks, 'karpenter.sh/nodepool', 'vks.vmware.com/nodepool'],
    [aksToEks, 'kubernetes.azure.com/agentpool', 'eks.amazonaws.com/nodegroup'],
    [aksToVks, 'agentpool', 'vks.vmware.com/nodepool'],
    [vksToEks, 'vks.vmware.com/nodepool', 'eks.amazonaws.com/nodegroup'],
    [eksToAks, 'eks.amazonaws.com/capacityType', 'eks.amazonaws.com/capacityType'],
    [aksToEks, 'topology.kubernetes.io/zone', 'topology.kubernetes.io/zone'],
  ])('%o: what is spread by %s is spread by %s', (direction, topologyKey, expected) => {
    const term = { topologyKey, labelSelector: { matchLabels: { app: 'web' } } };
    const { spec } = translated(direction, {
      topologySpreadConstraints: [{ ...term, maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule' }],
      affinity: {
        podAffinity: { [preferred]: [{ weight: 1, podAffinityTerm: term }] },
        podAntiAffinity: { [required]: [term] },
      },
    });
    const keys = JSON.stringify(spec).match(/"topologyKey":"[^"]+"/g);
    expect(keys).toEqual(Array.from({ length: 3 }, () => `"topologyKey":"${expected}"`));
  });

  const terms = (...all: readonly (readonly object[])[]) => ({
    affinity: {
      nodeAffinity: { [required]: { nodeSelectorTerms: all.map((matchExpressions) => ({ matchExpressions })) } },
    },
  });
  const nodegroup = (value: string) => ({ key: 'eks.amazonaws.com/nodegroup', operator: 'In', values: [value] });

  it('of which one alternative is lost hold pods to none, and that is said', () => {
    const { spec, notes } = translated(eksToAks, terms([nodegroup('general')], [nodegroup('elsewhere')]));
    expect(spec['affinity']).toBeUndefined();
    expect(notes.join('\n')).toMatch(/TRANSLATION_LOSS one of 2 alternatives matches any node of the target/);
  });

  it('of which every alternative is mapped stay alternatives', () => {
    const { spec, notes } = translated(eksToAks, terms([nodegroup('general')], [nodegroup('batch')]));
    const agentpool = (value: string) => ({ key: 'kubernetes.azure.com/agentpool', operator: 'In', values: [value] });
    expect(spec).toMatchObject(terms([agentpool('general')], [agentpool('batch')]));
    expect(notes).toEqual([]);
  });

  it('that are lost leave what an alternative asks for beside them', () => {
    const tier = { key: 'tier', operator: 'In', values: ['front'] };
    const { spec } = translated(eksToAks, terms([nodegroup('general')], [nodegroup('elsewhere'), tier]));
    expect(JSON.stringify(spec['affinity'])).toContain('"nodeSelectorTerms":[{');
    expect(spec['affinity']).toMatchObject({
      nodeAffinity: { [required]: { nodeSelectorTerms: [{}, { matchExpressions: [tier] }] } },
    });
  });
});

describe('spot capacity', () => {
  const condition = (key: string, operator: string, ...values: readonly string[]) => ({
    affinity: {
      nodeAffinity: {
        [required]: {
          nodeSelectorTerms: [{ matchExpressions: [{ key, operator, ...(values.length === 0 ? {} : { values }) }] }],
        },
      },
    },
  });
  const karpenter = 'karpenter.sh/capacity-type';
  const eks = 'eks.amazonaws.com/capacityType';
  const aks = 'kubernetes.azure.com/scalesetpriority';
  const spot = { key: aks, operator: 'Equal', value: 'spot', effect: 'NoSchedule' };
  it.each<[Direction, string, object, object | undefined, boolean]>([
    [eksToAks, 'spot', condition(karpenter, 'In', 'spot'), condition(aks, 'In', 'spot'), true],
    [eksToAks, 'spot or ordinary', condition(karpenter, 'In', 'spot', 'on-demand'), undefined, true],
    [eksToAks, 'any value', condition(eks, 'Exists'), undefined, true],
    [eksToAks, 'no spot', condition(eks, 'NotIn', 'SPOT'), condition(aks, 'NotIn', 'spot'), false],
    [eksToAks, 'nothing but spot', condition(eks, 'NotIn', 'ON_DEMAND'), condition(aks, 'In', 'spot'), true],
    [eksToAks, 'ordinary', condition(eks, 'In', 'ON_DEMAND'), condition(aks, 'NotIn', 'spot'), false],
    // AKS labels only nodes that are spot.
    [aksToEks, 'any value', condition(aks, 'Exists'), condition(eks, 'In', 'SPOT'), false],
    [aksToEks, 'no value', condition(aks, 'DoesNotExist'), condition(eks, 'NotIn', 'SPOT'), false],
    [aksToEks, 'spot or regular', condition(aks, 'In', 'spot', 'regular'), undefined, false],
  ])('%o: %s', (direction, _what, before, after, isTolerated) => {
    const { spec } = translated(direction, before);
    const { affinity } = (after ?? { affinity: undefined }) as { readonly affinity: unknown };
    expect(spec['affinity']).toEqual(affinity);
    expect(spec['tolerations'] ?? []).toEqual(isTolerated ? [spot] : []);
  });
});
