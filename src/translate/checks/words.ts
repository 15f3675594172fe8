import type { Platform } from '../../core/spec/spec.ts';

/** Domains of labels, annotations, taints, resources and drivers that only one platform gives a meaning. */
const domains: Readonly<Record<Platform, RegExp>> = {
  vks: /(?:^|\.)(?:vmware\.com|vmware\.io|cluster\.x-k8s\.io|vsphere)$/,
  eks: /(?:^|\.)(?:amazonaws\.com|aws\.com|aws|amazon\.com|eksctl\.io|karpenter\.sh)$/,
  aks: /(?:^|\.)(?:azure\.com|azure\.io|karpenter\.sh)$/,
  generic: /^$/,
};

/** Keys without a domain that nodes of a platform carry. */
const bareKeys: Readonly<Record<Platform, readonly string[]>> = {
  vks: [],
  eks: [],
  aks: ['agentpool', 'storageprofile', 'storagetier'],
  generic: [],
};

/** True for a name such as `eks.amazonaws.com/nodegroup` or `disk.csi.azure.com` of a platform. */
export function isNameOf(platform: Platform, name: string): boolean {
  const [domain = ''] = name.split('/');
  return domains[platform].test(domain) || bareKeys[platform].includes(name);
}

/** True for a name that means something on the source only. */
export function isForeign(name: string, { from, to }: { readonly from: Platform; readonly to: Platform }): boolean {
  return from !== to && isNameOf(from, name) && !isNameOf(to, name);
}

/** Namespaces in which a platform runs its own controllers, of ingress before all. */
const namespaces: Readonly<Record<Platform, RegExp>> = {
  vks: /^(?:vmware-system-.*|tanzu-.*|tkg-system(?:-.*)?|avi-system|svc-.*)$/,
  eks: /^(?:amazon-.*|aws-observability|karpenter)$/,
  aks: /^(?:app-routing-system|aks-istio-.*|azure-alb-system|gatekeeper-system|calico-system|tigera-operator)$/,
  generic: /^$/,
};

/** True for a namespace that the platform of the source brings, and that of the target does not. */
export function isPlatformNamespace(
  name: string,
  { from, to }: { readonly from: Platform; readonly to: Platform }
): boolean {
  return from !== to && namespaces[from].test(name) && !namespaces[to].test(name);
}
