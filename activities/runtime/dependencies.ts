import type { Cluster, RetryNotice } from '../../src/ports/cluster.ts';
import type { ContentSeal } from '../../src/ports/content-seal.ts';
import type { Location } from '../../src/ports/location.ts';
import type { VolumeMover } from '../../src/ports/volume-mover.ts';
import type { Role } from '../../src/core/run/roles.ts';
import type { ClusterSpec, LocationSpec, RunSpec } from '../../src/core/spec/spec.ts';
import type { ContactMs } from './lease.ts';
import type { Side } from '../../src/services/session.ts';

/** What the activities stand on; put together in worker/dependencies.ts, replaced in tests. */
export interface Dependencies {
  openCluster(spec: ClusterSpec, side: Side, onRetry: (notice: RetryNotice) => void): Promise<Cluster>;
  /** `brief`: of a first contact, so that a store that does not answer is reported within 10 s. */
  openLocation(
    spec: LocationSpec,
    onRetry: (notice: RetryNotice) => void,
    patience?: 'brief' | 'normal'
  ): Promise<Location>;
  createMover(parts: {
    readonly spec: RunSpec;
    readonly runId: string;
    /** Of the Location of the run, where it has one: the password of the volume repository follows from it. */
    readonly seal?: ContentSeal;
    /** Those that the activity has open. */
    readonly source?: Cluster;
    readonly target?: Cluster;
  }): VolumeMover;
  /** Throws POLICY_REFUSED for what the worker would not do of a run, before it begins. Absent: it does everything. */
  checkRun?(spec: RunSpec, roles: readonly Role[]): Promise<void>;
  /** Version of Landfall, written into manifests and reports. */
  readonly version: string;
  /** Absent: nobody looks whether Temporal answers. */
  readonly contactMs?: ContactMs;
}
