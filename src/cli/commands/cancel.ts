import type { Command } from 'commander';
import { frozenLines } from '../detach.ts';
import { askSource, openRunClient } from '../../runs/run-client.ts';
import { watchRun } from '../watch-run.ts';
import { watchWave } from '../watch-wave.ts';
import { temporalCommand, withDisplay } from './common.ts';
import type { CommonFlags } from './common.ts';

/** `landfall cancel RUN`: asks the run to stop and undo everything, and shows it doing so. */
export function cancelCommand(): Command {
  return withDisplay(temporalCommand('cancel', 'cancel a run: everything it did is undone'))
    .argument('<run>', 'id of the run, whole or short, or its name')
    .option('--detach', 'do not wait for the undo to finish')
    .action(async (run: string, flags: CommonFlags & { detach?: boolean }) => {
      const runs = await openRunClient(flags, (message) => console.error(message));
      const { handle, runId, kind } = await runs.find(run);
      // Shown by whoever watches; not watched, it would be undone without a word about an application that stands still.
      const isUnseen = flags.detach === true || flags.quiet === true || flags.progress === 'quiet';
      const source = isUnseen && (kind === 'migrate' || kind === 'backup') ? await askSource(runs.client, handle) : '';
      await handle.cancel();
      for (const line of frozenLines(runId, source)) console.error(line);
      if (flags.detach) console.log(`${runId}: cancel requested; watch the undo with: landfall status ${runId} --wait`);
      else process.exitCode = await (kind === 'wave' ? watchWave : watchRun)(runs, { handle, runId }, flags);
      await runs.close();
    });
}
