import type * as assess from '../src/assess/contract.ts';
import type { CalendarState } from '../src/core/wave/calendar.ts';
import type { CalendarSpec, WaveMember, WaveSpec } from '../src/core/wave/wave.ts';
import type { RunEvent } from '../src/core/run/events.ts';
import type { StoredRef } from '../src/core/stored-ref.ts';
import type { Asking } from '../src/saga/permissions.ts';
import type { PointsActivities } from './points/index.ts';
import type { RunContext, RunInput, PlanReference } from '../src/core/run/context.ts';
import type { CaptureBatch, CaptureResult, CapturedScope } from '../src/core/capture/contract.ts';
import type { OpenedPoint } from '../src/core/capture/opened-point.ts';
import type { PreflightResult, ClusterFacts } from '../src/core/preflight/contract.ts';
import type { HooksRun, ClaimRange, ClaimPlace, VolumeAnswer } from '../src/core/volumes/contract.ts';
import type { DesiredStateSummary } from '../src/core/planning/contract.ts';
import type {
  PlanFileRequest,
  MadePlan,
  CheckedPlan,
  ApprovalAsked,
  ApprovalAnswer,
} from '../src/core/plan/contract.ts';
import type { ApplyResult } from '../src/core/apply/contract.ts';
import type { VerifyResult } from '../src/core/verify/contract.ts';
import type { RunRemains } from '../src/core/undo/contract.ts';
import type { ReportRequest, WrittenReport } from '../src/core/run/report-request.ts';

type Context = RunContext;
type Stepped<T> = T & { readonly context: Context; readonly stepId: string };

/**
 * Everything the workflows may ask for. Each takes one object and returns references and counts; each is idempotent by
 * the run id and its own arguments, heartbeats while it works, and throws ApplicationFailure with `type = ErrorCode`.
 */
export interface Activities extends PointsActivities {
  openRun(request: { readonly input: RunInput; readonly leaves?: boolean }): Promise<StoredRef>;
  /** Lets go of what `openRun` took, for a run that writes no report. */
  closeRun(request: { readonly context: Context }): Promise<void>;
  expandWave(request: { readonly runId: string; readonly spec: WaveSpec }): Promise<readonly WaveMember[]>;
  readCalendar(request: { readonly calendar: CalendarSpec; readonly nowMs: number }): Promise<CalendarState>;
  /** `asking`: the run whose rights are asked for; absent: a migration. */
  preflight(request: Stepped<{ readonly today?: string; readonly asking?: Asking }>): Promise<PreflightResult>;
  openPoint(request: Stepped<object>): Promise<OpenedPoint>;
  preflightTarget(
    request: Stepped<{ readonly point: OpenedPoint; readonly asking: Asking; readonly today: string }>
  ): Promise<PreflightResult>;
  /** Of a run that applies nothing anywhere. */
  preflightSource(request: Stepped<{ readonly today: string }>): Promise<PreflightResult>;
  captureKinds(request: Stepped<{ readonly batch: CaptureBatch }>): Promise<CaptureResult>;
  captureDependencies(
    request: Stepped<{ readonly parts: readonly StoredRef[]; readonly kinds: StoredRef }>
  ): Promise<CaptureResult>;
  mergeCapture(request: Stepped<{ readonly parts: readonly StoredRef[] }>): Promise<CapturedScope>;
  computeDesiredState(
    request: Stepped<{ readonly capture: StoredRef; readonly today?: string }>
  ): Promise<DesiredStateSummary>;
  planClaims(request: Stepped<{ readonly capture: StoredRef; readonly today: string }>): Promise<DesiredStateSummary>;
  makePlan(request: Stepped<{ readonly request: PlanFileRequest }>): Promise<MadePlan>;
  checkApproval(request: Stepped<{ readonly approved: PlanReference }>): Promise<void>;
  checkPlan(
    request: Stepped<{ readonly request: PlanFileRequest & { readonly approved: PlanReference } }>
  ): Promise<CheckedPlan>;
  recordApproval(request: Stepped<{ readonly asked: ApprovalAsked }>): Promise<ApprovalAnswer>;
  dryRunBatch(request: Stepped<{ readonly batch: StoredRef; readonly places?: StoredRef }>): Promise<ApplyResult>;
  prepareVolumes(request: Stepped<{ readonly plan: StoredRef }>): Promise<void>;
  runHooks(request: Stepped<{ readonly when: 'pre' | 'post' }>): Promise<HooksRun>;
  snapshotClaims(request: Stepped<{ readonly claims: ClaimRange }>): Promise<void>;
  exposeClaim(request: Stepped<{ readonly claim: ClaimPlace }>): Promise<void>;
  uploadVolume(request: Stepped<{ readonly claim: ClaimPlace }>): Promise<VolumeAnswer>;
  createTargetVolume(request: Stepped<{ readonly claim: ClaimPlace }>): Promise<void>;
  /** `uploaded` absent: the data is that of the run's recovery point. */
  downloadVolume(
    request: Stepped<{ readonly claim: ClaimPlace; readonly uploaded?: StoredRef }>
  ): Promise<VolumeAnswer>;
  commitRecoveryPoint(
    request: Stepped<{
      readonly capture: StoredRef;
      readonly plan: StoredRef;
      readonly volumes: readonly StoredRef[];
      readonly createdAt: string;
      readonly preflight: PreflightResult;
    }>
  ): Promise<StoredRef>;
  bindVolumes(request: Stepped<{ readonly claims: ClaimRange }>): Promise<void>;
  applyBatch(request: Stepped<{ readonly batch: StoredRef }>): Promise<ApplyResult>;
  awaitApplyGroup(request: Stepped<{ readonly batches: readonly StoredRef[] }>): Promise<void>;
  settleBatch(request: Stepped<{ readonly batch: StoredRef }>): Promise<void>;
  giveFieldsBack(request: Stepped<{ readonly batch: StoredRef }>): Promise<void>;
  releaseVolumes(request: { readonly context: Context; readonly claims: ClaimRange }): Promise<void>;
  verifyObjects(request: Stepped<{ readonly plan: StoredRef }>): Promise<VerifyResult>;
  /** Stores events that have no room in the stream of their run; the folder they are in. */
  keepEvents(request: { readonly context: Context; readonly events: readonly RunEvent[] }): Promise<string>;
  writeReport(request: { readonly context: Context; readonly request: ReportRequest }): Promise<WrittenReport>;
  /** The post hooks, for a source that is frozen. */
  thawSource(request: { readonly context: Context }): Promise<HooksRun>;
  undoBatch(request: { readonly context: Context; readonly batch: StoredRef }): Promise<void>;
  unbindVolumes(request: { readonly context: Context; readonly claims: ClaimRange }): Promise<void>;
  removeSourceVolumes(request: { readonly context: Context; readonly claims: ClaimRange }): Promise<void>;
  removeTargetVolumes(request: { readonly context: Context; readonly claims: ClaimRange }): Promise<void>;
  removeNamespaces(request: { readonly context: Context }): Promise<void>;
  judgeFacts(
    request: Stepped<{
      readonly capture: StoredRef;
      readonly kinds: StoredRef;
      readonly source: ClusterFacts;
      readonly target: ClusterFacts;
      readonly now: string;
    }>
  ): Promise<assess.JudgedScope>;
  prepareDryRun(
    request: Stepped<{ readonly capture: StoredRef; readonly plan: StoredRef }>
  ): Promise<assess.PreparedDryRun>;
  assessDryRun(
    request: Stepped<{ readonly batch: StoredRef; readonly places: StoredRef }>
  ): Promise<assess.CheckedPart>;
  /** Those that stay until an API of the target answers; undefined from a worker of an earlier version. */
  removeDryRunNamespaces(request: Stepped<object>): Promise<readonly string[]>;
  checkImages(request: Stepped<{ readonly inventory: StoredRef }>): Promise<assess.CheckedPart>;
  probeAddresses(request: Stepped<{ readonly inventory: StoredRef }>): Promise<assess.CheckedPart>;
  probeStorage(request: Stepped<{ readonly inventory: StoredRef }>): Promise<assess.CheckedPart>;
  measureLocation(request: Stepped<object>): Promise<assess.CheckedPart>;
  concludeAssessment(
    request: Stepped<{ readonly request: assess.ConcludeRequest }>
  ): Promise<assess.ConcludedAssessment>;
  removeScratch(request: Stepped<object>): Promise<void>;
  findRemains(request: Stepped<object>): Promise<RunRemains>;
  sweepVolumes(request: { readonly context: Context }): Promise<void>;
}
