import { describe, expect, it } from 'vitest';
import { brokenPromises } from '../../../test/support/course-walks.ts';
import type { Machine } from '../../../test/support/course-world.ts';
import { advance, begin } from './machine.ts';
import type { CourseEvent, CourseState } from './state.ts';

/**
 * Machines with one planted mistake each. The walks must find every one, and for the reason it was planted for: so it
 * is known that the properties of machine.test.ts can fail.
 */
const mutants: Readonly<Record<string, { readonly machine: Machine; readonly found: RegExp }>> = {
  'registers a compensation only when its act is done': {
    machine: after((state, event, next) => {
      const acting = next.open.map(({ step, act }) => ({ step: step.id, by: step.acts[act]?.undo?.by }));
      const late = next.owed.filter((one) => acting.some(({ step, by }) => step === one.step && by === one.by));
      const done = event.type === 'done' ? state.open.find(({ step }) => step.id === event.step) : undefined;
      const act = done?.step.acts[done.act];
      const registered =
        done === undefined || act?.undo === undefined || next.mode !== 'forward'
          ? []
          : [{ step: done.step.id, by: act.undo.by, item: act.item, title: '' }];
      return { ...next, owed: [...next.owed.filter((one) => !late.includes(one)), ...registered] };
    }),
    found: /happened, or may have, and nothing undoes it/,
  },
  'undoes the oldest first': {
    machine: after((state, _event, next) => {
      const added = next.owed.slice(state.owed.length);
      return next.owed.length > state.owed.length ? { ...next, owed: [...added, ...state.owed] } : next;
    }),
    found: /is undone before .* which is newer/,
  },
  'undoes what has been undone': {
    machine: after((state, event, next) =>
      event.type === 'undone' && state.mode === 'undoing' && state.undone.length === 0 && state.owed.length > 0
        ? { ...advance({ ...state, owed: [...state.owed, ...state.owed.slice(-1)] }, event) }
        : next
    ),
    found: /has never happened/,
  },
  'does not know the point of no return': {
    machine: after((state, _event, next) =>
      next.final && !state.final ? { ...next, final: false, owed: state.owed } : next
    ),
    found: /is undone after the point of no return/,
  },
  'undoes while something still acts': {
    machine: before((state, event) => (event.type === 'cancel' ? { ...state, open: [] } : state)),
    found: /is undone while something still acts/,
  },
  'takes no notice of a cancel': {
    machine: instead((state, event) => (event.type === 'cancel' ? { ...state, commands: [] } : undefined)),
    found: /although the run turns back/,
  },
  'begins an act after a cancel': {
    machine: after((state, event, next) =>
      event.type === 'cancel' && state.mode === 'forward' ? { ...next, mode: 'forward' } : next
    ),
    found: /although the run turns back/,
  },
  'takes a failed undo for done': {
    machine: instead((state, event) => (event.type === 'undo-failed' ? advance(state, { type: 'undone' }) : undefined)),
    found: /told undo complete/,
  },
  'tells a failure as rolled back': {
    machine: after((_state, _event, next) => ({
      ...next,
      commands: next.commands.map((command) =>
        command.do === 'end' && command.ending.outcome === 'failed'
          ? { ...command, ending: { ...command.ending, outcome: 'rolled-back' as const } }
          : command
      ),
    })),
    found: /told rolled-back, and it is failed/,
  },
  'leaves the source frozen when the snapshot failed': {
    machine: after((_state, _event, next) => ({
      ...next,
      stages: next.stages.map((stage) => ({
        ...stage,
        steps: stage.steps.map((step) => ({
          ...step,
          acts: step.acts.map(({ always: _always, ...act }) => act),
        })),
      })),
    })),
    found: /has not tried to thaw|nobody has tried to thaw/,
  },
  'tells that a frozen source is writable': {
    machine: after((_state, _event, next) => ({
      ...next,
      commands: next.commands.filter((command) => command.do !== 'tell' || command.what !== 'sides'),
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
              .map(({ step, act }) => ({
                do: 'act' as const,
                step,
                act: step.acts[act] as (typeof step.acts)[number],
                cancellable: !state.final && step.acts[act]?.always !== true,
              })),
          }
        : undefined
    ),
    found: /although the run turns back/,
  },
  'hears no resume': {
    machine: instead((state, event) => (event.type === 'resume' ? { ...state, commands: [] } : undefined)),
    found: /nothing is going on/,
  },
  'does more at a time than it may': {
    machine: { begin: (facts) => begin({ ...facts, parallel: facts.parallel + 1 }), advance },
    found: /one too many at a time/,
  },
  'remembers what a repeated step lacked at first': {
    machine: after((state, _event, next) => ({ ...next, short: [...new Set([...state.short, ...next.short])] })),
    found: /told partial/,
  },
  'forgets what it could not see': {
    machine: after((_state, _event, next) => ({ ...next, incomplete: undefined })),
    found: /told succeeded|nobody is told what is unseen/,
  },
  'answers an undo nobody asked for': {
    machine: instead((state, event) =>
      event.type === 'undone' && state.mode === 'forward' ? { ...state, commands: [{ do: 'stop' }] } : undefined
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

type Change = (state: CourseState, event: CourseEvent, next: CourseState) => CourseState;

function after(change: Change): Machine {
  return { begin, advance: (state, event) => change(state, event, advance(state, event)) };
}

function before(change: (state: CourseState, event: CourseEvent) => CourseState): Machine {
  return { begin, advance: (state, event) => advance(change(state, event), event) };
}

function instead(change: (state: CourseState, event: CourseEvent) => CourseState | undefined): Machine {
  return { begin, advance: (state, event) => change(state, event) ?? advance(state, event) };
}
