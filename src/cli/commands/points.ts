import { Command, Option } from 'commander';
import { listPointFacts } from '../../archive/point-facts.ts';
import { summarisePoints } from '../../archive/point-summaries.ts';
import { parseDuration } from '../../config/duration.ts';
import { loadFile } from '../../model/load-file.ts';
import { LandfallError } from '../../core/errors.ts';
import type { PrunePolicy } from '../../core/retention/choose-points.ts';
import { chooseNamed } from '../choose.ts';
import { deletePoints, prunePoints, sweepPoints } from '../delete-points.ts';
import { pointsAsJson, pointsTable } from '../points-table.ts';
import { withSweepLocation } from '../sweep-location.ts';
import { wholeNumberFrom } from './numbers.ts';

interface PointsFlags {
  readonly file: string;
  readonly location?: string;
  readonly output: 'text' | 'json';
}

interface DeleteFlags extends PointsFlags {
  readonly grace: string;
  readonly yes?: boolean;
}

interface PruneFlags extends DeleteFlags {
  readonly keepLast?: number;
  readonly olderThan?: string;
}

/** `landfall points`: the recovery points of a Location, and what is done with those nobody needs. */
export function pointsCommand(): Command {
  const points = new Command('points').description('recovery points of a Location: list, delete, prune');
  for (const add of [listPoints, deleteCommand, pruneCommand, sweepCommand]) points.addCommand(add());
  return points;
}

function pointsSubcommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .requiredOption('-f, --file <file>', 'the file with the Location')
    .option('--location <name>', 'the Location to use, if the file has several')
    .addOption(new Option('-o, --output <form>', 'output format').choices(['text', 'json']).default('text'));
}

function deleting(command: Command): Command {
  return command
    .option('--yes', 'perform the deletion; without this option it is only shown')
    .option('--grace <duration>', 'how long a deletion mark stands before the data of the point is removed', '1h');
}

function listPoints(): Command {
  return pointsSubcommand('list', 'list recovery points, oldest first').action(async (flags: PointsFlags) => {
    await at(flags, async ({ location }) => {
      const found = await summarisePoints(location, await listPointFacts(location));
      console.log(
        flags.output === 'json' ? JSON.stringify(pointsAsJson(found), null, 2) : pointsTable(found, Date.now())
      );
    });
  });
}

function deleteCommand(): Command {
  return deleting(
    pointsSubcommand('delete', 'delete recovery points by name; without --yes, only shows what would be deleted')
  )
    .argument('<point...>', 'ids of recovery points, whole or short')
    .action(async (names: readonly string[], flags: DeleteFlags) => {
      await at(flags, (place) => deletePoints(place, names, wishOf(flags)));
    });
}

function pruneCommand(): Command {
  return deleting(
    pointsSubcommand(
      'prune',
      'delete recovery points by age and number; without --yes, only shows what would be deleted'
    )
  )
    .option('--keep-last <n>', 'keep the newest n points of each migration and source cluster', wholeNumberFrom(0))
    .option('--older-than <duration>', 'delete only points that are older, such as 30d')
    .action(async (flags: PruneFlags) => {
      const policy = policyOf(flags);
      await at(flags, (place) => prunePoints(place, policy, wishOf(flags)));
    });
}

function sweepCommand(): Command {
  return deleting(pointsSubcommand('sweep', 'remove the data of deleted points whose grace period is over')).action(
    async (flags: DeleteFlags) => {
      await at(flags, (place) => sweepPoints(place, wishOf(flags)));
    }
  );
}

async function at({ file, location }: PointsFlags, body: Parameters<typeof withSweepLocation>[1]): Promise<void> {
  const { locations } = await loadFile(file);
  const named = location === undefined ? { file } : { file, name: location };
  await withSweepLocation(chooseNamed(locations, named, 'Location'), body);
}

function wishOf({ grace, yes, output }: DeleteFlags) {
  return { graceMs: durationOf('--grace', grace), yes: yes === true, output };
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

function durationOf(flag: string, text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw new LandfallError('CONFIG_INVALID', {
    what: `${flag} ${text} is not a duration`,
    fix: 'use a duration such as 30d, 12h or 1h30m',
  });
}
