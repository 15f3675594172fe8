import { Command } from 'commander';
import { listPointFacts } from '../../archive/point-facts.ts';
import { summarisePoints } from '../../archive/point-summaries.ts';
import { openLocation } from '../../locations/open-location.ts';
import { pointsAsJson, pointsTable } from '../points-table.ts';
import { locationOf, outputOption, withLocation, type LocationFlags } from './points-flags.ts';
import { copyCommand } from './points-copy.ts';
import { forecastCommand } from './points-forecast.ts';
import { lockCommand } from './points-lock.ts';
import { deleteCommand, pruneCommand, sweepCommand } from './points-prune.ts';
import { showCommand } from './points-show.ts';
import { verifyCommand } from './points-verify.ts';

/** `landfall points`: the recovery points of a Location, and what is done with them. */
export function pointsCommand(): Command {
  const points = new Command('points').description(
    'recovery points of a Location: list, show, lock, delete, prune, verify, copy, forecast'
  );
  const changing = [lockCommand, deleteCommand, pruneCommand, sweepCommand];
  for (const add of [listPoints, showCommand, ...changing, verifyCommand, copyCommand, forecastCommand])
    points.addCommand(add());
  return points;
}

function listPoints(): Command {
  return withLocation(new Command('list').description('list recovery points, oldest first'))
    .addOption(outputOption())
    .action(async (flags: LocationFlags & { readonly output: 'text' | 'json' }) => {
      const location = await openLocation(await locationOf(flags));
      try {
        const found = await summarisePoints(location, await listPointFacts(location));
        console.log(
          flags.output === 'json' ? JSON.stringify(pointsAsJson(found), null, 2) : pointsTable(found, Date.now())
        );
      } finally {
        await location.close();
      }
    });
}
