import { parseApiVersion } from '../core/resource.ts';

/** A version of a built-in API that ended. */
export interface ApiRemoval {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Minor version of Kubernetes 1.x. */
  readonly deprecatedIn: number;
  readonly removedIn: number;
  /** '' = there is none. */
  readonly replacement: string;
}

/** https://kubernetes.io/docs/reference/using-api/deprecation-guide/ */
export const apiRemovals: readonly ApiRemoval[] = [
  ...rows('extensions/v1beta1', ['Deployment', 'DaemonSet', 'ReplicaSet'], [9, 16, 'apps/v1']),
  ...rows('extensions/v1beta1', ['NetworkPolicy'], [9, 16, 'networking.k8s.io/v1']),
  ...rows('extensions/v1beta1', ['Ingress'], [14, 22, 'networking.k8s.io/v1']),
  ...rows('extensions/v1beta1', ['PodSecurityPolicy'], [11, 16, '']),
  ...rows('apps/v1beta1', ['Deployment', 'StatefulSet'], [9, 16, 'apps/v1']),
  ...rows('apps/v1beta2', ['Deployment', 'DaemonSet', 'ReplicaSet', 'StatefulSet'], [9, 16, 'apps/v1']),
  ...rows('networking.k8s.io/v1beta1', ['Ingress', 'IngressClass'], [19, 22, 'networking.k8s.io/v1']),
  ...rows(
    'rbac.authorization.k8s.io/v1beta1',
    ['Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'],
    [17, 22, 'rbac.authorization.k8s.io/v1']
  ),
  ...rows(
    'admissionregistration.k8s.io/v1beta1',
    ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'],
    [16, 22, 'admissionregistration.k8s.io/v1']
  ),
  ...rows('apiextensions.k8s.io/v1beta1', ['CustomResourceDefinition'], [16, 22, 'apiextensions.k8s.io/v1']),
  ...rows('apiregistration.k8s.io/v1beta1', ['APIService'], [19, 22, 'apiregistration.k8s.io/v1']),
  ...rows('scheduling.k8s.io/v1beta1', ['PriorityClass'], [14, 22, 'scheduling.k8s.io/v1']),
  ...rows('storage.k8s.io/v1beta1', ['CSIDriver', 'CSINode', 'StorageClass'], [19, 22, 'storage.k8s.io/v1']),
  ...rows('coordination.k8s.io/v1beta1', ['Lease'], [19, 22, 'coordination.k8s.io/v1']),
  ...rows('certificates.k8s.io/v1beta1', ['CertificateSigningRequest'], [19, 22, 'certificates.k8s.io/v1']),
  ...rows('batch/v1beta1', ['CronJob'], [21, 25, 'batch/v1']),
  ...rows('discovery.k8s.io/v1beta1', ['EndpointSlice'], [21, 25, 'discovery.k8s.io/v1']),
  ...rows('events.k8s.io/v1beta1', ['Event'], [22, 25, 'events.k8s.io/v1']),
  ...rows('autoscaling/v2beta1', ['HorizontalPodAutoscaler'], [22, 25, 'autoscaling/v2']),
  ...rows('autoscaling/v2beta2', ['HorizontalPodAutoscaler'], [23, 26, 'autoscaling/v2']),
  ...rows('policy/v1beta1', ['PodDisruptionBudget'], [21, 25, 'policy/v1']),
  ...rows('policy/v1beta1', ['PodSecurityPolicy'], [21, 25, '']),
  ...rows('node.k8s.io/v1beta1', ['RuntimeClass'], [22, 25, 'node.k8s.io/v1']),
  ...rows('storage.k8s.io/v1beta1', ['CSIStorageCapacity'], [24, 27, 'storage.k8s.io/v1']),
  ...flow('v1beta1', [23, 26]),
  ...flow('v1beta2', [26, 29]),
  ...flow('v1beta3', [29, 32]),
  ...rows(
    'admissionregistration.k8s.io/v1alpha1',
    ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'],
    [28, 34, 'admissionregistration.k8s.io/v1']
  ),
  ...rows(
    'admissionregistration.k8s.io/v1beta1',
    ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'],
    [30, 34, 'admissionregistration.k8s.io/v1']
  ),
  ...rows('v1', ['ComponentStatus'], [19, 99, '']),
  ...rows('v1', ['Endpoints'], [33, 99, 'discovery.k8s.io/v1']),
];

function flow(version: string, minors: readonly [number, number]): ApiRemoval[] {
  const group = 'flowcontrol.apiserver.k8s.io';
  return rows(`${group}/${version}`, ['FlowSchema', 'PriorityLevelConfiguration'], [...minors, `${group}/v1`]);
}

function rows(
  apiVersion: string,
  kinds: readonly string[],
  [deprecatedIn, removedIn, replacement]: readonly [number, number, string]
): ApiRemoval[] {
  const { group, version } = parseApiVersion(apiVersion);
  return kinds.map((kind) => ({ group, version, kind, deprecatedIn, removedIn, replacement }));
}

/** Minor version of `v1.34.4`; undefined when it is none of Kubernetes 1.x. */
export function minorOf(gitVersion: string): number | undefined {
  const [, minor] = /^v?1\.([0-9]+)/.exec(gitVersion) ?? [];
  return minor === undefined ? undefined : Number(minor);
}
