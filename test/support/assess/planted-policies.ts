import { claim, configMap, definition, deployment, digest, podSpec } from './manifests.ts';
import type { Manifest } from './manifests.ts';
import type { Planted, PlantedParts } from './planted.ts';

const image = `registry.example.org/shop/web@${digest}`;

/** Problems of policies of the target, of software that installs software, and of what belongs to one node. */
export function plantedPolicies({ prefix, namespace }: PlantedParts): readonly Planted[] {
  const mark = `${prefix}/asked`;
  const marked = (value: string) => ({ labels: { [mark]: value } });
  const record = (apiVersion: string, kind: string): Manifest => ({
    apiVersion,
    kind,
    metadata: { name: 'installed', namespace },
  });
  const local = `${prefix}-local`;
  return [
    {
      code: 'ADMISSION_WARNING',
      subject: 'frowned-at',
      source: [configMap(namespace, 'frowned-at', { a: 'b' }, marked('warn'))],
      target: policy(`${prefix}-frowns`, 'configmaps', mark, 'Warn'),
    },
    {
      code: 'POD_REFUSED',
      subject: 'podless',
      source: [
        deployment(namespace, 'podless', podSpec(image), {
          selector: { matchLabels: { app: 'podless' } },
          template: { metadata: { labels: { app: 'podless', [mark]: 'deny' } }, spec: podSpec(image) },
        }),
      ],
      target: policy(`${prefix}-denies`, 'pods', mark, 'Deny'),
    },
    {
      code: 'BUDGET_BLOCKS',
      subject: 'many',
      source: [
        {
          apiVersion: 'policy/v1',
          kind: 'PodDisruptionBudget',
          metadata: { name: 'many', namespace },
          spec: { maxUnavailable: 0, selector: { matchLabels: { app: 'many' } } },
        },
      ],
    },
    {
      code: 'TOKEN_LEGACY',
      subject: 'token',
      source: [
        {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: 'token', namespace, annotations: { 'kubernetes.io/service-account.name': 'default' } },
          type: 'kubernetes.io/service-account-token',
        },
      ],
    },
    {
      code: 'OPERATOR_SUBSCRIPTION',
      subject: 'installed',
      source: [definition('operators.coreos.com', 'Subscription'), record('operators.coreos.com/v1', 'Subscription')],
    },
    {
      code: 'PACKAGE_INSTALL',
      subject: 'installed',
      source: [
        definition('packaging.carvel.dev', 'PackageInstall'),
        record('packaging.carvel.dev/v1', 'PackageInstall'),
      ],
    },
    {
      code: 'ADDRESS_POD_IP',
      subject: 'by-pod',
      source: [
        {
          apiVersion: 'v1',
          kind: 'Node',
          metadata: { name: `${prefix}-net` },
          spec: { podCIDR: '192.0.2.0/24', podCIDRs: ['192.0.2.0/24'], unschedulable: true },
        },
        configMap(namespace, 'by-pod', { PEER_URL: 'http://192.0.2.17:8080/' }),
      ],
    },
    {
      code: 'ENDPOINTS_MANUAL',
      subject: 'EndpointSlice',
      source: [
        {
          ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' },
          metadata: { name: 'by-hand-1', namespace },
          addressType: 'IPv4',
          endpoints: [{ addresses: ['198.51.100.5'] }],
          ports: [{ port: 80 }],
        },
      ],
    },
    {
      code: 'IDENTITY_AWS',
      subject: `${namespace}/default`,
      source: [
        {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'given', namespace },
          spec: podSpec(
            image,
            {},
            { env: [{ name: 'AWS_CONTAINER_CREDENTIALS_FULL_URI', value: 'http://169.254.170.23/' }] }
          ),
        },
      ],
    },
    {
      code: 'VOLUME_LOCAL',
      subject: 'on-one-node',
      source: [
        {
          apiVersion: 'v1',
          kind: 'PersistentVolume',
          metadata: { name: local },
          spec: {
            accessModes: ['ReadWriteOnce'],
            capacity: { storage: '1Gi' },
            storageClassName: local,
            persistentVolumeReclaimPolicy: 'Retain',
            hostPath: { path: '/srv/one' },
          },
        },
        claim(namespace, 'on-one-node', local, { volumeName: local }),
      ],
    },
  ];
}

/** A policy of the target about everything of a kind that carries a mark. */
function policy(name: string, resource: string, mark: string, action: 'Deny' | 'Warn'): readonly Manifest[] {
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: [resource] };
  const isMarked = `has(object.metadata.labels) && '${mark}' in object.metadata.labels`;
  return [
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: { resourceRules: [rule] },
        matchConditions: [{ name: 'marked', expression: isMarked }],
        validations: [{ expression: 'false', message: `${name} says no` }],
      },
    },
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: { policyName: name, validationActions: [action] },
    },
  ];
}
