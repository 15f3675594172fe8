import { CommanderError } from 'commander';
import { exitWithError } from './exit.ts';
import { createProgram } from './program.ts';
import { asksForJson, usageError } from './usage-errors.ts';

const output = asksForJson(process.argv) ? 'json' : 'text';
// Whoever reads the output may end first, a terminal may be gone, a disk full: nothing more can be written. That is no success,
// and a run that was watched goes on: the code of a watch that ended.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => process.exit(process.exitCode ?? 8));
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
