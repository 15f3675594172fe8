import type { Command } from 'commander';
import { LandfallError } from '../../core/errors.ts';
import type { PointsReport } from '../../core/retention/report.ts';
import { summarise } from '../../core/run/summarise.ts';
import { readAssessment, readPointsReport, readReport } from '../../runs/read-report.ts';
import { assessmentText } from '../render/assessment-text.ts';
import { pointsReportLines } from '../render/points-text.ts';
import { openRunClient } from '../../runs/run-client.ts';
import { temporalCommand } from './common.ts';
import type { CommonFlags } from './common.ts';
import { reportDetails } from '../report-details.ts';
import type { Assessment } from '../../assess/assessment.ts';

/** `landfall report RUN`: what a run did, whole. */
export function reportCommand(): Command {
  return temporalCommand('report', 'show the report of a run that has ended')
    .argument('<run>', 'id of the run, whole or short, or its name')
    .action(async (run: string, flags: CommonFlags) => {
      const runs = await openRunClient(flags, (message) => console.error(message));
      const { handle, runId, kind } = await runs.find(run);
      if (kind === 'prune' || kind === 'verify' || kind === 'copy') {
        const points = await readPointsReport(handle);
        await runs.close();
        return showPoints(points ?? noReport(runId), flags);
      }
      const assessment = await readAssessment(handle);
      const report = assessment === undefined ? await readReport(handle) : undefined;
      await runs.close();
      if (assessment !== undefined) return showAssessment(assessment, flags);
      if (report === undefined) return noReport(runId);
      if (flags.output === 'json') console.log(JSON.stringify(report, null, 2));
      else for (const line of [...summarise(report), ...reportDetails(report)]) console.log(line);
    });
}

function noReport(runId: string): never {
  throw new LandfallError('RUN_NOT_FOUND', {
    what: `run ${runId} has no report yet`,
    fix: `watch it with: landfall status ${runId} --wait`,
  });
}

function showPoints(report: PointsReport, { output }: CommonFlags): void {
  if (output === 'json') return console.log(JSON.stringify(report, null, 2));
  for (const line of pointsReportLines(report)) console.log(line);
}

function showAssessment(assessment: Assessment, { output }: CommonFlags): void {
  if (output === 'json') return console.log(JSON.stringify(assessment, null, 2));
  for (const line of assessmentText(assessment, 'with -o json')) console.log(line);
}
