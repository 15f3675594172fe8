import type { Command } from 'commander';
import { LandfallError } from '../../core/errors.ts';
import { summarise } from '../../core/run/summarise.ts';
import { readReport } from '../read-report.ts';
import { openRunClient } from '../run-client.ts';
import { temporalCommand } from './common.ts';
import type { CommonFlags } from './common.ts';
import { reportDetails } from '../report-details.ts';

/** `landfall report RUN`: what a run did, whole. */
export function reportCommand(): Command {
  return temporalCommand('report', 'show the report of a run that has ended')
    .argument('<run>', 'id of the run, or name of the migration')
    .action(async (run: string, flags: CommonFlags) => {
      const runs = await openRunClient(flags, (message) => console.error(message));
      const { handle, runId } = await runs.find(run);
      const report = await readReport(handle);
      await runs.close();
      if (report === undefined) {
        throw new LandfallError('RUN_NOT_FOUND', {
          what: `run ${runId} has no report yet`,
          fix: `watch it with: landfall status ${runId} --wait`,
        });
      }
      if (flags.output === 'json') console.log(JSON.stringify(report, null, 2));
      else for (const line of [...summarise(report), ...reportDetails(report)]) console.log(line);
    });
}
