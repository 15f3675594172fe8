import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { LandfallError } from '../core/errors.ts';

/** Options that name a file to be written, by their key in the flags of a command. */
const options: Readonly<Record<string, string>> = {
  eventFile: '--event-file',
  report: '--report',
  out: '--out',
  markdown: '--markdown',
  html: '--html',
};

/**
 * Looks whether the files that a command is to write can be written, before it begins: a report that is wanted at the end of
 * a day has a place. Creates nothing. Throws CONFIG_UNREADABLE with all problems.
 */
export function requireWritable(flags: Readonly<Record<string, unknown>>): void {
  const problems = Object.entries(options).flatMap(([key, option]) => {
    const path = flags[key];
    const why = typeof path === 'string' ? reasonAgainst(path) : undefined;
    if (why === undefined) return [];
    return [
      new LandfallError('CONFIG_UNREADABLE', { what: `${option} ${String(path)} cannot be written`, why }).detail,
    ];
  });
  const [first] = problems;
  if (first !== undefined) throw new LandfallError(first.code, { ...first, cause: undefined, problems });
}

function reasonAgainst(path: string): string | undefined {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory() === true) return 'it is a directory';
    accessSync(found === undefined ? dirname(path) : path, constants.W_OK);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
