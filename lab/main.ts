import { parseArgs } from 'node:util';
import { controlPlanes, pinnedControlPlane } from './binaries/catalogue.ts';
import { down } from './down.ts';
import { labFile } from './lab-file.ts';
import { prepare } from './prepare.ts';
import { lineProgress } from './progress.ts';
import { status } from './status.ts';
import { up } from './up.ts';

const usage = `usage: npm run lab -- prepare
       npm run lab -- up [--light] [--source-kubernetes MINOR] [--target-kubernetes MINOR] [--name NAME]
       npm run lab -- status | down [--name NAME]

  prepare  brings packages, executables and images, and starts nothing; the others do so themselves
  up       two clusters, an S3 server, Azurite and a Temporal server on this machine
           --light  only API servers, etcd, stores and Temporal: no root, no pods, a few seconds
           --source-kubernetes, --target-kubernetes  ${controlPlanes.map(({ minor }) => minor).join(', ')} (default: ${pinnedControlPlane.minor});
           others than the default with --light only, built when asked for
  status   what runs; exit code 1 unless everything does
  down     removes everything, also after a crash
  --name   several labs of one checkout live side by side (default: "default")`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      light: { type: 'boolean', default: false },
      name: { type: 'string', default: 'default' },
      'source-kubernetes': { type: 'string' },
      'target-kubernetes': { type: 'string' },
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
      const { 'source-kubernetes': source, 'target-kubernetes': target } = values;
      const kubernetes = { ...(source === undefined ? {} : { source }), ...(target === undefined ? {} : { target }) };
      const lab = await up({ name: values.name, light: values.light, kubernetes, progress });
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
  const { kubernetes } = found;
  const versions = kubernetes === undefined ? '' : `, Kubernetes ${kubernetes.source} to ${kubernetes.target}`;
  process.stdout.write(
    `lab "${name}" is ${found.state}${found.mode === undefined ? '' : ` (${found.mode}${versions})`}\n`
  );
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
