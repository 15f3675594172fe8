import type { ClusterSpec, LocationSpec } from '../spec/spec.ts';

/** What a role of a run names: a Cluster or a Location, or several of them. */
export type RoleSpec = ClusterSpec | LocationSpec | readonly (ClusterSpec | LocationSpec)[];

/**
 * Every role a run may have, with what it names. The specification of a run has a key for each role it has; a kind of run
 * with another role adds it here. `location` is where a run keeps what it stores, so each has one.
 */
export interface RunRoles {
  readonly source: ClusterSpec;
  readonly target: ClusterSpec;
  readonly location: LocationSpec;
}

export type Role = keyof RunRoles;
