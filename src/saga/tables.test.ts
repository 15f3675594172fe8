import { describe, expect, it } from 'vitest';
import { TableWorld, type Walked } from '../../test/support/table-world.ts';
import { advance } from './machine.ts';
import { assessTable } from './tables/assess.ts';
import { migrateTable } from './tables/migrate.ts';
import { planTable } from './tables/plan.ts';
import type { RunTable } from './table.ts';

const plan = {
  claims: [{ namespace: 'a', name: 'data', targetNamespace: 'b' }],
  waves: [{ name: 'all', objects: 1, claims: true, settle: false }],
};
const migration = {
  ...{ dryRun: false, volumes: true, onFailure: 'rollback' as const, parallel: 2, landfallNamespace: 'x', held: true },
  hooks: { pre: true, post: true },
};

/** A kind of run nobody has: two sides, a fence, steps that need each other, a point of no return. */
const madeUp: RunTable<undefined> = {
  kind: 'made-up',
  actions: {
    open: { does: 'opens', activities: [], compensation: 'close', opensReport: true },
    fence: { does: 'fences the source', activities: [], compensation: 'unfence' },
    start: { does: 'starts the target', activities: [], compensation: 'stop' },
    look: { does: 'looks', activities: [] },
    tidy: { does: 'tidies up', activities: [], always: true, discharges: 'close' },
  },
  compensations: {
    close: { title: () => 'close', activities: [], release: true },
    unfence: { title: () => 'unfence', activities: [], until: { source: 'fenced' } },
    stop: { title: () => 'stop', activities: [], until: { target: 'serving' } },
  },
  sides: () => ({ source: 'serving', target: 'empty' }),
  phases: () => [],
  stages: () => [
    {
      ...{ phase: 'look', parallel: 3, final: false },
      steps: [
        { id: 'look/a', phase: 'look', title: 'a', actions: [{ name: 'look', item: 0 }], onFailure: 'noted' },
        {
          ...{ id: 'look/b', phase: 'look', title: 'b' },
          actions: [{ name: 'look', item: 1 }],
          onFailure: 'noted',
          needs: ['look/a'],
        },
        {
          id: 'look/c',
          phase: 'look',
          title: 'c',
          actions: [
            { name: 'open', item: 0 },
            { name: 'look', item: 2 },
            { name: 'tidy', item: 0 },
          ],
          onFailure: 'waits',
        },
      ],
    },
    {
      ...{ phase: 'move', parallel: 1, final: false },
      steps: [
        { id: 'move/fence', phase: 'move', title: 'fence', actions: [{ name: 'fence', item: 0 }], onFailure: 'ends' },
        { id: 'move/start', phase: 'move', title: 'start', actions: [{ name: 'start', item: 0 }], onFailure: 'waits' },
      ],
    },
    {
      ...{ phase: 'end', parallel: 1, final: true },
      steps: [{ id: 'end/look', phase: 'end', title: 'look', actions: [{ name: 'look', item: 3 }], onFailure: 'ends' }],
    },
  ],
};

// eslint-disable-next-line typescript/no-explicit-any
const tables: Readonly<Record<string, Walked<any>>> = {
  migrate: { table: migrateTable, facts: migration, learned: { ...migration, plan } },
  'migrate, keeping': {
    table: migrateTable,
    facts: { ...migration, onFailure: 'keep' },
    learned: { ...migration, onFailure: 'keep', plan },
  },
  'migrate, dry run': {
    table: migrateTable,
    facts: { ...migration, dryRun: true },
    learned: { ...migration, dryRun: true, plan },
  },
  plan: { table: planTable, facts: undefined },
  assess: { table: assessTable, facts: { images: true, external: true, storage: true } },
  'a made-up kind': { table: madeUp, facts: undefined },
};

describe('every kind of run', () => {
  it.each(Object.entries(tables))('keeps its promises: %s', (_, walked) => {
    const outcomes = new Set<string>();
    for (let seed = 1; seed <= 3_000; seed += 1) outcomes.add(walk(walked, seed));
    expect([...outcomes].some((one) => one.startsWith('cancelled'))).toBe(true);
    expect([...outcomes]).toContain('succeeded 0');
  });

  it('is found out when its machine forgets a compensation', () => {
    const walked: Walked<undefined> = {
      ...{ table: madeUp, facts: undefined },
      advance: (state, event) => {
        const next = advance(state, event);
        return { ...next, pending: next.pending.filter(({ name }) => name !== 'unfence') };
      },
    };
    expect(() => {
      for (let seed = 1; seed <= 3_000; seed += 1) walk(walked, seed);
    }).toThrow(/said that the source is still serving/);
  });
});

/** One walk; trouble begins somewhere, and ends, so that every walk does. */
function walk<Facts>(walked: Walked<Facts>, seed: number): string {
  let state = Math.imul(seed, 0x9e3779b1) | 1;
  const roll = (limit: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
  const world = new TableWorld(walked);
  let troubles = roll(5);
  const quiet = roll(25);
  for (let options = world.options(false); options.length > 0; options = world.options(false)) {
    const isTrouble = troubles > 0 && world.events >= quiet && roll(4) === 0;
    if (isTrouble) troubles -= 1;
    const from = isTrouble ? world.options(true) : options;
    world.happen(from[roll(from.length)] as (typeof from)[number]);
  }
  return `${world.ended?.outcome} ${world.ended?.exitCode}`;
}
