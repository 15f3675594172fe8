import { describe, expect, it } from 'vitest';
import { exhaust, explore, patience, tellWalks } from '../../test/support/saga-walks.ts';
import type { Machine } from '../../test/support/saga-world.ts';
import { advance, begin } from './machine.ts';
import { migrateTable } from './tables/migrate.ts';

const machine: Machine = { begin: (facts) => begin(migrateTable, facts), advance };

const allOutcomes = [
  'cancelled 6',
  'cancelled 7',
  'failed 6',
  'failed 70',
  'partial 3',
  'rolled-back 1',
  'succeeded 0',
];

/** `LANDFALL_WALKS=50` walks fifty times as far. */
describe('the table of a migration', () => {
  it('keeps its promises on random walks over random plans', () => {
    const { steps, walks, outcomes } = explore(1_200 * patience, machine);
    tellWalks('random walks', { steps, walks });
    expect(steps).toBeGreaterThan(1_000_000);
    expect(outcomes).toEqual(allOutcomes);
  }, 3_600_000);

  it('keeps its promises on every walk there is through small plans', () => {
    const claim = { namespace: 'a', name: 'data', targetNamespace: 'b' };
    const wave = { name: 'all', objects: 1, claims: true, settle: false };
    let steps = 0;
    let walks = 0;
    for (const dryRun of [false, true]) {
      for (const onFailure of ['rollback', 'keep'] as const) {
        for (const hooks of [false, true].map((has) => ({ pre: has, post: has }))) {
          const facts = {
            dryRun,
            volumes: true,
            hooks,
            onFailure,
            parallel: 2,
            landfallNamespace: 'x',
            held: hooks.pre,
          };
          const one = { facts, plan: { claims: [claim], waves: [wave] } };
          const two = { facts, plan: { claims: [claim, { ...claim, name: 'more' }], waves: [] } };
          for (const walked of [
            exhaust(one, { failures: 2, cancels: 1, strays: 0 }, machine),
            exhaust(two, { failures: 1, cancels: 1, strays: 0 }, machine),
          ]) {
            steps += walked.steps;
            walks += walked.walks;
          }
        }
      }
    }
    tellWalks('walks, which are all', { steps, walks });
    expect(walks).toBeGreaterThan(10_000);
  }, 600_000);
});
