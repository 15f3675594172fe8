import type { ClusterSpec, LocationSpec, RunSpec } from '../spec/spec.ts';

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

/** The kind of a run, by the ends it has. */
export function kindOfRun({ point, target }: Pick<RunSpec, 'point' | 'target'>): 'migrate' | 'backup' | 'restore' {
  if (target === undefined) return 'backup';
  return point === undefined ? 'migrate' : 'restore';
}

const nouns = { migrate: 'Migration', backup: 'Backup', restore: 'Restore' } as const;

/** The kind of document that asks for a run. */
export function nounOfRun(spec: Pick<RunSpec, 'point' | 'target'>): 'Migration' | 'Backup' | 'Restore' {
  return nouns[kindOfRun(spec)];
}

/** The roles a run has, with what they name. The cluster that a recovery point was captured on is none. */
export function rolesOf(spec: RunSpec): Partial<RunRoles> {
  const { source, target, location, point } = spec;
  return {
    location,
    // Whatever is not from a point captures its source.
    ...(point === undefined ? { source: source as ClusterSpec } : {}),
    ...(target === undefined ? {} : { target }),
  };
}
