import type { ObjectRef } from '../resource.ts';

type Kind = Pick<ObjectRef, 'group' | 'kind'>;

/** Takes an object that another one names: what is no name is ignored. Without a namespace it is in that of the other. */
export type Collect = (kind: Kind, name: unknown, namespace?: string) => void;

/** Kinds that objects name. */
export const kinds = {
  apiService: { group: 'apiregistration.k8s.io', kind: 'APIService' },
  configMap: { group: '', kind: 'ConfigMap' },
  customResourceDefinition: { group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition' },
  gatewayClass: { group: 'gateway.networking.k8s.io', kind: 'GatewayClass' },
  ingressClass: { group: 'networking.k8s.io', kind: 'IngressClass' },
  namespace: { group: '', kind: 'Namespace' },
  persistentVolume: { group: '', kind: 'PersistentVolume' },
  persistentVolumeClaim: { group: '', kind: 'PersistentVolumeClaim' },
  priorityClass: { group: 'scheduling.k8s.io', kind: 'PriorityClass' },
  resourceClaim: { group: 'resource.k8s.io', kind: 'ResourceClaim' },
  resourceClaimTemplate: { group: 'resource.k8s.io', kind: 'ResourceClaimTemplate' },
  runtimeClass: { group: 'node.k8s.io', kind: 'RuntimeClass' },
  secret: { group: '', kind: 'Secret' },
  service: { group: '', kind: 'Service' },
  serviceAccount: { group: '', kind: 'ServiceAccount' },
  storageClass: { group: 'storage.k8s.io', kind: 'StorageClass' },
  validatingAdmissionPolicy: { group: 'admissionregistration.k8s.io', kind: 'ValidatingAdmissionPolicy' },
} as const satisfies Record<string, Kind>;
