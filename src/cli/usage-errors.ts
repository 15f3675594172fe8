import type { Command } from 'commander';
import { LandfallError } from '../core/errors.ts';

/**
 * Makes errors of usage of a command and of all below it exceptions (exit code 2, not commander's 1), and keeps commander
 * from writing them itself where the output is to be JSON.
 */
export function withUsageErrors(command: Command, asJson: boolean, parents = ''): Command {
  const name = `${parents}${command.name()}`;
  command.exitOverride().showHelpAfterError(`(see ${name} --help)`);
  if (asJson) command.configureOutput({ writeErr: () => undefined, outputError: () => undefined });
  for (const child of command.commands) withUsageErrors(child, asJson, `${name} `);
  return command;
}

/** An error of usage in the form of every other error. */
export function usageError(message: string): LandfallError {
  const what = message.replace(/^error: /, '').replace(/\.$/, '');
  return new LandfallError('CONFIG_INVALID', { what, fix: 'see `landfall --help`' });
}

/** Whether the words of a command line ask for JSON, also where they are wrong otherwise. */
export function asksForJson(argv: readonly string[]): boolean {
  return (
    argv.includes('-ojson') ||
    argv.includes('--output=json') ||
    argv.some((word, at) => word === 'json' && /^(-o|--output)$/.test(argv[at - 1] ?? ''))
  );
}
