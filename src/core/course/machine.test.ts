import { describe, expect, it } from 'vitest';
import { exhaust, explore } from '../../../test/support/course-walks.ts';
import type { Machine } from '../../../test/support/course-world.ts';
import { advance, begin } from './machine.ts';

const machine: Machine = { begin, advance };

const allOutcomes = [
  'cancelled 6',
  'cancelled 7',
  'failed 6',
  'failed 70',
  'partial 3',
  'rolled-back 1',
  'succeeded 0',
];

describe('the course of a migration', () => {
  it('keeps its promises on random walks over random courses', () => {
    const { steps, walks, outcomes } = explore(2_000, machine);
    console.log(`${steps} steps in ${walks} random walks`);
    expect(steps).toBeGreaterThan(1_000_000);
    expect(outcomes).toEqual(allOutcomes);
  });

  it('keeps its promises on every walk there is through small courses', () => {
    const claim = { namespace: 'a', name: 'data', targetNamespace: 'b' };
    const wave = { name: 'all', objects: 1, claims: true, settle: false };
    let steps = 0;
    let walks = 0;
    for (const dryRun of [false, true]) {
      for (const onFailure of ['rollback', 'keep'] as const) {
        for (const hooks of [false, true].map((has) => ({ pre: has, post: has }))) {
          const facts = { dryRun, volumes: true, hooks, onFailure, parallel: 2, landfallNamespace: 'x' };
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
    console.log(`${steps} steps in all ${walks} walks`);
    expect(walks).toBeGreaterThan(10_000);
  });
});
