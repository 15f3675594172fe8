import type { Command } from 'commander';
import { loadFile } from '../../config/load.ts';
import { LandfallError } from '../../core/errors.ts';
import type { MigrationSpec } from '../../core/spec/spec.ts';
import { newRunId, openRunClient } from '../run-client.ts';
import { watchRun } from '../watch-run.ts';
import { temporalCommand, withDisplay } from './common.ts';
import type { CommonFlags } from './common.ts';

interface MigrateFlags extends CommonFlags {
  readonly file: string;
  readonly name?: string;
  readonly dryRun?: boolean;
  readonly detach?: boolean;
  readonly report?: string;
}

/** `landfall migrate -f FILE`: starts a migration and shows it until it ends. */
export function migrateCommand(): Command {
  return withDisplay(temporalCommand('migrate', 'move what the file says from one cluster to another'))
    .requiredOption('-f, --file <file>', 'the file: Cluster, Location and Migration documents')
    .option('--name <name>', 'which Migration of the file, where it has several')
    .option('--dry-run', 'capture and plan, then ask the target about every object without storing any')
    .option('--detach', 'start it and do not watch')
    .option('--report <file>', 'write the report as JSON to a file as well')
    .action(async (flags: MigrateFlags) => {
      const { migrations } = await loadFile(flags.file);
      const chosen = choose(migrations, flags);
      const spec: MigrationSpec = flags.dryRun ? { ...chosen, dryRun: true } : chosen;
      const runs = await openRunClient(flags, (message) => console.error(message));
      const runId = newRunId(spec.name);
      const handle = await runs.startMigration(runId, spec);
      if (flags.detach) tellDetached(runId, flags);
      else process.exitCode = await watchRun(runs, handle, runId, flags);
      await runs.close();
    });
}

function tellDetached(runId: string, flags: MigrateFlags): void {
  if (flags.output === 'json') console.log(JSON.stringify({ run: runId, detached: true }));
  else console.log(`${runId}: started; watch it with: landfall status ${runId} --wait`);
}

function choose(migrations: readonly MigrationSpec[], flags: MigrateFlags): MigrationSpec {
  const names = migrations.map(({ name }) => name).join(', ');
  const [only] = migrations;
  if (flags.name !== undefined) {
    const named = migrations.find(({ name }) => name === flags.name);
    if (named !== undefined) return named;
    throw new LandfallError('CONFIG_INVALID', {
      what: `${flags.file} has no Migration named ${flags.name}`,
      fix: names === '' ? 'add a document of kind Migration' : `it has: ${names}`,
    });
  }
  if (only !== undefined && migrations.length === 1) return only;
  throw new LandfallError('CONFIG_INVALID', {
    what:
      only === undefined ? `${flags.file} has no document of kind Migration` : `${flags.file} has several: ${names}`,
    fix: only === undefined ? 'add a document of kind Migration' : 'say which with --name',
  });
}
