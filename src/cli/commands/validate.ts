import { Command, Option } from 'commander';
import { loadFile } from '../../model/load-file.ts';

/** `landfall validate -f FILE`: reads the file as `migrate` would, and touches nothing. */
export function validateCommand(): Command {
  return new Command('validate')
    .description('check a file: reports all problems at once, with line, path, value and hint')
    .requiredOption('-f, --file <file>', 'the file')
    .addOption(new Option('-o, --output <form>', 'output format').choices(['text', 'json']).default('text'))
    .action(async (flags: { file: string; output: string }) => {
      const { migrations, waves, backups } = await loadFile(flags.file);
      if (flags.output === 'json')
        console.log(JSON.stringify({ file: flags.file, migrations, waves, backups }, null, 2));
      else {
        const migrationNames = migrations.map(({ name }) => name).join(', ') || 'none';
        const waveNames = waves.length === 0 ? '' : `; waves: ${waves.map(({ name }) => name).join(', ')}`;
        const backupNames = backups.length === 0 ? '' : `; backups: ${backups.map(({ name }) => name).join(', ')}`;
        console.log(`${flags.file}: valid; migrations: ${migrationNames}${waveNames}${backupNames}`);
      }
    });
}
