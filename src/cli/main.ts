import { CommanderError } from 'commander';
import { detachedCode, endWithReaders, exitWithError } from './exit.ts';
import { createProgram } from './program.ts';
import { asksForJson, usageError } from './usage-errors.ts';

const output = asksForJson(process.argv) ? 'json' : 'text';
endWithReaders([process.stdout, process.stderr], () => process.exit(process.exitCode ?? detachedCode));
try {
  await createProgram(output === 'json').parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) exitWithError(error, output);
  else if (error.exitCode === 0) process.exitCode = 0;
  else if (output === 'json') exitWithError(usageError(error.message), output);
  else process.exitCode = 2;
}
// Idle keep-alive connections must not hold the command back once it has said everything.
process.stdout.write('', () => process.exit());
