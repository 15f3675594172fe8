import type { RunSites } from './sites.ts';
import type { AppliedSpec, BackupSpec, LocationSpec, MigrationSpec, RestoreSpec, RunSpec } from '../spec/spec.ts';
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

/** The input of the workflow of a run over objects and volumes. */
export interface RunInput<Spec extends RunSpec = RunSpec> {
  readonly runId: string;
  readonly spec: Spec;
  /** The plan this run is held to: made again before the first write, and another one stops the run. */
  readonly plan?: PlanReference;
  /** Events one history of it may have; absent = `limits.workflowEvents`. */
  readonly eventsMax?: number;
}

export type MigrateInput = RunInput<MigrationSpec>;
export type BackupInput = RunInput<BackupSpec>;
export type RestoreInput = RunInput<RestoreSpec>;

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
  readonly spec: AppliedSpec;
  /** Who plans. */
  readonly by: string;
}
