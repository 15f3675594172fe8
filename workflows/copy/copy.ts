import { setHandler } from '@temporalio/workflow';
import { errorDetail } from '../../src/core/errors.ts';
import type { ErrorCode } from '../../src/core/errors.ts';
import type { ChosenPoints } from '../../src/core/retention/contract.ts';
import type { CopiedPart, CopyInput } from '../../src/core/retention/copy-contract.ts';
import { exitCodeOfError } from '../../src/core/run/exit-code.ts';
import type { StoredRef } from '../../src/core/stored-ref.ts';
import { copyTable } from '../../src/saga/tables/copy.ts';
import type { CopyAction } from '../../src/saga/tables/copy.ts';
import { contextOf, requestOf } from '../prune/point-run.ts';
import type { PointsOutcome } from '../prune/prune.ts';
import { activities, activitiesAt } from '../saga/activities.ts';
import { drive, required, throwUnlessWell } from '../saga/drive.ts';
import { reportQuery } from '../saga/messages.ts';
import { openRun } from '../saga/run.ts';
import type { ActionDone, ActionHandler, CarriedArguments, Run, RunKind } from '../saga/run.ts';

interface CopyFound {
  readonly input: CopyInput;
  chosen?: ChosenPoints;
  /** What was copied so far. */
  parts: readonly CopiedPart[];
  report?: StoredRef;
}

const actions: Readonly<Record<CopyAction, ActionHandler<CopyFound>>> = {
  async 'open-run'(run) {
    const { points, target } = run.found.input;
    await activitiesAt(contextOf(run).sites ?? {}).openPointRun({
      context: contextOf(run),
      request: { ...requestOf(run, 'copy'), points, target: target.name },
    });
  },

  async 'choose-points'(run, { stepId }) {
    const { points } = run.found.input;
    run.found.chosen = await activities.chooseVerifiedPoints({ context: contextOf(run), points, stepId });
    const { chosen, others } = run.found.chosen;
    return { summary: { counts: { points: chosen, skipped: others } } };
  },

  /** Part after part: each begins with a fresh time limit, and says what it found when it is done. */
  async 'copy-points'(run, { stepId }) {
    const { choice, chosen } = required(run.found.chosen, 'choice');
    const { target, rereadVolumes } = run.found.input;
    for (let from = 0; from < chosen;) {
      const part = await activities.copyPoints({
        ...{ context: contextOf(run), choice, from, target, stepId },
        ...(rereadVolumes === undefined ? {} : { rereadVolumes }),
      });
      for (const finding of part.findings) run.journal.emit({ type: 'finding', ...finding });
      run.found.parts = [...run.found.parts, part];
      from = part.next;
    }
    return verdictOf(run);
  },
};

/** A point that could not be copied fails the run; one that was named and was deleted meanwhile leaves it partial. */
function verdictOf({ found: { parts, input } }: Run<CopyFound>): ActionDone {
  const total = (field: Exclude<keyof CopiedPart, 'findings' | 'next'>): number =>
    parts.reduce((sum, part) => sum + part[field], 0);
  const [failed, deleted] = [total('failed'), total('deleted')];
  const summary = {
    counts: {
      ...{ points: total('whole'), failed, deleted, objects: total('objects'), bytes: total('bytes') },
      ...{ copiedObjects: total('copiedObjects'), copiedBytes: total('copiedBytes'), healed: total('healed') },
    },
  };
  if (failed > 0) {
    const first = parts.flatMap(({ findings }) => findings).find(({ severity }) => severity === 'blocker');
    const code = (first?.code ?? 'STORED_OBJECT_CORRUPT') as ErrorCode;
    const others = failed > 1 ? `; ${failed} recovery points were not copied` : '';
    const what = `${first?.subject ?? 'a recovery point'}: ${first?.message ?? 'it was not copied'}${others}`;
    const error = errorDetail(code, { what, ...(first === undefined ? {} : { fix: first.remedy }) });
    return { summary, ending: { outcome: 'failed', exitCode: exitCodeOfError(code), error } };
  }
  if (input.points.length === 0 || deleted === 0) return { summary };
  const what = `${deleted} of the recovery points that were named were deleted before they were copied`;
  return { summary, incomplete: errorDetail('RECOVERY_POINT_DELETED', { what }) };
}

const copyKind: RunKind<undefined, CopyFound, CopyAction, never> = {
  table: copyTable,
  actions,
  compensations: {},
  introduce: ({ input }) => ({ name: input.location.name, source: input.location.name, target: input.target.name }),
  facts: () => undefined,
  phaseSummary: () => ({ counts: {} }),
  async writeReport(run, { outcome, exitCode, error }) {
    const { input, chosen } = run.found;
    run.found.report = await activities.writeCopyReport({
      context: contextOf(run),
      request: {
        ...{ outcome, exitCode, asked: input.asked, phases: run.journal.phases, target: input.target.name },
        ...{ startedAt: run.startedAt, finishedAt: new Date().toISOString() },
        ...(error === undefined ? {} : { error }),
        ...(chosen === undefined ? {} : { choice: chosen.choice }),
      },
    });
  },
  keepEvents: () => undefined,
  result: ({ journal, found: { report } }) => ({
    phases: journal.phases,
    ...(report === undefined ? {} : { report: report.key }),
  }),
};

/** Copies recovery points of one Location to another, and reads back there whatever they refer to. */
export async function copy(input: CopyInput, ...carried: CarriedArguments<CopyFound>): Promise<PointsOutcome> {
  const found: CopyFound = { input, parts: [] };
  const run = openRun({ id: input.runId, input, found }, carried);
  setHandler(reportQuery, () => {
    const { report } = run.found;
    return report === undefined ? undefined : { ref: report, location: input.location };
  });
  const ending = await drive(copyKind, run, carried[0]);
  throwUnlessWell(ending);
  return { outcome: ending.outcome, exitCode: ending.exitCode };
}
