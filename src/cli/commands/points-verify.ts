import type { Command } from 'commander';
import { observedUser } from '../../host/observed-user.ts';
import { newRunId } from '../../runs/run-client.ts';
import { watchPoints } from '../watch-points.ts';
import { temporalCommand, withDisplay } from './common.ts';
import type { CommonFlags } from './common.ts';
import { locationOf, withLocation, type LocationFlags } from './points-flags.ts';

interface VerifyFlags extends CommonFlags, LocationFlags {
  readonly detach?: boolean;
}

/** `landfall points verify`: reads recovery points whole and says what is missing or damaged. */
export function verifyCommand(): Command {
  return withDisplay(
    withLocation(temporalCommand('verify', 'read every content of recovery points and check it; changes none of them'))
  )
    .argument('[point...]', 'ids of recovery points, whole or short; default: every complete one')
    .option('--detach', 'start the run without watching')
    .action(async (points: readonly string[], flags: VerifyFlags) => {
      const location = await locationOf(flags);
      const runId = newRunId(location.name);
      const input = { runId, location, asked: observedUser(), points };
      await watchPoints(runId, (runs) => runs.startVerify(input), flags);
    });
}
