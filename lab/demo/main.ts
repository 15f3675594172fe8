import { parseArgs } from 'node:util';
import { clusterNames, readLab, type ClusterName } from '../index.ts';
import { applyPlatform, deployDemo } from './deploy.ts';
import { inspectDemo } from './inspect.ts';
import { kubectlFor } from './kubectl.ts';
import { applyDemoObjects } from './objects.ts';
import { ROWS_DEFAULT } from './rows.ts';

const usage = `usage: main.ts deploy | objects | inspect [--cluster source|target] [--lab NAME] [--rows N]

  deploy    images, objects, running workloads and rows, on a whole lab
  objects   the objects alone, on any lab
  inspect   what the database holds, as JSON`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      lab: { type: 'string', default: 'default' },
      cluster: { type: 'string', default: 'source' },
      rows: { type: 'string', default: String(ROWS_DEFAULT) },
    },
  });
  const cluster = clusterNames.find((name): name is ClusterName => name === values.cluster);
  const rows = Number(values.rows);
  const [command] = positionals;
  if (cluster === undefined || command === undefined || !Number.isSafeInteger(rows)) return fail(usage, 2);
  const lab = readLab(values.lab);
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  switch (command) {
    case 'deploy':
      await deployDemo(lab, { rows, cluster, onProgress: (line) => print(`  ${line}`) });
      return 0;
    case 'objects':
      await applyPlatform(lab);
      await applyDemoObjects(kubectlFor(lab, cluster));
      return 0;
    case 'inspect':
      print(JSON.stringify(await inspectDemo(lab, cluster)));
      return 0;
    default:
      return fail(`unknown command "${command}"\n${usage}`, 2);
  }
}

function fail(message: string, code: number): number {
  process.stderr.write(`${message}\n`);
  return code;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.exitCode = fail(`demo: ${error instanceof Error ? error.message : String(error)}`, 1);
}
