import type { RunInput } from '../run/context.ts';
import type { ClaimName, ClaimRange } from '../volumes/contract.ts';
import type { ApplyGroup } from '../planning/contract.ts';

/** The input of a clean-up: the run whose end did not undo what it did, and its kind. */
export interface CleanupInput {
  readonly kind: 'migrate' | 'backup' | 'restore' | 'plan' | 'assess';
  readonly run: RunInput;
  /** When that run ended; RFC 3339. */
  readonly endedAt: string;
  /** What the run moved stays: only what was needed on the way is removed. For a run that ended well. */
  readonly keepApplication: boolean;
}

/** What a run may have made, as its stored plans report. */
export interface RunRemains {
  readonly applyGroups: readonly ApplyGroup[];
  /** Their names in the order of `places`, each claim once. */
  readonly claims: readonly ClaimName[];
  readonly places: readonly ClaimRange[];
}
