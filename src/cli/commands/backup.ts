import type { Command } from 'commander';
import { pointIdOf } from '../../archive/layout.ts';
import type { BackupInput } from '../../core/run/context.ts';
import type { RunReport } from '../../core/run/report.ts';
import { loadFile } from '../../model/load-file.ts';
import { chooseNamed } from '../../runs/choose.ts';
import { ownCommand, shellWord } from '../../runs/own-command.ts';
import { newRunId, openRunClient } from '../../runs/run-client.ts';
import { confirmRun, isToBeAsked } from '../confirm-run.ts';
import type { Ending } from '../render/renderer.ts';
import { watchRun } from '../watch-run.ts';
import { reportDetached, temporalCommand, withDisplay } from './common.ts';
import type { CommonFlags } from './common.ts';

interface BackupFlags extends CommonFlags {
  readonly file: string;
  readonly name?: string;
  readonly detach?: boolean;
  readonly yes?: boolean;
  readonly report?: string;
}

/** `landfall backup -f FILE`: writes a recovery point and shows the run until it ends. */
export function backupCommand(): Command {
  return withDisplay(temporalCommand('backup', 'write what the file describes into a recovery point'))
    .requiredOption('-f, --file <file>', 'the configuration file: Cluster, Location and Backup documents')
    .option('--name <name>', 'the Backup to use, if the file has several')
    .option('--detach', 'start it without watching')
    .option('-y, --yes', 'start without asking; on a terminal, a run asks first')
    .option('--report <file>', 'also write the report to a file, as JSON')
    .action(async (flags: BackupFlags) => {
      const spec = chooseNamed((await loadFile(flags.file)).backups, flags, 'Backup');
      if (isToBeAsked(flags)) await confirmRun(spec, flags.file);
      const runs = await openRunClient(flags, (message) => console.error(message));
      const runId = newRunId(spec.name);
      const input: BackupInput = { runId, spec };
      const handle = await runs.startBackup(input);
      if (flags.detach) reportDetached(runId, flags);
      else {
        const rows = (report: RunReport): NonNullable<Ending['rows']> => pointRows(report, flags);
        process.exitCode = await watchRun(runs, { handle, runId }, { ...flags, rows });
      }
      await runs.close();
    });
}

/** What can be done with the recovery point; nothing where there is none. */
function pointRows({ recoveryPoint, location = '' }: RunReport, flags: BackupFlags): NonNullable<Ending['rows']> {
  const id = recoveryPoint === undefined ? undefined : pointIdOf(recoveryPoint);
  if (id === undefined) return [];
  const where = `-f ${shellWord(flags.file)} --location ${location}`;
  return [
    ['show', ownCommand(`points show ${id} ${where}`)],
    ['verify', ownCommand(`points verify ${id} ${where}`, flags)],
    ['restore', ownCommand(`restore ${id} ${where} --to CLUSTER`, flags)],
  ];
}
