import type { Command } from 'commander';
import { LandfallError } from '../../core/errors.ts';
import { ownCommand } from '../../runs/own-command.ts';
import { openRunClient } from '../../runs/run-client.ts';
import { readWave, waveInputOf } from '../../runs/wave-input.ts';
import type { WaveFlags } from '../../runs/wave-input.ts';
import { watchWave } from '../watch-wave.ts';
import { temporalCommand, withDisplay } from './common.ts';
import type { CommonFlags } from './common.ts';
import { wavePlanCommand } from './wave-plan.ts';

interface StartFlags extends CommonFlags, Omit<WaveFlags, 'file'> {
  readonly file?: string;
  readonly dryRun?: boolean;
  readonly detach?: boolean;
}

/** `landfall wave -f FILE`: starts a MigrationWave, or continues one that has ended, and shows it until it ends. */
export function waveCommand(): Command {
  return withDisplay(temporalCommand('wave', 'move many namespaces, in an order, within bounds, at allowed times'))
    .option('-f, --file <file>', 'the file, with a document of kind MigrationWave')
    .option('--name <name>', 'which MigrationWave of the file, where it has several')
    .option('--dry-run', 'capture and plan each namespace, then ask the target about every object without storing any')
    .option('--plans <directory>', 'run exactly these plans, one for each namespace; made by `landfall wave plan`')
    .option('--retry <run>', 'run again what did not arrive with this wave, which has ended')
    .option('--detach', 'start it and do not watch')
    .action(async (flags: StartFlags, command: Command) => {
      const { file } = flags;
      if (file === undefined) return command.error("error: required option '-f, --file <file>' not specified");
      return start({ ...flags, file });
    })
    .addCommand(wavePlanCommand().exitOverride());
}

async function start(flags: StartFlags & WaveFlags): Promise<void> {
  if (flags.plans !== undefined && flags.dryRun === true) {
    throw new LandfallError('CONFIG_INVALID', {
      what: '--plans and --dry-run do not go together',
      fix: 'run the plans, or check the file with --dry-run',
    });
  }
  const written = await readWave(flags, flags.dryRun === true ? 'dry-run' : 'move');
  const runs = await openRunClient(flags, (message) => console.error(message));
  const input = await waveInputOf(runs, { ...written, retry: flags.retry }, (message) => console.error(message));
  const { runId } = input;
  const handle = await runs.startWave(input);
  // Its later parts have other run ids of Temporal: the handle must not hold the first.
  const whole = runs.client.workflow.getHandle(handle.workflowId);
  if (flags.detach !== true) process.exitCode = await watchWave(runs, { handle: whole, runId }, flags);
  else if (flags.output === 'json') console.log(JSON.stringify({ run: runId, detached: true }));
  else console.log(`${runId}: started; watch it with: ${ownCommand(`status ${runId} --wait`, flags)}`);
  await runs.close();
}
