import type { IndexEntry } from '../../archive/entry.ts';
import { loadJson } from '../../archive/run-objects.ts';
import { LandfallError } from '../../core/errors.ts';
import type { DesiredObject } from '../../core/planning/desired-object.ts';
import type { DesiredState } from '../../core/planning/desired-state.ts';
import type { StoredRef } from '../../core/stored-ref.ts';
import type { Location, StoreOptions } from '../../ports/location.ts';
import type { ClaimPlace, ClaimMove, ClaimRange } from '../../core/volumes/contract.ts';

/** Claims kept for the next activities, about 1 KiB each: those of a large run, or of a few small ones. */
const keptClaims = 5_000;

/** What a stored plan says of the claims that move: as the steps of volumes take them, and as the application has them. */
export type ClaimsOfPlan = Pick<DesiredState<DesiredObject<IndexEntry>>, 'moves' | 'claims'>;

/** Reads the claims of stored plans, verified; keeps the plans used last, so that a batch does not read its plan again. */
export interface PlannedClaims {
  ofPlan(location: Location, plan: StoredRef, options?: StoreOptions): Promise<ClaimsOfPlan>;
  /** Throws INTERNAL when the plan does not have all of them. */
  range(location: Location, range: ClaimRange, options?: StoreOptions): Promise<readonly ClaimMove[]>;
  one(location: Location, place: ClaimPlace, options?: StoreOptions): Promise<ClaimMove>;
}

/** The claims a worker knows; empty when it begins. Content is named by its hash, so one Location's plan is any other's. */
export function createPlannedClaims(): PlannedClaims {
  const kept = new Map<string, ClaimsOfPlan>();

  const keep = (sha256: string, claims: ClaimsOfPlan): void => {
    kept.delete(sha256);
    kept.set(sha256, claims);
    let total = [...kept.values()].reduce((sum, { moves }) => sum + moves.length, 0);
    for (const [oldest, { moves }] of kept) {
      if (total <= keptClaims || oldest === sha256) return;
      kept.delete(oldest);
      total -= moves.length;
    }
  };
  const ofPlan: PlannedClaims['ofPlan'] = async (location, plan, options) => {
    const claims = kept.get(plan.sha256) ?? (await readClaims(location, plan, options));
    keep(plan.sha256, claims);
    return claims;
  };
  const range: PlannedClaims['range'] = async (location, { plan, from, to }, options) => {
    const { moves } = await ofPlan(location, plan, options);
    if (from >= 0 && from <= to && to <= moves.length) return moves.slice(from, to);
    throw new LandfallError('INTERNAL', { what: `${plan.key} has ${moves.length} claims, not ${from} to ${to}` });
  };
  return {
    ofPlan,
    range,
    async one(location, { plan, index }, options) {
      const [claim] = await range(location, { plan, from: index, to: index + 1 }, options);
      if (claim === undefined) throw new LandfallError('INTERNAL', { what: `${plan.key} has no claim ${index}` });
      return claim;
    },
  };
}

async function readClaims(location: Location, plan: StoredRef, options?: StoreOptions): Promise<ClaimsOfPlan> {
  const { moves, claims } = await loadJson<DesiredState<DesiredObject<IndexEntry>>>(location, plan, options);
  return { moves, claims };
}
