import type { RunSites } from './sites.ts';
import type { LocationSpec, MigrationSpec } from '../spec/spec.ts';
import type { StoredRef } from '../stored-ref.ts';

/**
 * What passes between the migrate workflow and its activities. Only references, counts and short names: a history is
 * bounded (docs/decisions/0003) and never holds an object or a secret.
 */

/** Handed to every activity: enough to open the location and read the specification from it. */
export interface RunContext {
  readonly runId: string;
  readonly location: LocationSpec;
  readonly spec: StoredRef;
  /** Where work on its clusters and its location is done; absent: nowhere else than that of the run. */
  readonly sites?: RunSites;
}

/** The workflow's input. */
export interface MigrateInput {
  readonly runId: string;
  readonly spec: MigrationSpec;
  /** The plan this run is held to: made again before the first write, and another one stops the run. */
  readonly plan?: PlanReference;
  /** Events one history of it may have; absent = `limits.workflowEvents`. */
  readonly eventsMax?: number;
}

/** A plan that lies in the Location of the run. */
export interface PlanReference {
  /** The run that made it. */
  readonly run: string;
  readonly hash: string;
  readonly file: StoredRef;
}

/** The input of the workflow that plans. */
export interface PlanRunInput {
  readonly runId: string;
  readonly spec: MigrationSpec;
  /** Who plans. */
  readonly by: string;
}
