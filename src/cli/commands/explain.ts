import { Command, Option } from 'commander';
import { loadFile } from '../../model/load-file.ts';
import { LandfallError } from '../../core/errors.ts';
import type { MigrationSpec } from '../../core/spec/spec.ts';
import { explainLines } from '../../translate/explain-lines.ts';
import { explainObject } from '../../services/explain/explain-object.ts';

interface Flags {
  readonly file: string;
  readonly migration?: string;
  readonly point?: string;
  readonly output: 'text' | 'json';
  readonly all?: boolean;
}

/** `landfall explain -f FILE OBJECT`: every rule that touches an object, before and after; changes nothing. */
export function explainCommand(): Command {
  return new Command('explain')
    .description('show what happens to one object: every rule that changes it, before and after, what is lost and why')
    .argument(
      '<object>',
      'kind/namespace/name, or kind/name: deployment/shop/web, ingresses.networking.k8s.io/shop/web'
    )
    .requiredOption('-f, --file <file>', 'the file')
    .option('--migration <name>', 'the Migration to use, if the file has several')
    .option('--point <id>', 'read the object from a recovery point of the location instead of the source')
    .option('--all', 'also show what Landfall does to every object: server fields, kind and version')
    .addOption(new Option('-o, --output <form>', 'output format').choices(['text', 'json']).default('text'))
    .action(async (object: string, flags: Flags) => {
      const { migrations } = await loadFile(flags.file);
      const spec = chooseMigration(migrations, flags);
      const { explanation, platforms } = await explainObject(spec, object, flags.point);
      if (flags.output === 'json') {
        console.log(JSON.stringify({ ...explanation, platforms }, null, 2));
        return;
      }
      for (const line of platforms) console.log(line);
      const routine = ['server-fields', 'type-meta'];
      const isShown = (rule: string): boolean => flags.all === true || !routine.includes(rule);
      for (const line of explainLines(explanation, { isShown })) console.log(line);
    });
}

function chooseMigration(migrations: readonly MigrationSpec[], { file, migration }: Flags): MigrationSpec {
  const found = migration === undefined ? migrations : migrations.filter(({ name }) => name === migration);
  const [spec] = found;
  if (spec !== undefined && found.length === 1) return spec;
  const names = migrations.map(({ name }) => name).join(', ') || 'none';
  throw new LandfallError('CONFIG_INVALID', {
    what:
      migration === undefined ? `${file} has ${migrations.length} migrations` : `${file} has no migration ${migration}`,
    fix: `choose one with --migration; there are: ${names}`,
    ref: file,
  });
}
