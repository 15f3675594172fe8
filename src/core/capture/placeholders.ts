import type { ApiResource } from '../resource.ts';
import type { DependencyRequest, SelectedObject } from '../select/dependencies.ts';
import { readHead } from '../select/head.ts';

const kinds = {
  account: resource('', 'v1', { kind: 'ServiceAccount', plural: 'serviceaccounts', namespaced: true }),
  namespace: resource('', 'v1', { kind: 'Namespace', plural: 'namespaces', namespaced: false }),
  binding: resource('rbac.authorization.k8s.io', 'v1', {
    kind: 'RoleBinding',
    plural: 'rolebindings',
    namespaced: true,
  }),
} as const;

/**
 * Small objects that stand for what was captured, so that cluster-wide dependencies are found without reading a
 * capture of any size again: accounts and namespaces by name, role bindings by the role they grant.
 */
export function placeholdersFor(
  accounts: readonly string[],
  namespaces: readonly string[],
  grantedRoles: readonly DependencyRequest[]
): readonly SelectedObject[] {
  return [
    ...accounts.map((account) => {
      const [namespace = '', name = ''] = account.split('/');
      return placeholder(kinds.account, { metadata: { namespace, name } });
    }),
    ...namespaces.map((name) => placeholder(kinds.namespace, { metadata: { name } })),
    ...grantedRoles.map(({ ref, neededBy }) => {
      const by = neededBy[0];
      return placeholder(kinds.binding, {
        metadata: { namespace: by?.namespace ?? '', name: by?.name ?? '' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: ref.name },
      });
    }),
  ];
}

function placeholder(of: ApiResource, object: object): SelectedObject {
  const text = JSON.stringify(object);
  return { head: readHead(text, of), text, resource: of };
}

function resource(
  group: string,
  version: string,
  { kind, plural, namespaced }: { readonly kind: string; readonly plural: string; readonly namespaced: boolean }
): ApiResource {
  return { group, version, kind, plural, namespaced, verbs: [], subresources: [] };
}
