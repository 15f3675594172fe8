import type { ObjectRef } from '../resource.ts';
import { isDefaultAccount } from './sharing.ts';

/**
 * Kinds by which a platform prepares a namespace before anybody uses it: how much it may take, who may reach it, who may
 * work in it. They are no application: a namespace that holds nothing else is empty.
 */
const platformKinds: ReadonlySet<string> = new Set([
  '/ResourceQuota',
  '/LimitRange',
  'networking.k8s.io/NetworkPolicy',
  'cilium.io/CiliumNetworkPolicy',
  'crd.projectcalico.org/NetworkPolicy',
  'projectcalico.org/NetworkPolicy',
  'rbac.authorization.k8s.io/Role',
  'rbac.authorization.k8s.io/RoleBinding',
]);

/** True for what a platform puts into a namespace by itself; the account `default` among it, also a customised one. */
export function isPlatformObject(ref: Pick<ObjectRef, 'group' | 'kind' | 'name'>): boolean {
  return platformKinds.has(`${ref.group}/${ref.kind}`) || isDefaultAccount(ref);
}
