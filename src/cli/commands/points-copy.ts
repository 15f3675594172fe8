import type { Command } from 'commander';
import { observedUser } from '../../host/observed-user.ts';
import { newRunId } from '../../runs/run-client.ts';
import { watchPoints } from '../watch-points.ts';
import { temporalCommand, withDisplay } from './common.ts';
import type { CommonFlags } from './common.ts';
import { locationOf, otherLocation, withLocation, type LocationFlags } from './points-flags.ts';

interface CopyFlags extends CommonFlags, LocationFlags {
  readonly to: string;
  readonly rereadVolumes?: true;
  readonly detach?: boolean;
}

/** `landfall points copy`: makes another Location hold the same recovery points, and heals what is damaged there. */
export function copyCommand(): Command {
  return withDisplay(
    withLocation(
      temporalCommand(
        'copy',
        'copy recovery points to another Location, and read them back there; replaces what is damaged'
      )
    )
  )
    .argument('[point...]', 'ids of recovery points, whole or short; default: every complete one')
    .requiredOption('--to <name>', 'the Location of the file to copy to')
    .option('--reread-volumes', 'also read data of volumes that was copied before, and replace what is damaged')
    .option('--detach', 'start the run without watching')
    .action(async (points: readonly string[], flags: CopyFlags) => {
      const location = await locationOf(flags);
      const target = await otherLocation(flags, '--to', flags.to);
      const runId = newRunId(`${location.name}-to-${target.name}`);
      const { rereadVolumes } = flags;
      const asked = observedUser();
      const input = { runId, location, target, asked, points, ...(rereadVolumes && { rereadVolumes }) };
      await watchPoints(runId, (runs) => runs.startCopy(input), flags);
    });
}
