import type { Command } from 'commander';
import { openRunClient } from '../../runs/run-client.ts';
import { watchRun } from '../watch-run.ts';
import { watchWave } from '../watch-wave.ts';
import { temporalCommand, withDisplay } from './common.ts';
import type { CommonFlags } from './common.ts';

/** `landfall resume RUN`: starts the engine where needed, lets a waiting step try again, and watches. */
export function resumeCommand(): Command {
  return withDisplay(
    temporalCommand('resume', 'continue a run whose command or machine was stopped, or that is waiting')
  )
    .argument('<run>', 'id of the run, whole or short, or its name')
    .option('--report <file>', 'also write the report to a file, as JSON, once the run ends')
    .option('--detach', 'continue without watching')
    .action(async (run: string, flags: CommonFlags & { detach?: boolean; report?: string }) => {
      const runs = await openRunClient(flags, (message) => console.error(message));
      const { handle, runId, kind } = await runs.find(run);
      const { status } = await handle.describe();
      if (status.name === 'RUNNING') await handle.signal('resume');
      if (flags.detach) console.log(`${runId}: continues; watch it with: landfall status ${runId} --wait`);
      else process.exitCode = await (kind === 'wave' ? watchWave : watchRun)(runs, { handle, runId }, flags);
      await runs.close();
    });
}
