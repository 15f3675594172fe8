import { CommanderError } from 'commander';
import { exitWithError } from './exit.ts';
import { createProgram } from './program.ts';

try {
  await createProgram().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else exitWithError(error, asksForJson(process.argv) ? 'json' : 'text');
}
// Idle keep-alive connections must not hold the command back once it has said everything.
process.stdout.write('', () => process.exit());

/** Also an error in the flags themselves is told in the form that was asked for. */
function asksForJson(argv: readonly string[]): boolean {
  return (
    argv.includes('-ojson') ||
    argv.includes('--output=json') ||
    argv.some((word, at) => word === 'json' && /^(-o|--output)$/.test(argv[at - 1] ?? ''))
  );
}
