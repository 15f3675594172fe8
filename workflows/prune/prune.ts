import { setHandler } from '@temporalio/workflow';
import { errorDetail } from '../../src/core/errors.ts';
import type { ErrorDetail } from '../../src/core/errors.ts';
import type { ChosenPoints, PruneInput, SweptPart } from '../../src/core/retention/contract.ts';
import type { RunOutcome } from '../../src/core/run/events.ts';
import { sitesOf } from '../../src/core/run/sites.ts';
import type { StoredRef } from '../../src/core/stored-ref.ts';
import { pruneTable } from '../../src/saga/tables/prune.ts';
import type { PruneAction, PruneFacts } from '../../src/saga/tables/prune.ts';
import { activities, activitiesAt } from '../saga/activities.ts';
import { drive, required, throwUnlessWell } from '../saga/drive.ts';
import { reportQuery } from '../saga/messages.ts';
import { openRun } from '../saga/run.ts';
import type { ActionHandler, CarriedArguments, Run, RunKind } from '../saga/run.ts';
import { contextOf, requestOf } from './point-run.ts';

/** How a run about recovery points ended. */
export interface PointsOutcome {
  readonly outcome: RunOutcome;
  readonly exitCode: number;
}

interface PruneFound {
  readonly input: PruneInput;
  chosen?: ChosenPoints;
  marked?: ChosenPoints;
  /** Parts of the sweep that are done. */
  parts: readonly SweptPart[];
  report?: StoredRef;
}

const actions: Readonly<Record<PruneAction, ActionHandler<PruneFound>>> = {
  async 'open-run'(run) {
    const { wish, graceMs } = run.found.input;
    await activitiesAt(sitesOf(run.found.input)).openPointRun({
      context: contextOf(run),
      request: { ...requestOf(run, 'prune'), wish, graceMs },
    });
  },

  async 'choose-points'(run, { stepId }) {
    const { wish } = run.found.input;
    run.found.chosen = await activities.chooseDeletedPoints({ context: contextOf(run), wish, stepId });
    const { chosen, others } = run.found.chosen;
    return { summary: { counts: { points: chosen, kept: others } } };
  },

  /** A point that was named and stays since a run has begun to use it makes the run partial: it was asked for. */
  async 'mark-points'(run, { stepId }) {
    const { wish } = run.found.input;
    const { choice } = required(run.found.chosen, 'choice');
    run.found.marked = await activities.markPoints({ context: contextOf(run), choice, wish, stepId });
    const { chosen, others } = run.found.marked;
    const summary = { counts: { points: chosen, kept: others } };
    if (wish.by !== 'name' || others === 0) return { summary };
    const what = `${others} of the recovery points that were named are kept, because a run has begun to use them`;
    return { summary, incomplete: errorDetail('RECOVERY_POINT_IN_USE', { what }) };
  },

  /** Part after part, so that runs that wait for the sweep can begin in between. */
  async sweep(run, { stepId }) {
    const { graceMs } = run.found.input;
    for (let isDone = false; !isDone;) {
      const part = await activities.sweepPart({ context: contextOf(run), graceMs, stepId });
      run.found.parts = [...run.found.parts, part];
      isDone = part.isDone;
    }
    const { points, objects, bytes } = totalOf(run);
    const problem = run.found.parts.at(-1)?.problem;
    return {
      summary: { counts: { points, objects, bytes } },
      ...(problem === undefined ? {} : { incomplete: problem }),
    };
  },
};

const pruneKind: RunKind<PruneFacts, PruneFound, PruneAction, never> = {
  table: pruneTable,
  actions,
  compensations: {},
  introduce: ({ input }) => ({ name: input.location.name, source: '', target: '' }),
  facts: ({ input }) => ({ marks: input.wish.by !== 'mark' }),
  phaseSummary: () => ({ counts: {} }),
  async writeReport(run, { outcome, exitCode, error = firstFailure(run) }) {
    const { input, chosen, marked, parts } = run.found;
    const { objects, bytes } = totalOf(run);
    run.found.report = await activities.writePruneReport({
      context: contextOf(run),
      request: {
        ...{ outcome, exitCode, asked: input.asked, wish: input.wish, graceMs: input.graceMs, objects, bytes },
        ...{ startedAt: run.startedAt, finishedAt: new Date().toISOString(), phases: run.journal.phases },
        parts: parts.map(({ result }) => result),
        ...(error === undefined ? {} : { error }),
        ...(chosen === undefined ? {} : { choice: chosen.choice }),
        ...(marked === undefined ? {} : { marked: marked.choice }),
      },
    });
  },
  keepEvents: () => undefined,
  result: ({ journal, found: { report } }) => ({
    phases: journal.phases,
    ...(report === undefined ? {} : { report: report.key }),
  }),
};

/** Deletes recovery points of a Location: chooses, marks, and removes what marked points have left. */
export async function prune(input: PruneInput, ...carried: CarriedArguments<PruneFound>): Promise<PointsOutcome> {
  const found: PruneFound = { input, parts: [] };
  const run = openRun({ id: input.runId, input, found }, carried);
  setHandler(reportQuery, () => {
    const { report } = run.found;
    return report === undefined ? undefined : { ref: report, location: input.location };
  });
  const ending = await drive(pruneKind, run, carried[0]);
  throwUnlessWell(ending);
  return { outcome: ending.outcome, exitCode: ending.exitCode };
}

/** Why it is partial, where its marks or its sweep failed: past the point of no return that ends no run. */
function firstFailure({ failures }: Run<PruneFound>): ErrorDetail | undefined {
  return [...failures.values()][0];
}

function totalOf({ found: { parts } }: Run<PruneFound>): { points: number; objects: number; bytes: number } {
  return {
    points: parts.reduce((sum, part) => sum + part.points, 0),
    objects: parts.reduce((sum, part) => sum + part.objects, 0),
    bytes: parts.reduce((sum, part) => sum + part.bytes, 0),
  };
}
