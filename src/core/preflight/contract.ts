import type { Finding } from '../run/events.ts';
import type { Platform } from '../spec/spec.ts';
import type { StoredRef } from '../stored-ref.ts';
import type { UnseenApi } from '../capture/unseen-groups.ts';

export interface PreflightResult {
  readonly source: ClusterFacts;
  /** Absent where nothing is applied anywhere. */
  readonly target?: ClusterFacts;
  /** Kinds to capture, in the order they are captured; stored. */
  readonly kinds: StoredRef;
  readonly kindCount: number;
  /** At most 50, blockers first; the rest is counted in `blockers` and stored. */
  readonly findings: readonly Finding[];
  /** All of them, and how many; absent: there are no more than `findings`. */
  readonly allFindings?: StoredRef;
  readonly findingCount?: number;
  readonly blockers: number;
  /** APIs of the source that may hold objects of the scope and did not answer; absent: all of them did. */
  readonly unseen?: readonly UnseenApi[];
}

export interface ClusterFacts {
  readonly uid: string;
  readonly gitVersion: string;
  /** Absent where a plan finds out. */
  readonly platform?: Platform;
}
