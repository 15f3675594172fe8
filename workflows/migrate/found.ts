import { applyFactsOf } from '../../src/saga/tables/applying.ts';
import type { ApplyFacts, PlanFacts } from '../../src/saga/tables/applying.ts';
import type { StoredRef } from '../../src/core/stored-ref.ts';

import type { ScopeFound } from '../opening/scope.ts';
import { required } from '../saga/drive.ts';
import type { Run } from '../saga/run.ts';
import type { RunInput } from '../../src/core/run/context.ts';
import type { ClaimRange } from '../../src/core/volumes/contract.ts';
import type { DesiredStateSummary } from '../../src/core/planning/contract.ts';
import type { ApplyResult } from '../../src/core/apply/contract.ts';
import type { ReportRequest, WrittenReport } from '../../src/core/run/report-request.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** What the actions of a migration have found so far; most of it becomes the report. */
export interface MigrateFound
  extends ScopeFound, Writable<Pick<ReportRequest, 'verified' | 'recoveryPoint' | 'checked'>> {
  readonly input: RunInput;
  /** Volumes that have arrived, in the order in which they did, and their size. */
  readonly volumes: StoredRef[];
  movedBytes: number;
  /** By apply group, so that one that is applied again after a `resume` counts once. */
  readonly applied: (readonly ApplyResult[])[];
  /** Uploads by claim, until the volume has arrived. */
  readonly uploaded: Record<number, StoredRef>;
  /** Of a run that is cleaned up: what its stored desired states say that it may have made. */
  remains?: Planned;
  /** Where the report is, once there is one, and what of it the last event says. */
  report?: StoredRef;
  reportSummary?: WrittenReport['summary'];
}

interface Planned extends Pick<DesiredStateSummary, 'claims' | 'applyGroups' | 'appliers' | 'targetHolds'> {
  /** Where the claims are, in their order. */
  readonly places: readonly ClaimRange[];
}

/** What the run makes, or has made. */
export function plannedOf({ found: { plan, remains } }: Run<MigrateFound>): Planned {
  if (plan === undefined) return required(remains, 'plan');
  return { ...plan, places: [{ plan: plan.plan, from: 0, to: plan.claims.length }] };
}

export function newFound(input: RunInput): MigrateFound {
  return { input, parts: [], volumes: [], movedBytes: 0, applied: [], uploaded: {} };
}

/** What of the specification, and of the plan once there is one, decides the order. */
export function factsOf({ input, plan, remains }: MigrateFound): ApplyFacts {
  const planned = plan ?? remains;
  const facts = applyFactsOf(input.spec, input.plan !== undefined);
  return planned === undefined ? facts : { ...facts, plan: planFacts(planned) };
}

function planFacts({ claims, applyGroups, appliers = 0, targetHolds }: Omit<Planned, 'places'>): PlanFacts {
  return {
    claims,
    applyGroups,
    ...(appliers === 0 ? {} : { appliers: true }),
    ...(targetHolds === undefined ? {} : { targetHolds }),
  };
}
