/**
 * The groups kube-apiserver serves from its own code (API reference 1.34, and those removed since 1.16). Any other
 * group comes from a CustomResourceDefinition or an aggregated API, also one whose name ends in k8s.io.
 */
const builtIn: ReadonlySet<string> = new Set([
  '',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
  'apps',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'events.k8s.io',
  'extensions',
  'flowcontrol.apiserver.k8s.io',
  'internal.apiserver.k8s.io',
  'networking.k8s.io',
  'node.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'resource.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
  'storagemigration.k8s.io',
]);

/** True for a group of kube-apiserver itself. */
export function isBuiltInGroup(group: string): boolean {
  return builtIn.has(group);
}
