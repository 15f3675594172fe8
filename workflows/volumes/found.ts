import type { RunInput } from '../../src/core/run/context.ts';
import type { ReportRequest, WrittenReport } from '../../src/core/run/report-request.ts';
import type { StoredRef } from '../../src/core/stored-ref.ts';
import type { ClaimRange } from '../../src/core/volumes/contract.ts';
import type { DesiredStateSummary } from '../../src/core/planning/contract.ts';
import type { ScopeFound } from '../opening/scope.ts';
import { required } from '../saga/drive.ts';
import type { Run } from '../saga/run.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** What a run has found that takes the data of claims; most of it becomes the report. */
export interface TakingFound
  extends ScopeFound, Writable<Pick<ReportRequest, 'verified' | 'recoveryPoint' | 'checked'>> {
  readonly input: RunInput;
  /** Uploads by claim. */
  readonly uploaded: Record<number, StoredRef>;
  /** Of a run that is cleaned up: what its stored plans say that it may have made. */
  remains?: Planned;
  /** Where the report is, once there is one, and what of it the last event says. */
  report?: StoredRef;
  reportSummary?: WrittenReport['summary'];
}

/** What a run makes, or may have made. */
export interface Planned extends Pick<DesiredStateSummary, 'claims' | 'applyGroups' | 'appliers' | 'targetHolds'> {
  /** Where the claims are, in their order. */
  readonly places: readonly ClaimRange[];
}

/** What the run makes, or has made. */
export function plannedOf({ found: { plan, remains } }: Run<TakingFound>): Planned {
  if (plan === undefined) return required(remains, 'plan');
  return { ...plan, places: [{ plan: plan.plan, from: 0, to: plan.claims.length }] };
}
