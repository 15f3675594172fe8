import type { ObjectRef } from '../resource.ts';
import { isBuiltInGroup } from './groups.ts';

/** The order of apply groups where no reference says otherwise. Each name is what people read. */
export const tiers = [
  'definitions',
  'namespaces',
  'cluster',
  'accounts',
  'configuration',
  'claims',
  'network',
  'custom resources',
  'workloads',
  'routing and scaling',
  'policies',
  'admission',
] as const;

export type Tier = (typeof tiers)[number];

const byKind: Readonly<Record<string, Tier>> = {
  'apiextensions.k8s.io/CustomResourceDefinition': 'definitions',
  '/Namespace': 'namespaces',
  'scheduling.k8s.io/PriorityClass': 'cluster',
  'storage.k8s.io/StorageClass': 'cluster',
  'storage.k8s.io/CSIDriver': 'cluster',
  'storage.k8s.io/VolumeAttributesClass': 'cluster',
  'node.k8s.io/RuntimeClass': 'cluster',
  'networking.k8s.io/IngressClass': 'cluster',
  'gateway.networking.k8s.io/GatewayClass': 'cluster',
  'rbac.authorization.k8s.io/ClusterRole': 'cluster',
  'rbac.authorization.k8s.io/ClusterRoleBinding': 'accounts',
  'rbac.authorization.k8s.io/Role': 'accounts',
  'rbac.authorization.k8s.io/RoleBinding': 'accounts',
  '/ServiceAccount': 'accounts',
  '/ConfigMap': 'configuration',
  '/Secret': 'configuration',
  '/PersistentVolume': 'claims',
  '/PersistentVolumeClaim': 'claims',
  '/Service': 'network',
  '/Endpoints': 'network',
  'discovery.k8s.io/EndpointSlice': 'network',
  'networking.k8s.io/NetworkPolicy': 'network',
  '/Pod': 'workloads',
  '/ReplicationController': 'workloads',
  'apps/Deployment': 'workloads',
  'apps/StatefulSet': 'workloads',
  'apps/DaemonSet': 'workloads',
  'apps/ReplicaSet': 'workloads',
  'batch/Job': 'workloads',
  'batch/CronJob': 'workloads',
  // Admission acts on what comes after it: what ran on the source is there first (fact 30), and a quota on a custom
  // resource refuses its objects for a minute when made before their kind is known to it (fact 13).
  '/ResourceQuota': 'policies',
  '/LimitRange': 'policies',
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy': 'policies',
  'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding': 'policies',
  'admissionregistration.k8s.io/MutatingAdmissionPolicy': 'policies',
  'admissionregistration.k8s.io/MutatingAdmissionPolicyBinding': 'policies',
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration': 'admission',
  'admissionregistration.k8s.io/MutatingWebhookConfiguration': 'admission',
  'apiregistration.k8s.io/APIService': 'admission',
};

/** Groups of policy engines: their objects refuse or change others, as built-in policies do. */
const policyGroups: ReadonlySet<string> = new Set([
  'kyverno.io',
  'policies.kyverno.io',
  'constraints.gatekeeper.sh',
  'templates.gatekeeper.sh',
  'mutations.gatekeeper.sh',
  'policies.kubewarden.io',
]);

/** The index of the tier an object belongs to by its kind. */
export function tierOf({ group, kind, namespace }: Pick<ObjectRef, 'group' | 'kind' | 'namespace'>): number {
  const key = `${group}/${kind}`;
  if (Object.hasOwn(byKind, key)) return tiers.indexOf(byKind[key] ?? 'cluster');
  if (policyGroups.has(group)) return tiers.indexOf('policies');
  if (!isBuiltInGroup(group)) return tiers.indexOf('custom resources');
  return tiers.indexOf(namespace === '' ? 'cluster' : 'routing and scaling');
}
