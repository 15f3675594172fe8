import { describe, expect, it } from 'vitest';
import { madeUp } from '../../test/support/made-up-kind.ts';
import { TableWorld, type Walked } from '../../test/support/table-world.ts';
import { advance } from './machine.ts';
import { assessTable } from './tables/assess.ts';
import { backupTable } from './tables/backup.ts';
import { cleanupTable, compensating } from './tables/cleanup.ts';
import { copyTable } from './tables/copy.ts';
import { migrateTable } from './tables/migrate.ts';
import { planTable } from './tables/plan.ts';
import { pruneTable } from './tables/prune.ts';
import { restoreTable } from './tables/restore.ts';
import { verifyTable } from './tables/verify.ts';

const plan = {
  claims: [{ namespace: 'a', name: 'data', targetNamespace: 'b' }],
  applyGroups: [{ name: 'all', objects: 1, claims: true, settle: false }],
};
const migration = {
  ...{ dryRun: false, volumes: true, onFailure: 'rollback' as const, parallel: 2, landfallNamespace: 'x', held: true },
  hooks: { pre: true, post: true },
};
const backingUp = {
  ...{ volumes: true, onFailure: 'rollback' as const, parallel: 2, landfallNamespace: 'x' },
  hooks: { pre: true, post: true },
};
const claims = { claims: plan.claims };
const restoring = { ...migration, hooks: { pre: false, post: false } };

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
  backup: { table: backupTable, facts: backingUp, learned: { ...backingUp, plan: claims } },
  'backup, keeping': {
    table: backupTable,
    facts: { ...backingUp, onFailure: 'keep' },
    learned: { ...backingUp, onFailure: 'keep', plan: claims },
  },
  'backup without volumes': {
    table: backupTable,
    facts: { ...backingUp, volumes: false },
    learned: { ...backingUp, volumes: false, plan: { claims: [] } },
  },
  'backup with copies': {
    table: backupTable,
    facts: { ...backingUp, copies: ['one', 'two', 'three'] },
    learned: { ...backingUp, copies: ['one', 'two', 'three'], plan: claims },
  },
  plan: { table: planTable, facts: { fromPoint: false } },
  'plan of a restore': { table: planTable, facts: { fromPoint: true } },
  restore: { table: restoreTable, facts: restoring, learned: { ...restoring, plan } },
  'restore, keeping': {
    table: restoreTable,
    facts: { ...restoring, onFailure: 'keep' },
    learned: { ...restoring, onFailure: 'keep', plan },
  },
  'restore, dry run': {
    table: restoreTable,
    facts: { ...restoring, dryRun: true },
    learned: { ...restoring, dryRun: true, plan },
  },
  assess: { table: assessTable, facts: { images: true, external: true, storage: true } },
  prune: { table: pruneTable, facts: { marks: true } },
  'prune, of marked points alone': { table: pruneTable, facts: { marks: false } },
  verify: { table: verifyTable, facts: undefined },
  copy: { table: copyTable, facts: undefined },
  'a made-up kind': { table: madeUp, facts: 'made up' },
  'clean-up of a migration': {
    table: cleanupTable(migrateTable, false),
    facts: {},
    learned: { run: { ...migration, plan } },
  },
  'clean-up of a migration past its point of no return': {
    table: cleanupTable(migrateTable, true),
    facts: {},
    learned: { run: { ...migration, plan } },
  },
  'clean-up of a backup': {
    table: cleanupTable(backupTable, false),
    facts: {},
    learned: { run: { ...backingUp, plan: claims } },
  },
  'clean-up of a backup past its point of no return': {
    table: cleanupTable(backupTable, true),
    facts: {},
    learned: { run: { ...backingUp, plan: claims } },
  },
  'clean-up of a restore': {
    table: cleanupTable(restoreTable, false),
    facts: {},
    learned: { run: { ...restoring, plan } },
  },
  'clean-up of a made-up kind': { table: cleanupTable(madeUp, false), facts: {}, learned: { run: 'made up' } },
};

describe('every kind of run', () => {
  it.each(Object.entries(tables))('keeps its promises: %s', (_, walked) => {
    const outcomes = new Set<string>();
    for (let seed = 1; seed <= 3_000; seed += 1) outcomes.add(walk(walked, seed));
    expect([...outcomes].some((one) => one.startsWith('cancelled'))).toBe(true);
    expect([...outcomes]).toContain('succeeded 0');
  });

  it('is cleaned up by its compensations, newest first, or by what it does past its point of no return', () => {
    const actionsOf = (isPastNoReturn: boolean) =>
      cleanupTable(madeUp, isPastNoReturn)
        .stages({ run: 'made up' })
        .slice(1)
        .flatMap(({ steps }) => steps.flatMap(({ actions }) => actions.map(({ name }) => name)));
    expect(actionsOf(false)).toEqual([...['stop', 'unfence', 'close'].map(compensating), 'close-run']);
    expect(actionsOf(true)).toEqual(['look', 'close-run']);
  });

  it('about recovery points has nothing that a clean-up would undo', () => {
    const undone = [
      ...cleanupTable(pruneTable, false).stages({ run: { marks: true } }),
      ...cleanupTable(verifyTable, false).stages({ run: undefined }),
      ...cleanupTable(copyTable, false).stages({ run: undefined }),
    ].flatMap(({ steps }) => steps.filter(({ id }) => id.startsWith('cleanup/')).map(({ id }) => id));
    expect(undone).toEqual(['cleanup/close']);
  });

  it('that is a backup undoes everything before its point is committed, and nothing after', () => {
    const stages = backupTable.stages({ ...backingUp, plan: claims });
    const place = (id: string): number => stages.findIndex(({ steps }) => steps.some((step) => step.id === id));
    expect(stages.findIndex(({ final }) => final)).toBe(place('commit') + 1);
    const phases = [...new Set(stages.map(({ phase }) => phase))];
    expect(phases).toEqual(backupTable.phases(backingUp).map(({ name }) => name));
    // Nothing of it is about a target.
    const undone = cleanupTable(backupTable, false).stages({ run: { ...backingUp, plan: claims } });
    const called = undone.flatMap(({ steps }) => steps.flatMap(({ actions }) => actions.map(({ name }) => name)));
    expect(called.slice(3)).toEqual([
      ...['remove-source-volumes', 'thaw'].map(compensating),
      ...['sweep-volumes', compensating('remove-namespaces'), 'close-run'],
    ]);
  });

  it('is found out when its machine forgets a compensation', () => {
    const walked: Walked<string> = {
      ...{ table: madeUp, facts: 'made up' },
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
