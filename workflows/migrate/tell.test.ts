import { describe, expect, it } from 'vitest';
import type { MigrateInput, MigrationPlan } from '../../src/core/migration/contract.ts';
import type { Told } from '../../src/core/course/state.ts';
import { createRun } from './run.ts';
import { tell } from './tell.ts';

type Sides = Extract<Told, { readonly what: 'sides' }>['sides'];

const before: Sides = { source: 'serving', target: 'empty', writable: 'source' };
const after: Sides = { source: 'frozen', target: 'serving', writable: 'target' };

/** What is told of the target, each time it changes, where the plan finds that it holds objects of the scope, or not. */
function targets(holds: boolean | undefined): string[] {
  const run = createRun({ runId: 'shop-1', spec: { name: 'shop' } } as unknown as MigrateInput);
  tell(run, { what: 'sides', sides: before });
  if (holds !== undefined) run.found.plan = { targetHolds: holds, claims: [] } as unknown as MigrationPlan;
  tell(run, { what: 'phase-done', phase: 'plan' });
  tell(run, { what: 'sides', sides: before });
  tell(run, { what: 'sides', sides: after });
  return run.journal.since(0, 100).flatMap((event) => (event.type === 'side' ? [event.target] : []));
}

describe('the target as it is told', () => {
  it.each([
    ['is occupied from the plan on where it holds objects', true, ['occupied', 'serving']],
    ['is empty from the plan on where it holds none', false, ['empty', 'serving']],
    ['is not known where the plan does not say', undefined, ['serving']],
  ])('%s', (_what, holds, expected) => {
    expect(targets(holds)).toEqual(expected);
  });
});
