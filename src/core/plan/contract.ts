import type { ObservedUser } from './approval.ts';
import type { PlanChange } from './diff-plans.ts';
import type { GivenApproval } from '../run/report.ts';
import type { StoredRef } from '../stored-ref.ts';
import type { RunContext, PlanReference } from '../run/context.ts';
import type { PreflightResult } from '../preflight/contract.ts';

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
