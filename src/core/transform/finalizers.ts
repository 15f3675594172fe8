import { externalFamilies } from '../external/table.ts';
import { isBuiltInGroup } from '../graph/groups.ts';

/** Finalizers Kubernetes itself takes away on every cluster. */
const ownFinalizers =
  /^(?:kubernetes|foregroundDeletion|orphan|batch\.kubernetes\.io\/.*|kubernetes\.io\/.*|service\.kubernetes\.io\/load-balancer-cleanup|customresourcecleanup\.apiextensions\.k8s\.io)$/;

/**
 * Finalizers that a controller beside Kubernetes sets while it works on an object, and sets again when it works on the same
 * object elsewhere: those of the snapshot controller and the CSI sidecars, of volumes under attachment.
 */
const workFinalizers =
  /^(?:(?:group)?snapshot\.storage\.kubernetes\.io\/.*|snapshot\.storage\.k8s\.io\/.*|external-(?:provisioner|attacher|resizer|snapshotter)(?:\.volume\.kubernetes\.io)?\/.*|storage\.kubernetes\.io\/.*)$/;

/** Finalizers of controllers of clouds: nobody on another platform takes them away, so deletes would hang for ever. */
export const cloudFinalizers: readonly RegExp[] = [
  /^service\.kubernetes\.io\/load-balancer-cleanup$/,
  /^(?:service|ingress|elbv2)\.k8s\.aws\/resources$/,
  /^group\.ingress\.k8s\.aws\//,
  /^gateway\.k8s\.aws\//,
  /^aga\.k8s\.aws\/resources$/,
  /^(?:ingress|gateway)\.ako\.vmware\.com(?:\/finalizer)?$/,
  /^snapshot\.storage\.kubernetes\.io\/pvc-as-source-protection$/,
  /^external-attacher\/(?:ebs-csi-aws-com|disk-csi-azure-com|csi-vsphere-vmware-com)$/,
  /^karpenter\.sh\/termination$/,
  /^alb-deployment-exists-finalizer\.alb\.networking\.azure\.io$/,
];

/** What becomes of a finalizer that an object had on the source. */
export type FinalizerFate = 'own' | 'travels' | 'dropped';

/**
 * Says whether a finalizer travels. One whose controller the target does not have would hold every deletion for ever; one
 * that its controller sets again by itself has no need to, and must not be there before that controller has looked.
 */
export function finalizerFate(name: string, isServed: (name: string) => boolean): FinalizerFate {
  if (ownFinalizers.test(name)) return 'own';
  if (workFinalizers.test(name)) return 'dropped';
  if (externalFamilies.some(({ finalizers }) => finalizers?.test(name) === true)) return 'dropped';
  return isServed(name) ? 'travels' : 'dropped';
}

/** True for those that controllers known here set again by themselves: nothing is lost with them. */
export function isReadded(name: string): boolean {
  if (workFinalizers.test(name) || cloudFinalizers.some((pattern) => pattern.test(name))) return true;
  return externalFamilies.some(({ finalizers }) => finalizers?.test(name) === true);
}

/** A finalizer is named after the domain of its controller, which mostly also serves a group of that domain. */
export function isServedFinalizer(finalizer: string, groups: Iterable<string>): boolean {
  const domain = finalizer.split('/')[0] ?? '';
  for (const group of groups) {
    if (isBuiltInGroup(group)) continue;
    if (group === domain || group.endsWith(`.${domain}`) || domain.endsWith(`.${group}`)) return true;
  }
  return false;
}
