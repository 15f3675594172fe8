import type { ActionRow, RunTable, Stage, Step } from '../table.ts';
import { alone, stepsThat } from './steps.ts';

/** What a clean-up knows. */
export interface CleanupFacts<Facts> {
  /** The facts of the run it cleans up after; absent until what that run stored was found. */
  readonly run?: Facts;
}

const actions = {
  'await-quiet': { does: 'waits until no attempt of the ended run can write any more', activities: [] },
  'open-run': { does: 'stores the specification', activities: ['openRun'] },
  'find-remains': { does: 'reads what the run had planned', activities: ['findRemains'], learns: true },
  'close-run': { does: "lets go of the run's recovery point", activities: ['closeRun'] },
} as const satisfies Readonly<Record<string, ActionRow<never>>>;

export type CleanupAction = keyof typeof actions;

const step = stepsThat<string>('noted');

/** How a compensation of the run is called among the actions of its clean-up. */
export function compensating(name: string): string {
  return `compensation ${name}`;
}

/**
 * Cleans up after any kind of run that could not do so itself. Everything follows from the table of that run: before its
 * point of no return every compensation, newest first, else the stages that come after it, once more. So a row that is
 * added to a table is cleaned up without anybody thinking of it.
 */
export function cleanupTable<Facts>(
  of: RunTable<Facts>,
  isPastNoReturn: boolean
): RunTable<CleanupFacts<Facts>, string, never> {
  return {
    kind: 'cleanup',
    actions: { ...actionsOf(of), ...actions },
    compensations: {},
    sides: () => ({ source: 'unknown', target: 'unknown' }),
    phases: () => [
      { name: 'preflight', title: 'what the run left behind' },
      { name: 'cleanup', title: 'clean up' },
    ],
    stages: ({ run }) => {
      const begin = step('preflight', 'what the run left behind', ['await-quiet', 'open-run', 'find-remains']);
      const opening = alone({ ...begin, onFailure: 'ends' });
      if (run === undefined) return [opening];
      const remains = isPastNoReturn ? againOf(of, run) : undoingOf(of, run);
      const close = {
        ...step('cleanup/close', 'let go of the recovery point', ['close-run']),
        onFailure: 'ends' as const,
      };
      return [opening, ...remains.map(alone), alone(close)];
    },
  };
}

/** A clean-up only ever repeats what the run itself does: on a side that serves, nothing changes who may write. */
function actionsOf<Facts>(of: RunTable<Facts>): Record<string, ActionRow<CleanupFacts<Facts>>> {
  const rows: Record<string, ActionRow<CleanupFacts<Facts>>> = {};
  for (const [name, { does, activities }] of Object.entries<ActionRow<Facts>>(of.actions))
    rows[name] = { does, activities };
  for (const [name, { activities }] of Object.entries(of.compensations))
    rows[compensating(name)] = { does: `undoes what the run did: ${name}`, activities };
  return rows;
}

/** The compensations of a run, newest first, as steps. */
function undoingOf<Facts>(of: RunTable<Facts>, facts: Facts): Step[] {
  const steps: Step[] = [];
  for (const stage of before(of.stages(facts))) {
    for (const { id, actions: planned } of stage.steps) {
      for (const { name, item } of planned) {
        const named = of.actions[name]?.compensation;
        const undo = typeof named === 'function' ? named(facts) : named;
        const row = undo === undefined ? undefined : of.compensations[undo];
        if (undo === undefined || row === undefined) continue;
        const done = { name: compensating(undo), item };
        const undoing = step(`cleanup/${id}/${undo}`, row.title(facts, item), [done]);
        if (!steps.some((one) => one.id === undoing.id)) steps.push(undoing, ...sweepOf(of, row.sweptBy, id));
      }
    }
  }
  return steps.reverse();
}

/** What the run does past its point of no return, action by action: each is tried whatever becomes of the others. */
function againOf<Facts>(of: RunTable<Facts>, facts: Facts): Step[] {
  const final = of.stages(facts).filter((stage) => stage.final);
  return final.flatMap(({ steps }) =>
    steps.flatMap(({ id, actions: planned }) =>
      planned.flatMap((action) => {
        const row = of.actions[action.name];
        const again = step(`cleanup/${id}/${action.name}`, row?.does ?? action.name, [action]);
        return [...sweepOf(of, row?.sweptBy, id), again];
      })
    )
  );
}

function before(stages: readonly Stage[]): readonly Stage[] {
  return stages.filter((stage) => !stage.final);
}

function sweepOf<Facts>(of: RunTable<Facts>, name: string | undefined, id: string): Step[] {
  if (name === undefined) return [];
  return [step(`cleanup/${id}/${name}`, of.actions[name]?.does ?? name, [name])];
}
