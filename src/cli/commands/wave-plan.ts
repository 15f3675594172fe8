import { userInfo } from 'node:os';
import type { Command } from 'commander';
import type { WaveView } from '../../core/wave/wave.ts';
import { openRunClient } from '../../runs/run-client.ts';
import { readWave, waveInputOf } from '../../runs/wave-input.ts';
import type { WaveFlags } from '../../runs/wave-input.ts';
import { collectPlans, makePlanDirectory } from '../../runs/wave-plans.ts';
import { plannedLines, plannedRow } from '../wave-plan-table.ts';
import { watchRun } from '../watch-run.ts';
import { writeWaveLines } from '../watch-wave.ts';
import { temporalCommand, withDisplay } from './common.ts';
import type { CommonFlags } from './common.ts';

interface PlanFlags extends CommonFlags, Omit<WaveFlags, 'file' | 'plans'> {
  readonly file?: string;
  readonly outDir?: string;
  readonly by?: string;
  /** Options of `landfall wave` that have no meaning here, though they are taken there. */
  readonly dryRun?: boolean;
  readonly plans?: string;
  readonly detach?: boolean;
}

/** `landfall wave plan -f FILE`: plans every namespace of a wave, and shows the plans as one table. */
export function wavePlanCommand(): Command {
  return withDisplay(temporalCommand('plan', 'plan every namespace of a wave; writes nothing on the clusters'))
    .option('-f, --file <file>', 'the file, with a document of kind MigrationWave')
    .option('--name <name>', 'which MigrationWave of the file, where it has several')
    .option('--out-dir <directory>', 'write the plan of each namespace into it, to be approved and run')
    .option('--retry <run>', 'plan only what did not arrive with this wave, which has ended')
    .option('--by <who>', 'who plans; default: the user of this machine')
    .action(async (_: unknown, command: Command) => {
      // The options that `landfall wave` has as well are taken there.
      const flags = command.optsWithGlobals<PlanFlags>();
      const { file } = flags;
      if (file === undefined) return command.error("error: required option '-f, --file <file>' not specified");
      const strange = Object.entries({ '--dry-run': flags.dryRun, '--plans': flags.plans, '--detach': flags.detach });
      const [option] = strange.find(([, value]) => value !== undefined) ?? [];
      if (option !== undefined) return command.error(`error: unknown option '${option}'`);
      return planWave({ ...flags, file });
    });
}

async function planWave(flags: PlanFlags & { readonly file: string }): Promise<void> {
  const { outDir, retry, by = userInfo().username } = flags;
  const written = await readWave(flags, 'plan');
  if (outDir !== undefined) await makePlanDirectory(outDir);
  const runs = await openRunClient(flags, (message) => console.error(message));
  const input = await waveInputOf(runs, { ...written, retry }, (message) => console.error(message));
  const handle = await runs.startWave({ ...input, plan: { by } });
  const whole = runs.client.workflow.getHandle(handle.workflowId);
  process.exitCode = await watchRun(runs, { handle: whole, runId: input.runId }, { ...flags, next: '' });
  const view = await whole.query<WaveView, []>('wave').catch(() => undefined);
  if (view?.state === 'ended' && view.items.length > 0) {
    const rows = await collectPlans(runs, { view, directory: outDir }, plannedRow);
    if (flags.output === 'json') console.log(JSON.stringify({ wave: view.name, run: view.run, plans: rows }));
    else writeWaveLines(plannedLines({ view, rows }, flags), flags);
  }
  await runs.close();
}
