import type { Pair } from './certificates.ts';
import { claim, configMap, deployment, digest, ingress, podSpec, secret, service, storageClass } from './manifests.ts';
import type { Manifest } from './manifests.ts';

export interface CleanParts {
  readonly prefix: string;
  readonly namespace: string;
  readonly pair: Pair;
}

/** What both clusters of a clean pair have: classes, a driver, a controller for Ingresses. */
export function platform({ prefix }: Pick<CleanParts, 'prefix'>): readonly Manifest[] {
  const driver = `disk.${prefix}.example.org`;
  return [
    storageClass(`${prefix}-disk`, driver, { allowVolumeExpansion: true }),
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'CSIDriver',
      metadata: { name: driver },
      spec: { attachRequired: false },
    },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: { name: `${prefix}-public` },
      spec: { controller: 'example.org/ingress' },
    },
  ];
}

/** An application as it should be: nothing of it stands in the way of a move. */
export function cleanApplication({ prefix, namespace, pair }: CleanParts): readonly Manifest[] {
  const image = `registry.example.org/shop/web@${digest}`;
  const settings = { BACKEND: `http://web.${namespace}.svc:80`, MODE: 'production', GREETING: 'good day' };
  const account = { serviceAccountName: 'web' };
  const { certificate, key } = pair;
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'web', namespace } },
    configMap(namespace, 'settings', settings),
    secret(namespace, 'session', 'Opaque', { token: 'not-a-key-of-any-cloud' }),
    secret(namespace, 'tls', 'kubernetes.io/tls', { 'tls.crt': certificate, 'tls.key': key }),
    service(namespace, 'web', { selector: { app: 'web' } }),
    deployment(namespace, 'web', podSpec(image, account), { replicas: 2 }),
    claim(namespace, 'data', `${prefix}-disk`),
    ingress(namespace, 'web', `shop.${prefix}.example.org`, {
      ingressClassName: `${prefix}-public`,
      tls: [{ hosts: [`shop.${prefix}.example.org`], secretName: 'tls' }],
    }),
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'web', namespace },
      spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } },
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'web', namespace },
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'web', namespace },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'web' },
      subjects: [{ kind: 'ServiceAccount', name: 'web', namespace }],
    },
  ];
}
