import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { approveCommand } from './commands/approve.ts';
import { assessCommand } from './commands/assess.ts';
import { backupCommand } from './commands/backup.ts';
import { bundleCommand } from './commands/bundle.ts';
import { cancelCommand } from './commands/cancel.ts';
import { cleanupCommand } from './commands/cleanup.ts';
import { completionCommand } from './commands/completion.ts';
import { doctorCommand } from './commands/doctor.ts';
import { engineCommand } from './commands/engine.ts';
import { explainCommand } from './commands/explain.ts';
import { filesCommand } from './commands/files.ts';
import { keysCommand } from './commands/keys.ts';
import { listCommand } from './commands/list.ts';
import { migrateCommand } from './commands/migrate.ts';
import { planCommand } from './commands/plan.ts';
import { pointsCommand } from './commands/points.ts';
import { protectionCommand } from './commands/protection.ts';
import { reportCommand } from './commands/report.ts';
import { restoreCommand } from './commands/restore.ts';
import { resumeCommand } from './commands/resume.ts';
import { statusCommand } from './commands/status.ts';
import { validateCommand } from './commands/validate.ts';
import { waveCommand } from './commands/wave.ts';
import { workerCommand } from './commands/worker.ts';
import { withExamples } from './examples.ts';
import { withUsageErrors } from './usage-errors.ts';
import { requireWritable } from './writable-files.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/**
 * The whole command line: every command with its arguments and options, in the order they are shown. With `asJson` errors
 * of usage are only thrown, and written by nobody.
 */
export function createProgram(asJson = false): Command {
  const program = new Command('landfall')
    .description('Moves running Kubernetes applications between clusters and clouds, durably.')
    .version(version)
    .hook('preAction', (_, command) => requireWritable(command.opts()));
  for (const add of [
    assessCommand,
    planCommand,
    approveCommand,
    migrateCommand,
    backupCommand,
    waveCommand,
    restoreCommand,
    statusCommand,
    listCommand,
    cancelCommand,
    cleanupCommand,
    resumeCommand,
    reportCommand,
    protectionCommand,
    pointsCommand,
    () => bundleCommand(version),
    filesCommand,
    keysCommand,
    doctorCommand,
    validateCommand,
    explainCommand,
    workerCommand,
    engineCommand,
    completionCommand,
  ]) {
    program.addCommand(add());
  }
  return withUsageErrors(withExamples(program), asJson);
}
