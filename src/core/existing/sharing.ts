import type { ObjectRef } from '../resource.ts';

/**
 * Who an object that is on the target already belongs to, and so what may be done to it:
 *
 *   sharing      | objects                                     | what a run does
 *   definition   | CustomResourceDefinition                    | never written: whoever runs the operator there owns it
 *   merged       | Namespace, the account `default`            | what is missing is added under every policy; a key with
 *                |                                             | two values is decided by the policy
 *   gathering    | other accounts, cluster-scoped objects      | replaced under `update`, but what others put into
 *                |                                             | labels, annotations and lists of an account stays
 *   own          | everything else                             | replaced under `update`
 *
 * A cluster-scoped object serves the whole cluster, and an account gathers tokens, pull secrets and cloud identities.
 */
export type Sharing = 'definition' | 'merged' | 'gathering' | 'own';

/** Reports how an object of the target is shared, from its identity alone. */
export function sharingOf(ref: Pick<ObjectRef, 'group' | 'kind' | 'namespace' | 'name'>): Sharing {
  const key = `${ref.group}/${ref.kind}`;
  if (key === 'apiextensions.k8s.io/CustomResourceDefinition') return 'definition';
  if (key === '/Namespace' || isDefaultAccount(ref)) return 'merged';
  return key === '/ServiceAccount' || ref.namespace === '' ? 'gathering' : 'own';
}

/** True for the account that the controller manager makes in every namespace (kube-controller-manager, serviceaccount). */
export function isDefaultAccount(ref: Pick<ObjectRef, 'group' | 'kind' | 'name'>): boolean {
  return ref.group === '' && ref.kind === 'ServiceAccount' && ref.name === 'default';
}
