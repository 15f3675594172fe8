import type { ClusterFacts } from '../preflight/contract.ts';
import type { Finding } from '../run/events.ts';
import type { StoredRef } from '../stored-ref.ts';
import type { CapturedScope } from './contract.ts';

/** A recovery point that a run restores, looked through before anything is touched. */
export interface OpenedPoint {
  /** Its manifest is the capture of the run. */
  readonly captured: CapturedScope;
  /** The cluster it was captured on, as that was then. */
  readonly source: ClusterFacts;
  /** Kinds and namespaces of what is restored, a `CaptureSelection`; stored. */
  readonly kinds: StoredRef;
  readonly kindCount: number;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  /** Claims whose data it holds. */
  readonly volumes: number;
  /** What stands against it, for the preflight to judge. */
  readonly findings: readonly Finding[];
}
