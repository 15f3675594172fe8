import type { Command } from 'commander';
import { loadFile } from '../../config/load.ts';
import { chooseNamed } from '../choose.ts';
import { newRunId, openRunClient } from '../run-client.ts';
import { watchWave } from '../watch-wave.ts';
import { temporalCommand, withDisplay } from './common.ts';
import type { CommonFlags } from './common.ts';

interface WaveFlags extends CommonFlags {
  readonly file: string;
  readonly name?: string;
  readonly detach?: boolean;
}

/** `landfall wave -f FILE`: starts a MigrationWave and shows it until it ends. */
export function waveCommand(): Command {
  return withDisplay(temporalCommand('wave', 'move many namespaces, in an order, within bounds, at allowed times'))
    .requiredOption('-f, --file <file>', 'the file, with a document of kind MigrationWave')
    .option('--name <name>', 'which MigrationWave of the file, where it has several')
    .option('--detach', 'start it and do not watch')
    .action(async (flags: WaveFlags) => {
      const { waves } = await loadFile(flags.file);
      const spec = chooseNamed(waves, flags, 'MigrationWave');
      const runs = await openRunClient(flags, (message) => console.error(message));
      const runId = newRunId(spec.name);
      const handle = await runs.startWave({ runId, spec });
      // Its later parts have other run ids of Temporal: the handle must not hold the first.
      const whole = runs.client.workflow.getHandle(handle.workflowId);
      if (flags.detach !== true) process.exitCode = await watchWave(runs, whole, runId, flags);
      else if (flags.output === 'json') console.log(JSON.stringify({ run: runId, detached: true }));
      else console.log(`${runId}: started; watch it with: landfall status ${runId} --wait`);
      await runs.close();
    });
}
