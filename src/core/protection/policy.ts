import type { ObservedUser } from '../plan/approval.ts';
import type { BackupSpec } from '../spec/spec.ts';
import type { RetentionSpec } from './retention.ts';

/** What happens to a start while the one before it still goes on. */
export type OverlapRule = 'skip' | 'wait' | 'cancelRunning';

/** One rhythm of a policy. */
export interface TierSpec {
  readonly name: string;
  readonly cron: string;
  readonly timeZone: string;
  /** A start is delayed by a random part of it. */
  readonly jitterMs: number;
  /** A start that was missed for longer is not made up for. */
  readonly catchUpMs: number;
  readonly overlap: OverlapRule;
  readonly retention: RetentionSpec;
}

/** A policy with everything its schedules need. */
export interface PolicySpec {
  readonly name: string;
  readonly tiers: readonly PolicyTier[];
}

export interface PolicyTier {
  readonly tier: TierSpec;
  readonly backup: BackupSpec;
}

/** What a schedule starts again and again: everything as it was when the policy was applied. */
export interface ScheduledBackupInput extends PolicyTier {
  readonly policy: string;
  /** Who applied the policy. */
  readonly asked: ObservedUser;
}

/** How one start of a tier ended. */
export type ProtectedOutcome =
  | {
      readonly run: string;
      readonly exitCode: number;
      readonly objects: number;
      /** The data of volumes. */
      readonly bytes: number;
      /** What became of older points: the run that pruned them, or why there was none. */
      readonly pruned: { readonly run: string; readonly exitCode: number } | { readonly skipped: string };
    }
  | { readonly run: string; readonly failed: string }
  /** Why no backup was made. */
  | { readonly skipped: string };
