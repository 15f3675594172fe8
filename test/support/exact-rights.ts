import type { ApiClient } from '../../lab/api-client.ts';
import type { Call } from '../../src/saga/calls.ts';
import type { Condition, Need, Place } from '../../src/saga/need.ts';
import { rulesOf, type Rule } from '../../scripts/reference/roles.ts';
import { needsOf } from '../../scripts/reference/run-rights.ts';

const rbac = '/apis/rbac.authorization.k8s.io/v1';

export interface ExactRights {
  readonly side: Need['side'];
  /** Who gets them; also the name of the roles. */
  readonly user: string;
  /** What the run may call. */
  readonly calls: readonly Call[];
  /** What of a specification they are for. */
  readonly holds: readonly Condition[];
  /** Namespaces of the scope, which are there; absent: the run makes them, and the right is for all. */
  readonly namespaces?: readonly string[];
  /** Landfall's own namespace, which is there; absent: nothing moves. */
  readonly own?: string;
}

/**
 * Grants a user what the rows say that a run cannot do without, and nothing else: as the roles of
 * docs/reference/permissions.md. Gives what takes it back.
 */
export async function grantExactly(client: ApiClient, rights: ExactRights): Promise<() => Promise<void>> {
  const { user, namespaces, own } = rights;
  const made: string[] = [];
  const put = async (kind: string, path: string, more: object): Promise<void> => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    // Excluded: else the rights of the mover would travel with the application.
    const metadata = { name, labels: { 'landfall.dev/exclude': 'true' } };
    const apiVersion = 'rbac.authorization.k8s.io/v1';
    await client.apply(path, JSON.stringify({ apiVersion, kind, metadata, ...more }));
    made.push(path);
  };
  const to = (kind: string, name: string) => ({
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
  });

  const scope = `${user}-scope`;
  await put('ClusterRole', `${rbac}/clusterroles/${user}`, { rules: rulesIn(rights, ['cluster', 'temporary']) });
  await put('ClusterRoleBinding', `${rbac}/clusterrolebindings/${user}`, to('ClusterRole', user));
  await put('ClusterRole', `${rbac}/clusterroles/${scope}`, { rules: rulesIn(rights, ['scope', 'hooks']) });
  if (namespaces === undefined)
    await put('ClusterRoleBinding', `${rbac}/clusterrolebindings/${scope}`, to('ClusterRole', scope));
  for (const namespace of namespaces ?? [])
    await put('RoleBinding', `${rbac}/namespaces/${namespace}/rolebindings/${scope}`, to('ClusterRole', scope));
  if (own !== undefined) {
    await put('Role', `${rbac}/namespaces/${own}/roles/${user}`, { rules: rulesIn(rights, ['own']) });
    await put('RoleBinding', `${rbac}/namespaces/${own}/rolebindings/${user}`, to('Role', user));
  }
  return async () => {
    for (const path of made.toReversed()) await client.call('DELETE', path);
  };
}

function rulesIn({ side, calls, holds }: ExactRights, places: readonly Place[]): readonly Rule[] {
  const needs = needsOf(calls, side).filter(
    ({ only, without }) => without === undefined && (only === undefined || holds.includes(only))
  );
  return rulesOf(needs, places)
    .flatMap(({ rules }) => rules)
    .map((rule) => ({ ...rule, verbs: rule.verbs.filter((verb) => verb !== 'watch') }))
    .filter(({ verbs }) => verbs.length > 0);
}
