import type { Command } from 'commander';
import { LandfallError } from '../../core/errors.ts';
import type { PrunePolicy } from '../../core/retention/choose-points.ts';
import type { PruneWish } from '../../core/retention/contract.ts';
import type { LocationSpec } from '../../core/spec/spec.ts';
import { observedUser } from '../../host/observed-user.ts';
import { openLocation } from '../../locations/open-location.ts';
import { previewPrune } from '../preview-prune.ts';
import { previewLines } from '../render/points-text.ts';
import { newRunId } from '../../runs/run-client.ts';
import { temporalCommand, withDisplay } from './common.ts';
import type { CommonFlags } from './common.ts';
import { durationOf, locationOf, withLocation, type LocationFlags } from './points-flags.ts';
import { watchPoints } from '../watch-points.ts';
import { wholeNumberFrom } from './numbers.ts';

interface DeleteFlags extends CommonFlags, LocationFlags {
  readonly grace: string;
  readonly yes?: boolean;
  readonly detach?: boolean;
}

interface PruneFlags extends DeleteFlags {
  readonly keepLast?: number;
  readonly olderThan?: string;
}

/** `landfall points delete`: recovery points by name. */
export function deleteCommand(): Command {
  return deleting('delete', 'delete recovery points by name; without --yes, only shows what would be deleted')
    .argument('<point...>', 'ids of recovery points, whole or short')
    .action((names: readonly string[], flags: DeleteFlags) => deletePoints({ by: 'name', names }, flags));
}

/** `landfall points prune`: recovery points by age and number. */
export function pruneCommand(): Command {
  return deleting('prune', 'delete recovery points by age and number; without --yes, only shows what would be deleted')
    .option('--keep-last <n>', 'keep the newest n points of each migration and source cluster', wholeNumberFrom(0))
    .option('--older-than <duration>', 'delete only points that are older, such as 30d')
    .action((flags: PruneFlags) => deletePoints({ by: 'policy', policy: policyOf(flags) }, flags));
}

/** `landfall points sweep`: what marked points have left. */
export function sweepCommand(): Command {
  return deleting('sweep', 'remove the data of deleted points whose grace period is over').action(
    (flags: DeleteFlags) => deletePoints({ by: 'mark' }, flags)
  );
}

function deleting(name: string, description: string): Command {
  return withDisplay(withLocation(temporalCommand(name, description)))
    .option('--yes', 'perform the deletion, as a run; without this option it is only shown')
    .option('--grace <duration>', 'how long a deletion mark stands before the data of the point is removed', '1h')
    .option('--detach', 'start the run without watching');
}

/** Shows what would go, or starts the run that does it. */
async function deletePoints(wish: PruneWish, flags: DeleteFlags): Promise<void> {
  const graceMs = durationOf('--grace', flags.grace);
  const location = await locationOf(flags);
  if (flags.yes !== true) return preview(location, { wish, graceMs }, flags);
  const runId = newRunId(location.name);
  const input = { runId, location, asked: observedUser(), wish, graceMs };
  await watchPoints(runId, (runs) => runs.startPrune(input), flags);
}

interface Wanted {
  readonly wish: PruneWish;
  readonly graceMs: number;
}

async function preview(spec: LocationSpec, { wish, graceMs }: Wanted, { output }: DeleteFlags): Promise<void> {
  const location = await openLocation(spec);
  try {
    const pruned = await previewPrune(location, wish, graceMs);
    if (output === 'json') console.log(JSON.stringify({ dryRun: true, ...pruned }, null, 2));
    else for (const line of previewLines(pruned)) console.log(line);
  } finally {
    await location.close();
  }
}

/** Without a rule everything would go, which nobody means. */
function policyOf({ keepLast, olderThan }: PruneFlags): PrunePolicy {
  if (keepLast === undefined && olderThan === undefined) {
    throw new LandfallError('CONFIG_INVALID', {
      what: 'no rule selects which recovery points to delete',
      fix: 'give --keep-last N, --older-than DURATION, or both: then only points that match both are deleted',
    });
  }
  return {
    ...(keepLast === undefined ? {} : { keepLast }),
    ...(olderThan === undefined ? {} : { olderThanMs: durationOf('--older-than', olderThan) }),
  };
}
