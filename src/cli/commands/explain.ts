import { Command, Option } from 'commander';
import { loadFile } from '../../model/load-file.ts';
import { LandfallError } from '../../core/errors.ts';
import { explainLines } from '../../translate/explain-lines.ts';
import { explainBackedUp, explainObject, type ExplainedObject } from '../../services/explain/explain-object.ts';

interface Flags {
  readonly file: string;
  readonly migration?: string;
  readonly backup?: string;
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
    .option('--backup <name>', 'whether this Backup takes the object; the default in a file without a Migration')
    .option('--point <id>', 'read the object from a recovery point of the location instead of the source')
    .option('--all', 'also show what Landfall does to every object: server fields, kind and version')
    .addOption(new Option('-o, --output <form>', 'output format').choices(['text', 'json']).default('text'))
    .action(async (object: string, flags: Flags) => {
      const { explanation, platforms } = await explained(object, flags);
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

/** What a migration does to it, or whether a backup takes it: by the document that is named, or the only one there is. */
async function explained(object: string, flags: Flags): Promise<ExplainedObject> {
  const { file, migration, backup, point } = flags;
  const { migrations, backups } = await loadFile(file);
  const isBackup = backup !== undefined || (migration === undefined && migrations.length === 0 && backups.length > 0);
  if (!isBackup) return explainObject(choose(migrations, { file, name: migration, kind: 'migration' }), object, point);
  if (point === undefined) return explainBackedUp(choose(backups, { file, name: backup, kind: 'backup' }), object);
  throw new LandfallError('CONFIG_INVALID', {
    what: '--point needs a Migration: a backup takes objects of the source only',
    fix: 'leave it out, or add a Migration to the file',
  });
}

interface Wanted {
  readonly file: string;
  readonly name: string | undefined;
  readonly kind: 'migration' | 'backup';
}

function choose<T extends { readonly name: string }>(all: readonly T[], { file, name, kind }: Wanted): T {
  const found = name === undefined ? all : all.filter((one) => one.name === name);
  const [spec] = found;
  if (spec !== undefined && found.length === 1) return spec;
  const names = all.map((one) => one.name).join(', ') || 'none';
  throw new LandfallError('CONFIG_INVALID', {
    what: name === undefined ? `${file} has ${all.length} ${kind}s` : `${file} has no ${kind} ${name}`,
    fix: `choose one with --${kind}; there are: ${names}`,
    ref: file,
  });
}
