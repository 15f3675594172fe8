import type { Command } from 'commander';
import { openRunClient } from '../../runs/run-client.ts';
import { showRun, watchRun } from '../watch-run.ts';
import { showWave, watchWave } from '../watch-wave.ts';
import { temporalCommand, withDisplay } from './common.ts';
import type { CommonFlags } from './common.ts';
import { seconds, wholeNumberFrom } from './numbers.ts';

interface StatusFlags extends CommonFlags {
  readonly wait?: boolean;
  readonly timeout?: number;
  readonly since: number;
  readonly report?: string;
}

/** `landfall status RUN`: where a run is; with `--wait` until it ends, with its exit code. */
export function statusCommand(): Command {
  return withDisplay(temporalCommand('status', 'show the state of a run'))
    .argument('<run>', 'id of the run, whole or short, or its name')
    .option('-w, --wait', 'watch until the run ends and exit with its code')
    .option('--report <file>', 'also write the report to a file, as JSON, once the run ends')
    .option('--timeout <seconds>', 'stop watching after this time (exit code 8); the run continues', seconds)
    .option('--since <seq>', 'with -o json: only events after this sequence number', wholeNumberFrom(0), 0)
    .action(async (run: string, flags: StatusFlags) => {
      const runs = await openRunClient(flags, (message) => console.error(message));
      const found = await runs.find(run);
      const [watch, show] = found.kind === 'wave' ? [watchWave, showWave] : [watchRun, showRun];
      process.exitCode = await (flags.wait ? watch : show)(runs, found, flags);
      await runs.close();
    });
}
