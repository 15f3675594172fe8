import type { RoleSpec } from '../../src/core/run/roles.ts';
import type { ClusterSpec, LocationSpec } from '../../src/core/spec/spec.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import type { Location } from '../../src/ports/location.ts';
import { createPool, type IdleBounds } from './pool.ts';
import type { Opened } from '../../src/services/session.ts';

export interface Openers {
  openCluster(spec: ClusterSpec, role: string): Promise<Cluster>;
  openLocation(spec: LocationSpec, role: string): Promise<Location>;
}

/** Runs a body with roles of a run open. */
export type UseRoles = <Named extends Readonly<Record<string, RoleSpec>>, T>(
  runId: string,
  named: Named,
  body: (opened: { readonly [Role in keyof Named]: Opened<Named[Role]> }) => Promise<T>
) => Promise<T>;

/**
 * Creates the roles of a worker. A role is opened by the first activity that names it, and shared by those of the same run;
 * what nobody uses is closed after a while. When one role does not open, the body does not run, and those that did open are
 * closed in the same way.
 */
export function createRoles(openers: Openers, idle: IdleBounds): UseRoles {
  const pool = createPool<Cluster | Location>((opened) => opened.close(), idle);
  const useAll = async <T>(
    asked: readonly Asked[],
    body: (opened: readonly (Cluster | Location)[]) => Promise<T>
  ): Promise<T> => {
    const [first, ...others] = asked;
    if (first === undefined) return body([]);
    const open = (): Promise<Cluster | Location> => openOne(openers, first);
    return pool.use(first.key, open, (one) => useAll(others, (opened) => body([one, ...opened])));
  };
  return (runId, named, body) => {
    const asked = Object.entries(named).flatMap(([role, specs]) =>
      listOf(specs).map((spec, index): Asked => ({ key: `${runId}/${role}/${index}`, role, spec }))
    );
    return useAll(asked, (opened) => body(byRole(named, asked, opened) as never));
  };
}

interface Asked {
  readonly key: string;
  readonly role: string;
  readonly spec: ClusterSpec | LocationSpec;
}

function openOne({ openCluster, openLocation }: Openers, { role, spec }: Asked): Promise<Cluster | Location> {
  return 'provider' in spec ? openLocation(spec, role) : openCluster(spec, role);
}

function byRole(
  named: Readonly<Record<string, RoleSpec>>,
  asked: readonly Asked[],
  opened: readonly (Cluster | Location)[]
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(named).map(([role, specs]) => {
      const all = opened.filter((_, index) => asked[index]?.role === role);
      return [role, isList(specs) ? all : all[0]];
    })
  );
}

function listOf(specs: RoleSpec): readonly (ClusterSpec | LocationSpec)[] {
  return isList(specs) ? specs : [specs];
}

function isList(specs: RoleSpec): specs is readonly (ClusterSpec | LocationSpec)[] {
  return Array.isArray(specs);
}
