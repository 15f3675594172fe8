import { parseArgs } from 'node:util';
import { down } from './down.ts';
import { labFile } from './lab-file.ts';
import { prepare } from './prepare.ts';
import { lineProgress } from './progress.ts';
import { status } from './status.ts';
import { up } from './up.ts';

const usage = `usage: npm run lab -- prepare | up [--light] [--name NAME] | status [--name NAME] | down [--name NAME]

  prepare  brings packages, executables and images, and starts nothing; the others do so themselves
  up       two clusters, an S3 server, Azurite and a Temporal server on this machine
           --light  only API servers, etcd, stores and Temporal: no root, no pods, a few seconds
  status   what runs; exit code 1 unless everything does
  down     removes everything, also after a crash
  --name   several labs of one checkout live side by side (default: "default")`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      light: { type: 'boolean', default: false },
      name: { type: 'string', default: 'default' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const [command, ...rest] = positionals;
  if (values.help === true || command === undefined || rest.length > 0)
    return fail(usage, values.help === true ? 0 : 2);
  const progress = lineProgress((line) => process.stdout.write(`${line}\n`));
  switch (command) {
    case 'up': {
      const started = performance.now();
      const lab = await up({ name: values.name, light: values.light, progress });
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      process.stdout.write(`lab "${lab.name}" is up (${lab.mode}) in ${seconds} s: ${labFile(lab.stateDirectory)}\n`);
      return 0;
    }
    case 'prepare':
      await prepare(progress);
      return 0;
    case 'status':
      return printStatus(values.name);
    case 'down':
      await down({ name: values.name, progress });
      return 0;
    default:
      return fail(`unknown command "${command}"\n${usage}`, 2);
  }
}

function printStatus(name: string): number {
  const found = status(name);
  for (const part of found.parts)
    process.stdout.write(
      `  ${part.part.padEnd(32)} ${part.alive ? `pid ${part.pid}` : `DEAD, log: ${part.logFile}`}\n`
    );
  process.stdout.write(`lab "${name}" is ${found.state}${found.mode === undefined ? '' : ` (${found.mode})`}\n`);
  return found.state === 'up' ? 0 : 1;
}

function fail(message: string, code: number): number {
  (code === 0 ? process.stdout : process.stderr).write(`${message}\n`);
  return code;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.exitCode = fail(`lab: ${error instanceof Error ? error.message : String(error)}`, 1);
}
