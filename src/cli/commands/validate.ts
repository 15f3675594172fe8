import { Command, Option } from 'commander';
import { loadFile } from '../../model/load-file.ts';

/** `landfall validate -f FILE`: reads the file as `migrate` would, and touches nothing. */
export function validateCommand(): Command {
  return new Command('validate')
    .description('check a file: reports all problems at once, with line, path, value and hint')
    .requiredOption('-f, --file <file>', 'the file')
    .addOption(new Option('-o, --output <form>', 'output format').choices(['text', 'json']).default('text'))
    .action(async (flags: { file: string; output: string }) => {
      const { migrations, waves, backups, restores, policies } = await loadFile(flags.file);
      const found = { migrations, waves, backups, restores, policies };
      if (flags.output === 'json') return console.log(JSON.stringify({ file: flags.file, ...found }, null, 2));
      const named = Object.entries(found).flatMap(([kind, documents]) =>
        documents.length === 0 ? [] : [`${kind}: ${documents.map(({ name }) => name).join(', ')}`]
      );
      console.log(`${flags.file}: valid; ${named.join('; ') || 'nothing in it is a run'}`);
    });
}
