import { isLandfallError, unknownDetail } from '../core/errors.ts';
import { exitCodeOfError } from '../core/run/exit-code.ts';
import { printError } from './errors.ts';
import { chooseAppearance } from './render/mode.ts';

/** Prints what ended a command before a run existed, once, and sets the exit code of its kind. */
export function exitWithError(error: unknown, output: 'text' | 'json'): void {
  const { color } = chooseAppearance({ env: process.env, isTerminal: process.stderr.isTTY, color: 'auto' });
  printError(error, { output, stderr: process.stderr, color });
  const { code, side } = isLandfallError(error) ? error.detail : unknownDetail(error);
  process.exitCode = exitCodeOfError(code, side);
}

/** The code of a watch that ended while its run goes on (docs/reference/exit-codes.md). */
export const detachedCode = 8;

/**
 * Ends a command whose output nobody takes any more: its reader may end first, a terminal may be gone, a disk full. That is no
 * success, and no stack either; a run that was watched goes on.
 */
export function endWithReaders(streams: readonly Pick<NodeJS.WritableStream, 'on'>[], end: () => void): void {
  for (const stream of streams) stream.on('error', end);
}
