import { describe, expect, it } from 'vitest';
import { exhaust, explore, patience, reportWalks } from '../../test/support/saga-walks.ts';
import type { Machine } from '../../test/support/saga-world.ts';
import { errorDetail } from '../core/errors.ts';
import { advance, begin, restore, save } from './machine.ts';
import type { RunHappening, RunState } from './state.ts';
import { stepsThat } from './tables/steps.ts';
import type { RunTable } from './table.ts';
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
    reportWalks('random walks', { steps, walks });
    expect(steps).toBeGreaterThan(1_000_000);
    expect(outcomes).toEqual(allOutcomes);
  }, 3_600_000);

  it('keeps its promises on every walk there is through small plans', () => {
    const claim = { namespace: 'a', name: 'data', targetNamespace: 'b' };
    const applyGroup = { name: 'all', objects: 1, claims: true, settle: false };
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
          const one = { facts, plan: { claims: [claim], applyGroups: [applyGroup] } };
          const two = { facts, plan: { claims: [claim, { ...claim, name: 'more' }], applyGroups: [] } };
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
    reportWalks('walks, which are all', { steps, walks });
    expect(walks).toBeGreaterThan(10_000);
  }, 600_000);
});

describe('a run that is about to continue as new', () => {
  const error = errorDetail('INTERNAL', { what: 'x' });
  const step = stepsThat<'make' | 'check'>('waits');
  const row = (compensation?: string) => ({ does: '', activities: [], ...(compensation && { compensation }) });
  const table: RunTable<undefined> = {
    kind: 'made up',
    actions: { make: row('remove'), check: row() },
    compensations: { remove: { title: () => 'remove', activities: [] } },
    sides: () => ({ source: 'serving', target: 'empty' }),
    phases: () => [{ name: 'one', title: 'one' }],
    stages: () => [
      { phase: 'one', steps: [step('one/a', 'a', ['make']), step('one/b', 'b', ['check'])], parallel: 2, final: false },
    ],
  };
  const after = (state: RunState<undefined>, ...happenings: RunHappening[]) => happenings.reduce(advance, state);
  const commandsOf = ({ commands }: RunState<undefined>) => commands.map((command) => command.do);
  /** `one/b` waits for a person, `one/a` is done, and the history is long. */
  const held = after(
    begin(table, undefined),
    { type: 'failed', step: 'one/b', error },
    { type: 'hold' },
    { type: 'done', step: 'one/a' }
  );
  const goneOn = (state: RunState<undefined>) => restore(table, undefined, save(state));

  it('begins nothing, and goes on waiting in the next history', () => {
    expect(commandsOf(held)).toContain('continue-as-new');
    expect(goneOn(held)).toMatchObject({ mode: 'forward', commands: [], open: [{ waiting: true }] });
  });

  it('begins in the next history what a person has resumed by then, once', () => {
    const resumed = after(held, { type: 'resume' }, { type: 'resume' });
    expect(commandsOf(resumed)).not.toContain('execute');
    const next = goneOn(resumed);
    expect(commandsOf(next).filter((command) => command === 'execute')).toHaveLength(1);
    expect(next.open).toMatchObject([{ step: { id: 'one/b' }, waiting: false }]);
    expect(goneOn(after(next, { type: 'failed', step: 'one/b', error })).commands).toEqual([]);
  });

  it('rolls back in the next history what a cancel ends by then, also what was resumed before', () => {
    const cancelled = after(held, { type: 'resume' }, { type: 'cancel', error });
    expect(commandsOf(cancelled)).not.toContain('compensate');
    const next = goneOn(cancelled);
    expect(commandsOf(next)).toContain('compensate');
    const last = after(next, { type: 'compensated' });
    expect(last.ending).toMatchObject({ outcome: 'cancelled', undo: 'complete' });
  });

  it('ends in the next history when there is nothing to undo', () => {
    const none = advance({ ...held, pending: [] }, { type: 'cancel', error });
    expect(commandsOf(none)).not.toContain('end');
    expect(goneOn(none).ending).toMatchObject({ outcome: 'cancelled', undo: 'none' });
  });
});
