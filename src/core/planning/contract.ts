import type { Finding } from '../run/events.ts';
import type { StoredRef } from '../stored-ref.ts';
import type { ClaimName } from '../volumes/contract.ts';

export interface DesiredStateSummary {
  readonly plan: StoredRef;
  readonly applyGroups: readonly ApplyGroup[];
  /** The claims of the desired state, in its order. */
  readonly claims: readonly ClaimName[];
  readonly findings: readonly Finding[];
  readonly blockers: number;
  readonly objects: number;
  readonly changed: number;
  readonly excluded: number;
  /** Objects that rules made beside or instead of captured ones; counted in `objects`. */
  readonly added?: number;
  /** Objects that somebody applies server-side on the source; absent: none. */
  readonly appliers?: number;
  /** Whether the namespaces of the target held anything when the plan was made; absent in plans of earlier versions. */
  readonly targetHolds?: boolean;
}

export interface ApplyGroup {
  readonly name: string;
  readonly objects: number;
  readonly batches: readonly StoredRef[];
  /** True for the apply group in which the filled volumes become the application's claims. */
  readonly claims: boolean;
  /** True for the last one: owners and what had to wait for running workloads are set on objects made before. */
  readonly settle: boolean;
}
