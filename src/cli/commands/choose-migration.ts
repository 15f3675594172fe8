import { LandfallError } from '../../core/errors.ts';
import type { MigrationSpec } from '../../core/spec/spec.ts';

/** The Migration a command is about: the one named, or the only one of the file. Throws CONFIG_INVALID. */
export function chooseMigration(
  migrations: readonly MigrationSpec[],
  flags: { readonly file: string; readonly name?: string }
): MigrationSpec {
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
