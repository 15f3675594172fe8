import { claim, definition, storageClass } from './manifests.ts';
import type { Manifest } from './manifests.ts';
import type { Planted, PlantedParts } from './planted.ts';

/** Problems of storage, definitions and webhooks. */
export function plantedPlatform(parts: PlantedParts): readonly Planted[] {
  const { prefix, namespace, expired } = parts;
  const named = (name: string) => `${prefix}-${name}`;
  const group = `${prefix}.example.org`;
  const ebs = 'ebs.csi.aws.com';
  const object = (kind: string, name: string): Manifest => ({
    apiVersion: `${group}/v1`,
    kind,
    metadata: { name, namespace },
  });
  const client = { service: { namespace: `${prefix}-foreign`, name: 'nobody', path: '/' } };
  const conversion = {
    conversion: { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v1'], clientConfig: client } },
  };
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const version = (name: string, served: boolean, storage: boolean) => ({ name, served, storage, schema });
  const both = (name: string, provisioner: string, more: object = {}) => ({
    source: [storageClass(named(name), provisioner, { allowVolumeExpansion: true })],
    target: [storageClass(named(name), provisioner, more)],
  });
  const add = (
    { source, target }: { source: readonly Manifest[]; target: readonly Manifest[] },
    ...more: Manifest[]
  ) => ({
    source: [...source, ...more],
    target,
  });
  return [
    {
      code: 'STORAGE_ACCESS_MODE',
      subject: 'shared-data',
      ...add(
        both('ebs', ebs, { volumeBindingMode: 'Immediate' }),
        claim(namespace, 'shared-data', named('ebs'), { accessModes: ['ReadWriteMany'] })
      ),
    },
    { code: 'STORAGE_NOT_EXPANDABLE', subject: named('ebs') },
    // The nodes of the target are in two zones.
    { code: 'STORAGE_BINDING_IMMEDIATE', subject: named('ebs') },
    { code: 'STORAGE_DRIVER_MISSING', subject: named('ebs') },
    {
      code: 'STORAGE_BLOCK_UNSUPPORTED',
      subject: 'raw',
      ...add(both('efs', 'efs.csi.aws.com'), claim(namespace, 'raw', named('efs'), { volumeMode: 'Block' })),
    },
    {
      code: 'STORAGE_SIZE',
      subject: 'enormous',
      source: [claim(namespace, 'enormous', named('ebs'), { resources: { requests: { storage: '100Ti' } } })],
    },
    { code: 'VOLUME_LARGE', subject: 'enormous' },
    {
      code: 'STORAGE_TOPOLOGY',
      subject: named('zonal'),
      ...add(
        both('zonal', `disk.${prefix}.example.org`, {
          allowedTopologies: [{ matchLabelExpressions: [{ key: 'topology.kubernetes.io/zone', values: ['mars-1a'] }] }],
        }),
        claim(namespace, 'zonal', named('zonal'))
      ),
    },
    {
      code: 'STORAGE_CAPACITY_SHORT',
      subject: named('full'),
      source: [storageClass(named('full'), `disk.${prefix}.example.org`), claim(namespace, 'full', named('full'))],
      target: [
        storageClass(named('full'), `disk.${prefix}.example.org`),
        {
          apiVersion: 'storage.k8s.io/v1',
          kind: 'CSIStorageCapacity',
          metadata: { name: named('full'), namespace: 'default' },
          storageClassName: named('full'),
          capacity: '10Mi',
        } as Manifest,
      ],
    },
    {
      code: 'STORAGE_DEFAULTS_SEVERAL',
      subject: 'target',
      target: ['one', 'two'].map((name) =>
        storageClass(named(name), ebs, {
          metadata: { name: named(name), annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
        })
      ),
    },
    {
      code: 'CRD_SCOPE_DIFFERENT',
      subject: `scopes.${group}`,
      source: [definition(group, 'Scope'), object('Scope', 'one')],
      target: [definition(group, 'Scope', { scope: 'Cluster' })],
    },
    {
      code: 'CRD_VERSION_MISSING',
      subject: `parts.${group}`,
      source: [
        definition(group, 'Part', { versions: [version('v1', true, true), version('v1beta1', true, false)] }),
        object('Part', 'one'),
      ],
      target: [definition(group, 'Part', { versions: [version('v1beta1', true, true)] })],
    },
    {
      code: 'CRD_CONVERSION_WEBHOOK',
      subject: `gadgets.${group}`,
      source: [definition(group, 'Gadget', conversion), object('Gadget', 'one')],
    },
    { code: 'OPERATOR_MISSING', subject: `Gadget.${group}` },
    {
      code: 'CRD_CONVERSION_DEAD',
      subject: `things.${group}`,
      source: [definition(group, 'Thing'), object('Thing', 'one')],
      target: [definition(group, 'Thing', conversion)],
    },
    {
      code: 'WEBHOOK_DEAD',
      subject: named('dead'),
      target: [webhook(named('dead'), group, client)],
    },
    {
      code: 'WEBHOOK_CERTIFICATE',
      subject: named('stale'),
      target: [
        webhook(named('stale'), group, { ...client, caBundle: Buffer.from(expired.certificate).toString('base64') }),
      ],
    },
  ];
}

/** Applies to nothing that moves: what it would do is known without letting it. */
function webhook(name: string, group: string, clientConfig: object): Manifest {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name },
    webhooks: [
      {
        name: `check.${group}`,
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        failurePolicy: 'Fail',
        clientConfig,
        rules: [{ apiGroups: [`never.${group}`], apiVersions: ['*'], operations: ['CREATE'], resources: ['*'] }],
      },
    ],
  } as Manifest;
}
