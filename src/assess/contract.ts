import type { Finding } from '../core/run/events.ts';
import type { LocationSpec, MigrationSpec } from '../core/spec/spec.ts';
import type { StoredRef } from '../core/stored-ref.ts';
import type { CheckGroup } from '../core/findings/finding-entry.ts';
import type { Counts, Verdict } from './assessment.ts';

/** The input of the assess workflow. */
export interface AssessInput {
  readonly runId: string;
  readonly spec: MigrationSpec;
  /** Open warnings give exit code 4. */
  readonly exitCodeOnWarnings: boolean;
  readonly probes: AssessProbes;
}

/** What a schedule starts again and again: the specification as it was when the schedule was made. */
export type ScheduledAssessInput = Omit<AssessInput, 'runId'>;

/** How one start of a schedule ended. */
export type ScheduledOutcome =
  | { readonly run: string; readonly exitCode: number; readonly verdict: Verdict; readonly counts: Counts }
  | { readonly run: string; readonly failed: string }
  /** Why none was made. */
  | { readonly skipped: string };

/** Trials that start something. */
export interface AssessProbes {
  /** Write, snapshot, restore and read back a volume on the target. */
  readonly storage: boolean;
  /** Ask external addresses from a pod of the target. */
  readonly external: boolean;
  /** Ask registries for the images. */
  readonly images: boolean;
}

/** What judging by facts leaves for the trials. */
export interface JudgedScope extends CheckedPart {
  /** Images, external addresses and architectures of the target; stored. */
  readonly inventory: StoredRef;
  readonly images: number;
  readonly addresses: number;
}

/** Temporary namespaces that stand in for those the target does not have yet. */
export interface PreparedDryRun {
  readonly places: StoredRef;
  /** Claims that are bound in a migration are in no batch of the plan; they are asked about as well. */
  readonly claims?: StoredRef;
  readonly temporary: number;
}

/** What one activity of the assessment found; stored, for the history is bounded. */
export interface CheckedPart {
  readonly part: StoredRef;
  readonly findings: number;
  readonly blockers: number;
  readonly notChecked: number;
}

export interface ConcludeRequest {
  /** Where assessments are kept; the run itself works in a scratch prefix of it. */
  readonly keep: LocationSpec;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly source: ClusterInput;
  readonly target: ClusterInput;
  readonly namespaces: StoredRef;
  readonly objects: number;
  readonly claims: number;
  /** Findings of preflight and plan, and how many blockers they have in all. */
  readonly found: readonly {
    readonly step: string;
    readonly findings: readonly Finding[];
    readonly blockers: number;
    /** Where all of them are stored, as a list or in a plan; absent: these are all. */
    readonly all?: StoredRef;
  }[];
  readonly parts: readonly StoredRef[];
  /** Steps that could not be made, and why. */
  readonly notMade: readonly { readonly id: string; readonly group: CheckGroup; readonly why: string }[];
}

export interface ClusterInput {
  readonly uid: string;
  readonly gitVersion: string;
}

/** What the workflow says of a stored assessment. */
export interface ConcludedAssessment {
  readonly assessment: StoredRef;
  readonly verdict: Verdict;
  readonly counts: Counts;
  /** The worst, at most 50, as the event stream reports them. */
  readonly worst: readonly Finding[];
}
