import { setHandler } from '@temporalio/workflow';
import { errorDetail } from '../../src/core/errors.ts';
import type { ErrorCode, ErrorDetail } from '../../src/core/errors.ts';
import { exitCodeOfError } from '../../src/core/run/exit-code.ts';
import type { ChosenPoints, VerifiedPart, VerifyInput } from '../../src/core/retention/contract.ts';
import { sitesOf } from '../../src/core/run/sites.ts';
import type { StoredRef } from '../../src/core/stored-ref.ts';
import { verifyTable } from '../../src/saga/tables/verify.ts';
import type { VerifyAction } from '../../src/saga/tables/verify.ts';
import type { PointsOutcome } from '../prune/prune.ts';
import { contextOf, requestOf } from '../prune/point-run.ts';
import { activities, activitiesAt } from '../saga/activities.ts';
import { drive, required, throwUnlessWell } from '../saga/drive.ts';
import { reportQuery } from '../saga/messages.ts';
import { openRun } from '../saga/run.ts';
import type { ActionHandler, ActionDone, CarriedArguments, Run, RunKind } from '../saga/run.ts';

interface VerifyFound {
  readonly input: VerifyInput;
  chosen?: ChosenPoints;
  /** What was read so far. */
  parts: readonly VerifiedPart[];
  report?: StoredRef;
}

const actions: Readonly<Record<VerifyAction, ActionHandler<VerifyFound>>> = {
  async 'open-run'(run) {
    const { points } = run.found.input;
    await activitiesAt(sitesOf(run.found.input)).openPointRun({
      context: contextOf(run),
      request: { ...requestOf(run, 'verify'), points },
    });
  },

  async 'choose-points'(run, { stepId }) {
    const { points } = run.found.input;
    run.found.chosen = await activities.chooseVerifiedPoints({ context: contextOf(run), points, stepId });
    const { chosen, others } = run.found.chosen;
    return { summary: { counts: { points: chosen, skipped: others } } };
  },

  /** Part after part: each begins with a fresh time limit, and says what it found when it is done. */
  async 'read-points'(run, { stepId }) {
    const { choice, chosen } = required(run.found.chosen, 'choice');
    const { heal } = run.found.input;
    for (let from = 0; from < chosen;) {
      const part = await activities.verifyPoints({
        ...{ context: contextOf(run), choice, from, stepId },
        ...(heal === undefined ? {} : { heal }),
      });
      for (const finding of part.findings) run.journal.emit({ type: 'finding', ...finding });
      run.found.parts = [...run.found.parts, part];
      from = part.next;
    }
    return verdictOf(run);
  },
};

/** Damage fails the run; what was asked for and not read leaves it partial. */
function verdictOf(run: Run<VerifyFound>): ActionDone {
  const { parts, input } = run.found;
  const total = (field: 'whole' | 'damaged' | 'deleted' | 'objects' | 'bytes' | 'volumes'): number =>
    parts.reduce((sum, part) => sum + part[field], 0);
  const [damaged, deleted, volumes] = [total('damaged'), total('deleted'), total('volumes')];
  const unopened = parts.reduce((sum, part) => sum + (part.unopened ?? 0), 0);
  const summary = {
    counts: { points: total('whole'), damaged, deleted, objects: total('objects'), bytes: total('bytes') },
  };
  if (damaged > 0) return { summary, ending: damageOf(parts, damaged) };
  const unread = unreadOf({ volumes, unopened, deleted: input.points.length > 0 ? deleted : 0 });
  return { summary, ...(unread === undefined ? {} : { incomplete: unread }) };
}

function damageOf(parts: readonly VerifiedPart[], damaged: number): NonNullable<ActionDone['ending']> {
  const first = parts.flatMap(({ findings }) => findings).find(({ severity }) => severity === 'blocker');
  const code = (first?.code ?? 'STORED_OBJECT_CORRUPT') as ErrorCode;
  const others = damaged > 1 ? `; ${damaged} recovery points are damaged` : '';
  const error = errorDetail(code, {
    what: `${first?.subject ?? 'a recovery point'}: ${first?.message ?? 'it is damaged'}${others}`,
    ...(first === undefined ? {} : { fix: first.remedy }),
  });
  return { outcome: 'failed', exitCode: exitCodeOfError(code), error };
}

interface Unread {
  /** Of points whose other content is whole. */
  readonly volumes: number;
  /** Points whose content could not be decrypted. */
  readonly unopened: number;
  /** Points that were named. */
  readonly deleted: number;
}

function unreadOf({ volumes, unopened, deleted }: Unread): ErrorDetail | undefined {
  if (deleted > 0) {
    const what = `${deleted} of the recovery points that were named were deleted before they were read`;
    return errorDetail('RECOVERY_POINT_DELETED', { what });
  }
  if (unopened > 0) {
    const points = unopened === 1 ? 'one recovery point' : `${unopened} recovery points`;
    const what = `the content of ${points} was compared with its hashes and not decrypted, without the key`;
    return errorDetail('POINT_UNREAD_WITHOUT_KEY', { what });
  }
  if (volumes === 0) return undefined;
  const what = `the data of ${volumes === 1 ? 'one volume' : `${volumes} volumes`} was not read`;
  return errorDetail('RECOVERY_POINT_VOLUMES_UNREAD', { what });
}

const verifyKind: RunKind<undefined, VerifyFound, VerifyAction, never> = {
  table: verifyTable,
  actions,
  compensations: {},
  introduce: ({ input }) => ({ name: input.location.name, source: '', target: '' }),
  facts: () => undefined,
  phaseSummary: () => ({ counts: {} }),
  async writeReport(run, { outcome, exitCode, error }) {
    const { input, chosen } = run.found;
    run.found.report = await activities.writeVerifyReport({
      context: contextOf(run),
      request: {
        ...{ outcome, exitCode, asked: input.asked, phases: run.journal.phases },
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

/** Reads recovery points of a Location whole: whether every content is there and is what was captured. */
export async function verify(input: VerifyInput, ...carried: CarriedArguments<VerifyFound>): Promise<PointsOutcome> {
  const found: VerifyFound = { input, parts: [] };
  const run = openRun({ id: input.runId, input, found }, carried);
  setHandler(reportQuery, () => {
    const { report } = run.found;
    return report === undefined ? undefined : { ref: report, location: input.location };
  });
  const ending = await drive(verifyKind, run, carried[0]);
  throwUnlessWell(ending);
  return { outcome: ending.outcome, exitCode: ending.exitCode };
}
