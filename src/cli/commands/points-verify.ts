import type { Command } from 'commander';
import { observedUser } from '../../host/observed-user.ts';
import { newRunId } from '../../runs/run-client.ts';
import { watchPoints } from '../watch-points.ts';
import { temporalCommand, withDisplay } from './common.ts';
import type { CommonFlags } from './common.ts';
import { locationOf, otherLocation, withLocation, type LocationFlags } from './points-flags.ts';

interface VerifyFlags extends CommonFlags, LocationFlags {
  readonly heal: readonly string[];
  readonly detach?: boolean;
}

/** `landfall points verify`: reads recovery points whole and says what is missing or damaged. */
export function verifyCommand(): Command {
  return withDisplay(
    withLocation(temporalCommand('verify', 'read every content of recovery points and check it; changes none of them'))
  )
    .argument('[point...]', 'ids of recovery points, whole or short; default: every complete one')
    .option(
      '--heal <name>',
      'heal what is damaged from the copy in this Location of the file, and read it again; can be repeated',
      (name: string, before: readonly string[]) => [...before, name],
      []
    )
    .option('--detach', 'start the run without watching')
    .action(async (points: readonly string[], flags: VerifyFlags) => {
      const location = await locationOf(flags);
      const runId = newRunId(location.name);
      const heal = await Promise.all(flags.heal.map((name) => otherLocation(flags, '--heal', name)));
      const asked = observedUser();
      const input = { runId, location, asked, points, ...(heal.length === 0 ? {} : { heal }) };
      await watchPoints(runId, (runs) => runs.startVerify(input), flags);
    });
}
