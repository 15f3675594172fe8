/** Short forms of manifests. A pod spec here is one that a kubelet could run; names say what they are for. */
export type Manifest = Readonly<Record<string, unknown>> & {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [key: string]: unknown };
};

export const digest = `sha256:${'a'.repeat(64)}`;

/** The collection path of a manifest. */
export function collectionOf({ apiVersion, kind, metadata }: Manifest): string {
  const plural = plurals[kind] ?? `${kind.toLowerCase()}s`;
  const version = String(apiVersion);
  const root = version.includes('/') ? `/apis/${version}` : `/api/${version}`;
  return metadata.namespace === undefined ? `${root}/${plural}` : `${root}/namespaces/${metadata.namespace}/${plural}`;
}

const plurals: Readonly<Record<string, string>> = {
  Ingress: 'ingresses',
  IngressClass: 'ingressclasses',
  StorageClass: 'storageclasses',
  NetworkPolicy: 'networkpolicies',
  ValidatingAdmissionPolicy: 'validatingadmissionpolicies',
  CSIStorageCapacity: 'csistoragecapacities',
  Endpoints: 'endpoints',
};

/** A pod spec that fits the `restricted` level. */
export function podSpec(image: string, more: object = {}, container: object = {}): object {
  const securityContext = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    runAsNonRoot: true,
    seccompProfile: { type: 'RuntimeDefault' },
  };
  const resources = { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '200m', memory: '128Mi' } };
  return { containers: [{ name: 'main', image, securityContext, resources, ...container }], ...more };
}

export function deployment(
  namespace: string,
  name: string,
  spec: object,
  more: object = {},
  metadata: object = {}
): Manifest {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, ...metadata },
    spec: { replicas: 0, selector: { matchLabels: labels }, template: { metadata: { labels }, spec }, ...more },
  };
}

export function configMap(namespace: string, name: string, data: object, metadata: object = {}): Manifest {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, ...metadata }, data };
}

export function secret(
  namespace: string,
  name: string,
  type: string,
  data: Readonly<Record<string, string>>
): Manifest {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, type, stringData: data };
}

export function service(namespace: string, name: string, spec: object, metadata: object = {}): Manifest {
  const ports = [{ port: 80, targetPort: 8080 }];
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace, ...metadata }, spec: { ports, ...spec } };
}

export function ingress(
  namespace: string,
  name: string,
  host: string,
  more: object = {},
  metadata: object = {}
): Manifest {
  const backend = { service: { name: 'web', port: { number: 80 } } };
  const rules = [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }];
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, namespace, ...metadata },
    spec: { rules, ...more },
  };
}

export function claim(namespace: string, name: string, storageClassName: string, more: object = {}): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace },
    spec: { accessModes: ['ReadWriteOnce'], storageClassName, resources: { requests: { storage: '1Gi' } }, ...more },
  };
}

export function storageClass(name: string, provisioner: string, more: object = {}): Manifest {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name },
    provisioner,
    volumeBindingMode: 'WaitForFirstConsumer',
    ...more,
  };
}

export function definition(group: string, kind: string, more: object = {}, metadata: object = {}): Manifest {
  const plural = `${kind.toLowerCase()}s`;
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}`, ...metadata },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
      ...more,
    },
  };
}
