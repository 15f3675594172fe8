import type { Role, RunRoles } from '../core/run/roles.ts';
import type { ClusterSpec, LocationSpec, RunSpec } from '../core/spec/spec.ts';
import type { SegmentCache } from '../archive/segment-cache.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { Location } from '../ports/location.ts';
import type { VolumeMover } from '../ports/volume-mover.ts';

/** What every activity of a run works with, whatever its roles: the run keeps what it stores in `location`. */
export interface RunPart {
  readonly runId: string;
  readonly spec: RunSpec;
  readonly location: Location;
  /** Its Jobs run on the clusters whose roles are open; asked for another one it throws INTERNAL. */
  readonly mover: VolumeMover;
  readonly version: string;
  /** By this name in managedFields an object is known as made by this run. */
  readonly fieldManager: string;
  /** Verified segments of the location: batches follow each other through the same ones. */
  readonly segments: SegmentCache;
}

/**
 * Everything an activity of one run works with. `Session<'target'>` has the target open and nothing else but the Location,
 * `Session<never>` the Location alone; `Session<'target', 'source'>` has the source too, where the run has one. The row of
 * the activity says which (src/saga/activity-rows.ts).
 */
export type Session<R extends Role = 'source' | 'target', O extends Role = never> = Omit<RunPart, 'spec'> & {
  readonly spec: RunSpec & { readonly [K in R & keyof RunSpec]: RunRoles[K] };
} & {
  readonly [K in R]: Opened<RunRoles[K]>;
} & {
  readonly [K in O]: Opened<RunRoles[K]> | undefined;
};

/** What planning works with. Of a recovery point the source is not asked: what its manifest does not say is unknown. */
export type PlanSession = Session<'target', 'source'>;

/** What works on whichever clusters a run has. */
export type EitherSession = Session<never, 'source' | 'target'>;

/** What a role is for an activity: what it names, opened; a list for a role that names several. */
export type Opened<Spec> = Spec extends LocationSpec
  ? Location
  : Spec extends ClusterSpec
    ? Cluster
    : Spec extends readonly (infer One)[]
      ? readonly Opened<One>[]
      : never;

/** Which end of a migration a cluster is. */
export type Side = 'source' | 'target';
