import type { Command } from 'commander';
import { loadFile } from '../../model/load-file.ts';
import { writePrivate } from '../../host/private-file.ts';
import { readAssessment } from '../../runs/read-report.ts';
import { assessmentHtml } from '../render/assessment-html.ts';
import { assessmentMarkdown } from '../render/assessment-markdown.ts';
import { assessmentText } from '../render/assessment-text.ts';
import { newRunId, openRunClient } from '../../runs/run-client.ts';
import { watchRun } from '../watch-run.ts';
import type { EndRun } from '../watch-run.ts';
import { chooseNamed } from '../../runs/choose.ts';
import { handleSchedules, isAboutSchedules } from './assess-schedule.ts';
import type { AssessFlags } from './assess-flags.ts';
import { temporalCommand, withDisplay } from './common.ts';
import type { Assessment } from '../../assess/assessment.ts';

/** `landfall assess -f FILE`: what would block a migration, before anything is touched. */
export function assessCommand(): Command {
  return withDisplay(
    temporalCommand('assess', 'report what would block a migration, and change nothing', ['text', 'json', 'html'])
  )
    .option('-f, --file <file>', 'the configuration file: Cluster, Location and Migration documents', '')
    .option('--name <name>', 'the Migration to use, if the file has several')
    .option(
      '--report <file>',
      'also write the assessment to a file; the extension chooses the format: .json, .html or .md'
    )
    .option('--exit-code', 'exit with 4 if there are open warnings (open blockers always exit with 5)')
    .option('--no-images', 'do not query registries for the images')
    .option('--no-probes', 'start no pods on the target: storage and external addresses are not tested')
    .option('--schedule <cron>', 'assess at these times, such as "0 3 * * *", instead of now; repeat to change them')
    .option('--time-zone <name>', 'time zone of --schedule', 'UTC')
    .option('--every <duration>', 'assess at this interval, such as 6h, instead of now')
    .option('--schedules', 'list the schedules, and the new findings of their last assessments')
    .option('--unschedule <name>', 'delete the schedule of this Migration')
    .action(async (flags: AssessFlags, command: Command) => {
      const needsFile = flags.schedules === undefined && flags.unschedule === undefined;
      if (needsFile && flags.file === '') command.error("error: required option '-f, --file <file>' not specified");
      if (isAboutSchedules(flags)) return handleSchedules(flags);
      const { migrations } = await loadFile(flags.file);
      const spec = chooseNamed(migrations, flags, 'Migration');
      const runs = await openRunClient(flags, (message) => console.error(message));
      const runId = newRunId(spec.name);
      const handle = await runs.startAssessment({
        runId,
        spec,
        exitCodeOnWarnings: flags.exitCode === true,
        probes: { storage: flags.probes, external: flags.probes, images: flags.images },
      });
      // The result is the assessment, in whatever form; the display of the run is on stderr.
      const { report: _, ...display } = flags;
      const watch = { ...display, output: 'text' as const };
      process.exitCode = await watchRun(runs, { handle, runId, showEnd: showAssessment(flags) }, watch);
      await runs.close();
    });
}

function showAssessment(flags: AssessFlags): EndRun {
  return async ({ renderer, handle }) => {
    renderer.end({});
    const assessment = await readAssessment(handle).catch(() => undefined);
    if (assessment === undefined) return;
    if (flags.report !== undefined) await writePrivate(flags.report, inForm(assessment, formOf(flags.report), flags));
    process.stdout.write(inForm(assessment, flags.output, flags));
  };
}

type Form = 'text' | 'json' | 'html' | 'markdown';

function formOf(path: string): Form {
  if (/\.html?$/i.test(path)) return 'html';
  return /\.(md|markdown)$/i.test(path) ? 'markdown' : 'json';
}

/** The same data in every form. */
function inForm(assessment: Assessment, form: Form, { file, report, quiet }: AssessFlags): string {
  switch (form) {
    case 'json':
      return `${JSON.stringify(assessment, null, 2)}\n`;
    case 'html':
      return assessmentHtml(assessment);
    case 'markdown':
      return assessmentMarkdown(assessment);
    case 'text': {
      const lines = assessmentText(assessment, report ?? `landfall assess -f ${file} --report assessment.html`);
      return `${(quiet === true ? lines.slice(0, 1) : lines).join('\n')}\n`;
    }
  }
}
