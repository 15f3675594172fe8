import { shortIds } from '../../core/identity/run-id.ts';
import type { PruneChoice } from '../../core/retention/choose-points.ts';
import type {
  CopiedPoint,
  CopyReport,
  PointsReport,
  PruneReport,
  SweepResult,
  VerifiedPoint,
  VerifyReport,
} from '../../core/retention/report.ts';
import { formatBytes, formatCount, formatDuration, plural } from '../../core/run/format.ts';
import { parseInstant } from '../../core/run/instant.ts';
import { table } from '../table.ts';
import { clean } from './width.ts';

/** What a run that deletes points did, or would do. */
export interface Pruned {
  readonly points: readonly PruneChoice[];
  /** Absent: it ended before it swept. */
  readonly sweep?: SweepResult;
}

/** Problems of one point that are shown; the report has all of them. */
const problemsShown = 5;

/** The report of a run about recovery points as lines of plain text: who asked, how it ended, and every point. */
export function pointsReportLines(report: PointsReport): string[] {
  const { run, kind, location, outcome, exitCode, asked, started, finished, error } = report;
  const took = formatDuration((parseInstant(finished) ?? 0) - (parseInstant(started) ?? 0));
  return [
    `${kind} of Location ${location}: ${outcome} (exit code ${exitCode}) in ${took}`,
    `  run ${run}, requested by user ${asked.user} on host ${asked.host} at ${started}`,
    ...(error === undefined ? [] : [`  ${error.code}  ${error.what}`]),
    ...pointsResultLines(report),
  ].map(clean);
}

/** The same without its head: what the command that watched the run prints. */
export function pointsResultLines(report: PointsReport): string[] {
  if (report.kind === 'prune') return prunedLines(report).map(clean);
  return (report.kind === 'copy' ? copiedLines(report) : verifiedLines(report)).map(clean);
}

/** What would go and why the others stay, before anything is done. */
export function previewLines(pruned: Pruned): string[] {
  const going = pruned.points.filter(({ goes }) => goes).length;
  return [
    ...choiceLines(pruned.points, `${plural(going, 'recovery point')} would be marked for deletion`),
    ...(pruned.sweep === undefined ? [] : sweepLines(pruned.sweep, 'would remove')),
    'nothing was changed; add --yes to delete',
  ].map(clean);
}

function prunedLines({ points, sweep }: PruneReport): string[] {
  const marked = points.filter(({ state }) => state !== 'kept').length;
  return [
    ...choiceLines(points, `${plural(marked, 'recovery point')} marked for deletion`),
    ...(sweep === undefined ? ['nothing was removed: the run ended before'] : sweepLines(sweep, 'removed')),
  ];
}

function choiceLines(points: readonly PruneChoice[], done: string): string[] {
  if (points.length === 0) return [];
  const short = shortIds(points.map(({ id }) => id));
  const rows = points.map(({ id, goes, why }) => [short.get(id) ?? id, goes ? 'yes' : 'no', why]);
  return [...table(['POINT', 'GOES', 'WHY'], rows).split('\n'), done];
}

function sweepLines(swept: SweepResult, verb: string): readonly string[] {
  const { points, objects, bytes, keptRuns, sealedRuns = [], waiting, holds, problem, clockAheadMs } = swept;
  const gone = `${plural(objects, 'object')}, ${formatBytes(bytes)}, of ${plural(points.length, 'deleted point')}`;
  return [
    objects === 0 ? 'nothing to remove now' : `${verb} ${gone}`,
    ...waiting.map(({ point, runs, dueAtMs }) =>
      runs.length > 0
        ? `${point} will be removed once run ${runs.join(', ')} no longer uses it`
        : `${point} will be removed by the first sweep after ${new Date(dueAtMs).toISOString()}`
    ),
    ...keptRuns.map(
      (run) => `objects of run ${run} are kept: it has not ended, or is not undone (landfall cleanup ${run})`
    ),
    ...sealedRuns.map(
      (run) => `objects of run ${run} are kept: its report is encrypted; sweep where the Location names an identity`
    ),
    ...holds.map(
      ({ run, point, renewedAtMs }) =>
        `data is kept while run ${run} writes ${point}, last seen ${new Date(renewedAtMs).toISOString()}; if it is dead: landfall cleanup ${run}, or landfall points delete ${point}`
    ),
    ...(clockAheadMs === undefined
      ? []
      : [
          `the clock of the store is ${formatDuration(clockAheadMs)} ahead of this machine's: ages are computed with the earlier of the two`,
        ]),
    ...(problem === undefined
      ? []
      : [`data is kept, because it is not known what is still needed: ${problem.what} (${problem.code})`]),
  ];
}

function verifiedLines({ points, skipped }: VerifyReport): string[] {
  const short = shortIds([...points, ...skipped].map(({ id }) => id));
  const rows = [
    ...points.map(({ id, state, objects, bytes, volumes, unopened }) => [
      ...[short.get(id) ?? id, state === 'damaged' ? 'DAMAGED' : state],
      ...[unopened === undefined ? formatCount(objects) : 'not opened', formatBytes(bytes)],
      volumes === 0 ? '0' : `${volumes} not read`,
    ]),
    ...skipped.map(({ id, why }) => [short.get(id) ?? id, 'not verified', '-', '-', why]),
  ];
  const counts = (state: VerifiedPoint['state']): number => points.filter((point) => point.state === state).length;
  const damaged = counts('damaged');
  const verdict = damaged === 0 ? 'none is damaged' : `${damaged} DAMAGED`;
  return [
    ...(rows.length === 0 ? [] : table(['POINT', 'STATE', 'OBJECTS', 'BYTES', 'VOLUMES'], rows).split('\n')),
    ...points.flatMap(problemLines),
    ...points.flatMap(({ id, healed = 0 }) =>
      healed === 0 ? [] : [`${id}: ${plural(healed, 'object')} healed from a copy, then read whole`]
    ),
    ...points.flatMap(({ id, unopened }) => (unopened === undefined ? [] : [`${id}: ${unopened}`])),
    rows.length === 0
      ? 'no recovery points; create one with: landfall migrate -f FILE'
      : `${plural(points.length, 'recovery point')} read: ${verdict}`,
  ];
}

function copiedLines({ points, skipped, target }: CopyReport): string[] {
  const short = shortIds([...points, ...skipped].map(({ id }) => id));
  const rows = [
    ...points.map(({ id, state, objects, bytes, copiedBytes, healed }) => [
      ...[short.get(id) ?? id, state === 'failed' ? 'NOT COPIED' : state, formatCount(objects)],
      ...[formatBytes(bytes), formatBytes(copiedBytes), formatCount(healed)],
    ]),
    ...skipped.map(({ id, why }) => [short.get(id) ?? id, 'not copied', '-', '-', '-', '-', why]),
  ];
  const counts = (state: CopiedPoint['state']): number => points.filter((point) => point.state === state).length;
  const failed = counts('failed');
  return [
    ...(rows.length === 0 ? [] : table(['POINT', 'STATE', 'OBJECTS', 'BYTES', 'SENT', 'HEALED'], rows).split('\n')),
    ...points.flatMap(({ id, problem }) => (problem === undefined ? [] : [`${id}: ${problem.code}  ${problem.what}`])),
    rows.length === 0
      ? 'no recovery points; create one with: landfall backup -f FILE'
      : `${plural(counts('copied'), 'recovery point')} read back in Location ${target}${failed === 0 ? '' : `: ${failed} NOT COPIED`}`,
  ];
}

function problemLines({ id, problems, problemCount }: VerifiedPoint): string[] {
  const shown = problems.slice(0, problemsShown);
  const hidden = problemCount - shown.length;
  return [
    ...shown.map(({ code, what }) => `${id}: ${code}  ${what}`),
    ...(hidden > 0 ? [`${id}: and ${formatCount(hidden)} more problems: see the report with -o json`] : []),
  ];
}
