import { applyFactsOf } from '../../src/saga/tables/applying.ts';
import type { ApplyFacts, PlanFacts } from '../../src/saga/tables/applying.ts';
import type { StoredRef } from '../../src/core/stored-ref.ts';
import type { RunInput } from '../../src/core/run/context.ts';
import type { ApplyResult } from '../../src/core/apply/contract.ts';
import type { Planned, TakingFound } from '../volumes/found.ts';

/** What the actions of a migration have found so far; most of it becomes the report. An upload is kept until it has arrived. */
export interface MigrateFound extends TakingFound {
  /** Volumes that have arrived, in the order in which they did, and their size. */
  readonly volumes: StoredRef[];
  movedBytes: number;
  /** By apply group, so that one that is applied again after a `resume` counts once. */
  readonly applied: (readonly ApplyResult[])[];
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
