import { Command } from 'commander';
import { stateDirectory } from '../../engine/address.ts';
import { readEngine } from '../../engine/engine-file.ts';
import { stopLocalEngine } from '../../engine/local-engine.ts';
import { isAlive } from '../../host/process-identity.ts';
import { ownCommand } from '../own-command.ts';

/** `landfall engine`: the local Temporal server and worker that run without a Temporal cluster. */
export function engineCommand(): Command {
  const engine = new Command('engine').description('the local engine used when no Temporal address is configured');
  engine
    .command('status')
    .description('what runs, and where its files are')
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
    .description('end it; open runs wait in its database and go on with `landfall resume`')
    .action(async () => {
      await stopLocalEngine(stateDirectory());
      console.log(`stopped; open runs go on with: ${ownCommand('resume RUN')}`);
    });
  return engine;
}
