import type { ErrorDetail } from '../errors.ts';
import type { ResultEvent, RunOutcome, SideState } from './events.ts';
import type { StoredRef } from '../stored-ref.ts';
import type { CapturedScope } from '../capture/contract.ts';
import type { PreflightResult } from '../preflight/contract.ts';
import type { DesiredStateSummary } from '../planning/contract.ts';
import type { ReportedCopies } from '../retention/copies.ts';
import type { CheckedPlan } from '../plan/contract.ts';
import type { ApplyResult } from '../apply/contract.ts';
import type { VerifyResult } from '../verify/contract.ts';

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
  readonly plan?: DesiredStateSummary;
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
  /** Of a backup that copies its point. */
  readonly copies?: ReportedCopies;
}

/** The stored report, and what of it the last event of the stream reports. */
export interface WrittenReport {
  readonly report: StoredRef;
  readonly summary: Pick<ResultEvent, 'counts' | 'parity' | 'volumes' | 'phases'>;
}
