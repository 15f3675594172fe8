import { limits } from '../../src/core/limits.ts';
import { contextOf } from '../opening/scope.ts';
import { required } from '../saga/drive.ts';
import type { Run } from '../saga/run.ts';
import { plannedOf, type TakingFound } from './found.ts';
import type { RunContext } from '../../src/core/run/context.ts';
import type { ClaimPlace, ClaimRange } from '../../src/core/volumes/contract.ts';

/** Claims an activity handles that does something short to each. */
const claimsPerBatch = 20;

/** All claims of the run in ranges for one activity each; many claims make the ranges longer, not more. */
export function claimRanges(run: Run<TakingFound>): readonly ClaimRange[] {
  const { claims, places } = plannedOf(run);
  const size = Math.max(claimsPerBatch, Math.ceil(claims.length / limits.actionActivities));
  return places.flatMap(({ plan, from: first, to: last }) =>
    Array.from({ length: Math.ceil((last - first) / size) }, (_, index) => {
      const from = first + index * size;
      return { plan, from, to: Math.min(last, from + size) };
    })
  );
}

/** A claim of the run, by its index among all of them. */
export function claimAt(run: Run<TakingFound>, item: number): ClaimPlace {
  let index = item;
  const range = plannedOf(run).places.find(({ from, to }) => {
    if (index < to - from) return true;
    index -= to - from;
    return false;
  });
  const { plan, from } = required(range, 'claim');
  return { plan, index: from + index };
}

/** What an activity about one claim gets, and the id of its step and of its child workflow. */
export function aboutClaim(run: Run<TakingFound>, item: number) {
  const { namespace, name } = required(plannedOf(run).claims[item], 'claim');
  const context: RunContext = contextOf(run);
  return { id: `${namespace}/${name}`, request: { context, claim: claimAt(run, item) } };
}
