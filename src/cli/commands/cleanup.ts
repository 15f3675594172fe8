import type { Command } from 'commander';
import { openRunClient } from '../../runs/run-client.ts';
import { startCleanup } from '../../runs/start-cleanup.ts';
import { watchRun } from '../watch-run.ts';
import { temporalCommand, withDisplay } from './common.ts';
import type { CommonFlags } from './common.ts';

/** `landfall cleanup RUN`: removes what a run has left that could not undo it itself. */
export function cleanupCommand(): Command {
  return withDisplay(temporalCommand('cleanup', 'remove what a terminated or failed run left on both clusters'))
    .argument('<run>', 'id of the run, whole or short, or its name')
    .option('--detach', 'do not wait for it to finish')
    .action(async (run: string, flags: CommonFlags & { detach?: boolean }) => {
      const runs = await openRunClient(flags, (message) => console.error(message));
      const { handle, runId } = await startCleanup(runs, run);
      if (flags.detach) console.log(`${runId}: is being cleaned up`);
      else process.exitCode = await watchRun(runs, { handle, runId }, flags);
      await runs.close();
    });
}
