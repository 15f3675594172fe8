import type { AddressFlags } from '../engine/address.ts';

/**
 * A command of Landfall that works when it is pasted where this one was typed: with the launcher that was used (`landfall`
 * on PATH, an npm script, a file), the state directory of this environment and the flags that say where Temporal is.
 */
export function ownCommand(
  words: string,
  flags: AddressFlags = {},
  env: Readonly<NodeJS.ProcessEnv> = process.env
): string {
  const stateDirectory = env['LANDFALL_STATE_DIR'];
  const where = [
    ...(flags.address === undefined ? [] : ['--address', shellWord(flags.address)]),
    ...(flags.namespace === undefined ? [] : ['--namespace', shellWord(flags.namespace)]),
    ...(flags.profile === undefined ? [] : ['--profile', shellWord(flags.profile)]),
  ];
  return [
    ...(stateDirectory === undefined ? [] : [`LANDFALL_STATE_DIR=${shellWord(stateDirectory)}`]),
    env['LANDFALL_COMMAND'] ?? 'landfall',
    words,
    ...where,
  ].join(' ');
}

/** A word as a POSIX shell reads it back. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
