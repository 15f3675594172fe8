import { LandfallError } from '../core/errors.ts';

/** What of a file a command works on: the one there is, or the one named with `--name`. Throws CONFIG_INVALID. */
export function chooseNamed<T extends { readonly name: string }>(
  all: readonly T[],
  flags: { readonly file: string; readonly name?: string },
  kind: 'Migration' | 'MigrationWave' | 'Location' | 'Backup' | 'Restore' | 'ProtectionPolicy'
): T {
  const names = all.map(({ name }) => name).join(', ');
  const [only] = all;
  if (flags.name !== undefined) {
    const named = all.find(({ name }) => name === flags.name);
    if (named !== undefined) return named;
    throw new LandfallError('CONFIG_INVALID', {
      what: `${flags.file} has no ${kind} named ${flags.name}`,
      fix: names === '' ? `add a document of kind ${kind}` : `it has: ${names}`,
    });
  }
  if (only !== undefined && all.length === 1) return only;
  throw new LandfallError('CONFIG_INVALID', {
    what: only === undefined ? `${flags.file} has no document of kind ${kind}` : `${flags.file} has several: ${names}`,
    fix:
      only === undefined
        ? `add a document of kind ${kind}`
        : `choose one with ${kind === 'Location' ? '--location' : '--name'}`,
  });
}
