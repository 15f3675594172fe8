import { Command } from 'commander';
import { stateDirectory } from '../../engine/address.ts';
import { readEngine } from '../../engine/engine-file.ts';
import { stopLocalEngine } from '../../engine/local-engine.ts';
import { isAlive } from '../../host/process-identity.ts';
import { ownCommand } from '../../runs/own-command.ts';
import { openRunClient } from '../../runs/run-client.ts';
import type { RunSummary } from '../../runs/run-client.ts';

/** `landfall engine`: the local Temporal server and worker that run without a Temporal cluster. */
export function engineCommand(): Command {
  const engine = new Command('engine').description('the local engine used when no Temporal address is configured');
  engine
    .command('status')
    .description('show what is running, and where its files are')
    .action(() => {
      const directory = stateDirectory();
      const record = readEngine(directory);
      const state = (part: 'server' | 'worker') => {
        const process = record?.[part];
        return process !== undefined && isAlive(process) ? `running, pid ${process.pid}` : 'stopped';
      };
      console.log(`server  ${state('server')}${record === undefined ? '' : ` (127.0.0.1:${record.port})`}`);
      console.log(`worker  ${state('worker')}`);
      console.log(`state   ${directory}`);
    });
  engine
    .command('stop')
    .description('stop it; open runs wait in its database and continue with `landfall resume`')
    .action(async () => {
      const open = await openRuns();
      await stopLocalEngine(stateDirectory());
      console.log('stopped');
      for (const line of waitingLines(open)) console.log(line);
    });
  return engine;
}

/** A line for each run that waits for the engine, with what makes it go on. */
export function waitingLines(open: readonly Pick<RunSummary, 'run' | 'kind'>[]): string[] {
  return open.map(
    ({ run, kind }) => `  ${kind} ${run} is not over and waits; it goes on with: ${ownCommand(`resume ${run}`)}`
  );
}

/** Runs that are not over; none where the server does not run or does not answer. */
async function openRuns(): Promise<readonly RunSummary[]> {
  const record = readEngine(stateDirectory());
  if (record?.server === undefined || !isAlive(record.server)) return [];
  const runs = await openRunClient({ address: `127.0.0.1:${record.port}` }, () => undefined).catch(() => undefined);
  const found = await runs?.list(openRunsMax).catch(() => []);
  await runs?.close();
  return (found ?? []).filter(({ status }) => status === 'running');
}

/** The newest runs that are looked at before the engine is stopped. */
const openRunsMax = 200;
