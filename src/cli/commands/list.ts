import type { Command } from 'commander';
import { shortIds } from '../../core/identity/run-id.ts';
import { openRunClient } from '../../runs/run-client.ts';
import type { RunSummary } from '../../runs/run-client.ts';
import { table } from '../table.ts';
import { temporalCommand } from './common.ts';
import { wholeNumberFrom } from './numbers.ts';
import type { CommonFlags } from './common.ts';

/** `landfall list`: the newest runs first. */
export function listCommand(): Command {
  return temporalCommand('list', 'list runs, newest first')
    .option('--limit <n>', 'how many runs to list', wholeNumberFrom(1), 20)
    .action(async (flags: CommonFlags & { limit: number }) => {
      const runs = await openRunClient(flags, (message) => console.error(message));
      const found = await runs.list(flags.limit);
      await runs.close();
      if (flags.output === 'json') {
        console.log(JSON.stringify(found, null, 2));
        return;
      }
      if (found.length === 0) console.log('no runs yet; start one with: landfall migrate -f FILE');
      else console.log(listTable(found));
    });
}

/** For people: ids as short as they can be. */
export function listTable(runs: readonly RunSummary[]): string {
  const short = shortIds(runs.map(({ run }) => run));
  const rows = runs.map((one) => rowOf({ ...one, run: short.get(one.run) ?? one.run }));
  return table(['RUN', 'KIND', 'NAME', 'STATUS', 'STARTED', 'ENDED'], rows);
}

/** A source that stands still is said with the status, first. */
export function rowOf({ source, ...run }: RunSummary): string[] {
  const status = source === 'frozen' ? `SOURCE FROZEN, ${run.status}` : run.status;
  return [run.run, run.kind, run.name, status, run.started, run.ended];
}
