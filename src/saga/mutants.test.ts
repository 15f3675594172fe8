import type { ApplyFacts } from './tables/applying.ts';
import { describe, expect, it } from 'vitest';
import { brokenPromises } from '../../test/support/saga-walks.ts';
import type { Machine } from '../../test/support/saga-world.ts';
import { advance, begin as beginTable } from './machine.ts';
import type { RunHappening, RunState } from './state.ts';
import type { Stage } from './table.ts';
import { migrateTable } from './tables/migrate.ts';

type State = RunState<ApplyFacts>;

const begin = (facts: ApplyFacts): State => beginTable(migrateTable, facts);

/**
 * Machines with one planted mistake each. The walks must find every one, and for the reason it was planted for: so it
 * is known that the properties of machine.test.ts can fail.
 */
const mutants: Readonly<Record<string, { readonly machine: Machine; readonly found: RegExp }>> = {
  'registers a compensation only when its action is done': {
    machine: after((state, event, next) => {
      const nameOf = ({ step, action }: State['open'][number]) => compensationOf(next, step.actions[action]?.name);
      const running = next.open.map((open) => ({ step: open.step.id, name: nameOf(open) }));
      const late = next.pending.filter((one) =>
        running.some(({ step, name }) => step === one.step && name === one.name)
      );
      const done = event.type === 'done' ? state.open.find(({ step }) => step.id === event.step) : undefined;
      const name = done === undefined ? undefined : nameOf(done);
      const registered =
        done === undefined || name === undefined || next.mode !== 'forward'
          ? []
          : [{ step: done.step.id, name, item: done.step.actions[done.action]?.item ?? 0, title: '' }];
      return { ...next, pending: [...next.pending.filter((one) => !late.includes(one)), ...registered] };
    }),
    found: /happened, or may have, and nothing undoes it/,
  },
  'undoes the oldest first': {
    machine: after((state, _event, next) => {
      const added = next.pending.slice(state.pending.length);
      return next.pending.length > state.pending.length ? { ...next, pending: [...added, ...state.pending] } : next;
    }),
    found: /is undone before .* which is newer/,
  },
  'undoes what has been undone': {
    machine: after((state, event, next) =>
      event.type === 'compensated' &&
      state.mode === 'compensating' &&
      state.tried.length === 0 &&
      state.pending.length > 0
        ? { ...advance({ ...state, pending: [...state.pending, ...state.pending.slice(-1)] }, event) }
        : next
    ),
    found: /has never happened/,
  },
  'does not know the point of no return': {
    machine: after((state, _event, next) =>
      next.final && !state.final ? { ...next, final: false, pending: state.pending } : next
    ),
    found: /is undone after the point of no return/,
  },
  'undoes while something still acts': {
    machine: before((state, event) => (event.type === 'cancel' ? { ...state, open: [] } : state)),
    found: /is undone while something still acts/,
  },
  'takes no notice of a cancel': {
    machine: instead((state, event) => (event.type === 'cancel' ? { ...state, commands: [] } : undefined)),
    found: /although the run rolls back/,
  },
  'begins an action after a cancel': {
    machine: after((state, event, next) =>
      event.type === 'cancel' && state.mode === 'forward' ? { ...next, mode: 'forward' } : next
    ),
    found: /although the run rolls back/,
  },
  'takes a failed undo for done': {
    machine: instead((state, event) =>
      event.type === 'compensation-failed' ? advance(state, { type: 'compensated' }) : undefined
    ),
    found: /reported undo complete/,
  },
  'reports a failure as rolled back': {
    machine: after((_state, _event, next) => ({
      ...next,
      commands: next.commands.map((command) =>
        command.do === 'end' && command.ending.outcome === 'failed'
          ? { ...command, ending: { ...command.ending, outcome: 'rolled-back' as const } }
          : command
      ),
    })),
    found: /reported rolled-back, and it is failed/,
  },
  'leaves the source frozen when the snapshot failed': {
    machine: {
      begin: (facts) => beginTable({ ...migrateTable, actions: { ...migrateTable.actions, thaw: neverAlways } }, facts),
      advance,
    },
    found: /has not tried to thaw|nobody has tried to thaw/,
  },
  'reports that a frozen source is writable': {
    machine: after((_state, _event, next) => ({
      ...next,
      commands: next.commands.filter((command) => command.do !== 'emit' || command.event.type !== 'sides'),
    })),
    found: /writable, and it is not so/,
  },
  'tries a failed step for ever': {
    machine: instead((state, event) =>
      event.type === 'failed' && state.open.some(({ step, waiting }) => step.id === event.step && !waiting)
        ? {
            ...state,
            commands: state.open
              .filter(({ step }) => step.id === event.step)
              .map(({ step, action }) => ({
                do: 'execute' as const,
                step,
                action: step.actions[action] as (typeof step.actions)[number],
                cancellable: !state.final && step.actions[action]?.name !== 'thaw',
              })),
          }
        : undefined
    ),
    found: /although the run rolls back/,
  },
  'hears no resume': {
    machine: instead((state, event) => (event.type === 'resume' ? { ...state, commands: [] } : undefined)),
    found: /nothing is going on/,
  },
  'does more at a time than it may': {
    machine: {
      begin: (facts) => beginTable({ ...migrateTable, stages: (all) => oneMore(migrateTable.stages(all)) }, facts),
      advance,
    },
    found: /one too many at a time/,
  },
  'remembers what a repeated step lacked at first': {
    machine: after((state, _event, next) => ({ ...next, short: [...new Set([...state.short, ...next.short])] })),
    found: /reported partial/,
  },
  'forgets what it could not see': {
    machine: after((_state, _event, next) => ({ ...next, incomplete: undefined })),
    found: /reported succeeded|nothing reports what is unseen/,
  },
  'answers an undo nobody asked for': {
    machine: instead((state, event) =>
      event.type === 'compensated' && state.mode === 'forward' ? { ...state, commands: [{ do: 'cancel' }] } : undefined
    ),
    found: /an event that answers nothing/,
  },
};

describe('a machine that', () => {
  it.each(Object.entries(mutants))(
    '%s is found out',
    (_name, { machine, found }) => {
      expect(brokenPromises(machine, found).join('\n')).toMatch(found);
    },
    600_000
  );

  it('makes no mistake is not accused', () => expect(brokenPromises({ begin, advance })).toEqual([]), 600_000);
});

function oneMore(stages: readonly Stage[]): readonly Stage[] {
  return stages.map((stage) => ({ ...stage, parallel: stage.parallel + 1 }));
}

const neverAlways = { does: '', activities: [], supersedes: 'thaw' };

function compensationOf({ table, facts }: State, action = ''): string | undefined {
  const named = table.actions[action]?.compensation;
  return typeof named === 'function' ? named(facts) : named;
}

type Change = (state: State, event: RunHappening, next: State) => State;

function after(change: Change): Machine {
  return { begin, advance: (state, event) => change(state, event, advance(state, event)) };
}

function before(change: (state: State, event: RunHappening) => State): Machine {
  return { begin, advance: (state, event) => advance(change(state, event), event) };
}

function instead(change: (state: State, event: RunHappening) => State | undefined): Machine {
  return { begin, advance: (state, event) => change(state, event) ?? advance(state, event) };
}
