import type { ErrorDetail } from '../errors.ts';
import type { ObservedUser } from '../plan/approval.ts';
import type { PlanChange } from '../plan/diff-plans.ts';
import type { GivenApproval } from '../run/report.ts';
import type { Finding, ResultEvent, RunOutcome, SideState } from '../run/events.ts';
import type { RunSites } from '../run/sites.ts';
import type { LocationSpec, MigrationSpec } from '../spec/spec.ts';
import type { StoredRef } from '../stored-ref.ts';
import type { ClaimPlacement } from '../volumes/claim-users.ts';
import type { UnseenApi } from './unseen-groups.ts';

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

/** What the plan file of a run is made from. */
export interface PlanFileRequest {
  readonly spec: StoredRef;
  readonly plan: StoredRef;
  readonly capture: StoredRef;
  readonly preflight: PreflightResult;
  readonly by: string;
  /** RFC 3339, UTC. */
  readonly at: string;
}

export interface MadePlan {
  readonly hash: string;
  readonly file: StoredRef;
  readonly totals: Readonly<Record<string, number>>;
  /** Open ones: what the file accepts is counted by itself. */
  readonly blockers: number;
  /** Blockers that waivers of the file accept; absent: none. */
  readonly accepted?: number;
  readonly losses: number;
  readonly estimate: { readonly lowMs: number; readonly highMs: number };
}

/** How a run stands to the plan it was given. */
export interface CheckedPlan {
  /** Hash of the plan made now. */
  readonly hash: string;
  readonly stale: boolean;
  /** `+ 2, ~ 1, - 0`. */
  readonly summary: string;
  /** At most 40; all are stored. */
  readonly changes: readonly PlanChange[];
  readonly approvals: readonly GivenApproval[];
  /** Objects whose content moved as the plan allows. */
  readonly drifted: { readonly count: number; readonly examples: readonly string[] };
  readonly plan?: PlanReference;
}

/** The input of the workflow that keeps an approval. */
export interface ApproveInput {
  readonly context: RunContext;
  readonly file: StoredRef;
  readonly planHash: string;
  /** As claimed. */
  readonly by: string;
  /** As seen by the command; absent from commands that do not look. */
  readonly observed?: ObservedUser;
  readonly decision: 'approved' | 'refused';
  readonly comment: string;
}

/** As asked, with the time it counts from in milliseconds since 1970. */
export type ApprovalAsked = Omit<ApproveInput, 'context'> & { readonly atMs: number };

export interface ApprovalAnswer {
  readonly by: string;
  readonly decision: 'approved' | 'refused';
  readonly planHash: string;
  readonly expiresAtMs: number;
  readonly totals: Readonly<Record<string, number>>;
}

/** The input of a clean-up: the run whose end did not undo what it did, and its kind. */
export interface CleanupInput {
  readonly kind: 'migrate' | 'plan' | 'assess';
  readonly run: MigrateInput;
  /** When that run ended; RFC 3339. */
  readonly endedAt: string;
  /** What the run moved stays: only what was needed on the way is removed. For a run that ended well. */
  readonly keepApplication: boolean;
}

/** What a run may have made, as its stored plans tell. */
export interface RunRemains {
  readonly waves: readonly WavePlan[];
  /** Their names in the order of `places`, each claim once. */
  readonly claims: readonly ClaimName[];
  readonly places: readonly ClaimRange[];
}

export interface PreflightResult {
  readonly source: ClusterFacts;
  readonly target: ClusterFacts;
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
}

/** Kinds [from, to) of the stored list. */
export interface CaptureBatch {
  readonly kinds: StoredRef;
  readonly from: number;
  readonly to: number;
}

export interface CaptureResult {
  /** A partial capture: entries, left-out objects and dependency requests; stored. */
  readonly part: StoredRef;
  readonly objects: number;
  readonly leftOut: number;
  readonly rawBytes: number;
  readonly storedBytes: number;
}

export interface CapturedScope {
  /** Everything captured, merged; stored. */
  readonly capture: StoredRef;
  readonly objects: number;
  readonly leftOut: number;
  readonly storedBytes: number;
}

/** What of a claim names its steps; everything else of it stays in the stored plan. */
export interface ClaimName {
  readonly namespace: string;
  readonly name: string;
  readonly targetNamespace: string;
}

/** Claims [from, to) of a stored plan. */
export interface ClaimRange {
  readonly plan: StoredRef;
  readonly from: number;
  readonly to: number;
}

/** One claim of a stored plan. */
export interface ClaimPlace {
  readonly plan: StoredRef;
  readonly index: number;
}

/** One claim that moves, as it is in the stored plan. */
export interface ClaimPlan extends ClaimName {
  readonly way: 'snapshot' | 'copyWhileQuiesced';
  /** '' for a direct copy. */
  readonly snapshotClass: string;
  readonly sourceClass: string;
  readonly targetClass: string;
  /** Capacity of the volume, which can be more than the claim asks for. */
  readonly size: string;
  readonly accessModes: readonly string[];
  /** Class of the claim its snapshot is read through; absent: `sourceClass`. */
  readonly readClass?: string;
  /** Where the pods that mount it run; absent: the plan has none that say so. */
  readonly placement?: ClaimPlacement;
  /** Reclaim policy of the volume on the target; absent: that of its class. */
  readonly reclaimPolicy?: string;
}

export interface MigrationPlan {
  readonly plan: StoredRef;
  readonly waves: readonly WavePlan[];
  /** The claims of the stored plan, in its order. */
  readonly claims: readonly ClaimName[];
  readonly findings: readonly Finding[];
  readonly blockers: number;
  readonly objects: number;
  readonly changed: number;
  readonly leftOut: number;
  /** Objects that rules made beside or instead of captured ones; counted in `objects`. */
  readonly added?: number;
  /** Objects that somebody applies server-side on the source; absent: none. */
  readonly appliers?: number;
  /** Whether the namespaces of the target held anything when the plan was made; absent in plans of earlier versions. */
  readonly targetHolds?: boolean;
}

export interface WavePlan {
  readonly name: string;
  readonly objects: number;
  readonly batches: readonly StoredRef[];
  /** True for the wave in which the filled volumes become the application's claims. */
  readonly claims: boolean;
  /** True for the last one: owners and what had to wait for running workloads are set on objects made before. */
  readonly settle: boolean;
}

export interface ApplyResult {
  readonly result: StoredRef;
  /** Key of the batch; absent in results of earlier versions. */
  readonly batch?: string;
  readonly applied: number;
  readonly existing: number;
  readonly updated: number;
  readonly failed: number;
  /** In a dry run: objects that could not be checked, since what they stand on is not there yet. */
  readonly notAsked?: number;
}

export interface VerifyResult {
  readonly result: StoredRef;
  readonly missing: number;
  readonly extra: number;
  readonly different: number;
}

/** What hooks came to. */
export interface HooksRun {
  /** Failures of hooks with `onError: continue`, at most 10. */
  readonly failed: readonly string[];
}

export interface UploadedVolume {
  readonly namespace: string;
  readonly name: string;
  readonly snapshotId: string;
  readonly metadataSnapshotId: string;
  readonly treeSha256: string;
  readonly files: number;
  readonly sizeBytes: number;
  readonly transferredBytes: number;
  /** Entries of the tree that could not be carried: devices, sockets. */
  readonly leftOut: number;
  /** The first of them, `path (reason)`, and the stored list; absent where there are none. */
  readonly leftOutFirst?: readonly string[];
  readonly leftOutList?: StoredRef;
  /** When the snapshot was taken, or the copy began: later writes are on the source only. Absent in results of earlier versions. */
  readonly dataAsOf?: string;
}

export interface MovedVolume extends UploadedVolume {
  readonly targetTreeSha256: string;
  /** First paths that differ, at most 10. */
  readonly different: readonly string[];
}

/** A volume on its way: where what is known of it is stored, and the numbers its step shows. */
export interface VolumeAnswer extends Pick<UploadedVolume, 'files' | 'sizeBytes' | 'transferredBytes' | 'leftOut'> {
  /** An `UploadedVolume` after the upload, a `MovedVolume` when it has arrived. */
  readonly volume: StoredRef;
}

export interface ReportRequest {
  readonly outcome: RunOutcome;
  readonly exitCode: number;
  readonly startedAt: string;
  readonly finishedAt: string;
  /** What both sides were last seen to be; absent in requests of earlier versions. */
  readonly sides?: { readonly source: SideState; readonly target: SideState };
  /** When the capture began: no later write to an object of the source is sure to be in it. */
  readonly capturedAt?: string;
  readonly preflight?: PreflightResult;
  readonly captured?: CapturedScope;
  readonly plan?: MigrationPlan;
  readonly applied: readonly ApplyResult[];
  readonly verified?: VerifyResult;
  /** Each a `MovedVolume`; stored. */
  readonly volumes: readonly StoredRef[];
  readonly phases: readonly { readonly name: string; readonly ms: number }[];
  readonly recoveryPoint?: StoredRef;
  readonly undo: readonly { readonly title: string; readonly ok: boolean; readonly error?: ErrorDetail }[];
  readonly error?: ErrorDetail;
  /** Set where the run was held to a plan. */
  readonly checked?: CheckedPlan;
}

/** The stored report, and what of it the last event of the stream tells. */
export interface WrittenReport {
  readonly report: StoredRef;
  readonly summary: Pick<ResultEvent, 'counts' | 'parity' | 'volumes' | 'phases'>;
}
