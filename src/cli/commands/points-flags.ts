import { type Command, Option } from 'commander';
import { parseDuration } from '../../config/duration.ts';
import { loadFile } from '../../model/load-file.ts';
import { LandfallError } from '../../core/errors.ts';
import type { LocationSpec } from '../../core/spec/spec.ts';
import { chooseNamed } from '../../runs/choose.ts';

/** Which Location a command works on. */
export interface LocationFlags {
  readonly file: string;
  readonly location?: string;
}

export function withLocation(command: Command): Command {
  return command
    .requiredOption('-f, --file <file>', 'the file with the Location')
    .option('--location <name>', 'the Location to use, if the file has several');
}

export function outputOption(): Option {
  return new Option('-o, --output <form>', 'output format').choices(['text', 'json']).default('text');
}

/** The Location of the file, or the one that was named. Throws CONFIG_INVALID. */
export async function locationOf({ file, location }: LocationFlags): Promise<LocationSpec> {
  const { locations } = await loadFile(file);
  return chooseNamed(locations, location === undefined ? { file } : { file, name: location }, 'Location');
}

/** Another Location of the file, that an option names. Throws CONFIG_INVALID for the same one. */
export async function otherLocation(flags: LocationFlags, option: string, name: string): Promise<LocationSpec> {
  const location = await locationOf(flags);
  if (location.name !== name) return locationOf({ file: flags.file, location: name });
  throw new LandfallError('CONFIG_INVALID', {
    what: `${option} ${name} is the Location that the recovery points are in`,
    fix: `name another Location with ${option}, or the one they are in with --location`,
  });
}

/** Milliseconds of an option that takes a duration. Throws CONFIG_INVALID. */
export function durationOf(flag: string, text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw new LandfallError('CONFIG_INVALID', {
    what: `${flag} ${text} is not a duration`,
    fix: 'use a duration such as 30d, 12h or 1h30m',
  });
}
