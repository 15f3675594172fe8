import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { writeConfiguration } from '../lab/demo/configuration.ts';
import { deployDemo, importDemoImages, waitForDemo } from '../lab/demo/deploy.ts';
import { inspectDemo } from '../lab/demo/inspect.ts';
import { kubectlFor } from '../lab/demo/kubectl.ts';
import { buildImage } from '../lab/images/build.ts';
import { clusterNames, down, importImage, lineProgress, up } from '../lab/index.ts';
import type { Lab } from '../lab/index.ts';
import type { RunReport } from '../src/core/run/report.ts';
import { ownCommand } from '../src/runs/own-command.ts';
import { readOptions, refuse, wholeNumber } from './options.ts';

/**
 * `npm run demo`: brings up two real clusters on this machine, puts an application with data on one, moves it to the
 * other with the `landfall` command as a user would, and counts the rows of its database on both sides.
 */
const usage = `usage: npm run demo -- [--rows N] [--report FILE] [--keep] [--name NAME]
  --rows N       rows in the database of the application
  --report FILE  where the report of the run goes
  --keep         leaves the clusters up
  --name NAME    of the lab (default: demo)`;
const values = readOptions(usage, {
  report: { type: 'string' },
  rows: { type: 'string' },
  keep: { type: 'boolean', default: false },
  name: { type: 'string', default: 'demo' },
});
const rows =
  values.rows === undefined ? {} : { rows: wholeNumber({ name: 'rows', text: values.rows, least: 1 }, usage) };
const say = (line: string): void => console.log(`demo: ${line}`);
const progress = lineProgress((line) => console.log(line));
const lab = await up({ name: values.name, progress }).catch((error: Error) => refuse(`demo: ${error.message}`, 1));
try {
  process.exitCode = await demonstrate(lab);
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
} finally {
  if (values.keep) {
    const command = (words: string): string =>
      ownCommand(words, {}, { ...environmentOf(lab), LANDFALL_COMMAND: 'npm run landfall --' });
    say('the clusters are kept');
    say(`  the target   KUBECONFIG=${lab.clusters.target.kubeconfig}`);
    say(`  the runs     ${command('list')}`);
    say(`  end them     ${command('engine stop')} && npm run lab -- down --name ${lab.name}`);
  } else {
    say('taking the clusters down (keep them with: npm run demo -- --keep)');
    await landfall(lab, ['engine', 'stop']);
    await down({ name: values.name, progress });
  }
}

async function demonstrate(on: Lab): Promise<number> {
  say('deploying the application to the cluster "source" (about 1 min; images are built once)');
  await deployDemo(on, { onProgress: say, ...rows });
  await importDemoImages(on, 'target', say);
  const mover = await buildImage('mover', { onProgress: say });
  for (const name of clusterNames) await importImage(on, name, mover.tar);
  const file = await writeConfiguration(on);
  const report = values.report === undefined ? join(on.stateDirectory, 'report.json') : resolve(values.report);
  rmSync(report, { force: true });

  say(`moving it: landfall migrate -f ${file}`);
  const code = await landfall(on, ['migrate', '-f', file, '--yes', '--report', report]);
  if (code === 0) {
    say('waiting for the application on the cluster "target"');
    await waitForDemo(kubectlFor(on, 'target'), say);
  }
  if (existsSync(report)) await addRows(on, report);
  return code;
}

/** The demo keeps out of the state directory of the user. */
function environmentOf(on: Lab): { readonly LANDFALL_STATE_DIR: string } {
  return { LANDFALL_STATE_DIR: join(on.stateDirectory, 'landfall') };
}

/** Runs the command as a user would, with a state directory of the demo's own. */
function landfall(on: Lab, args: readonly string[]): Promise<number> {
  const command = new URL('../bin/landfall.mjs', import.meta.url).pathname;
  const env = { ...process.env, ...environmentOf(on) };
  const child = spawn(process.execPath, [command, ...args], { stdio: 'inherit', env });
  return new Promise((done) => child.on('exit', (code) => done(code ?? 1)));
}

/** Counts on both sides, independently of Landfall, and adds it to the report. */
async function addRows(on: Lab, path: string): Promise<void> {
  const [source, target] = await Promise.all(clusterNames.map((name) => inspectDemo(on, name).catch(() => undefined)));
  const report = JSON.parse(readFileSync(path, 'utf8')) as RunReport;
  const rows = { source: source?.count ?? 0, target: target?.count ?? 0 };
  writeFileSync(path, `${JSON.stringify({ ...report, rows }, null, 2)}\n`);
  const equal = source !== undefined && target !== undefined && source.checksum === target.checksum;
  say(`rows in PostgreSQL: source ${rows.source}, target ${rows.target}, checksums ${equal ? 'equal' : 'DIFFERENT'}`);
  say(`report: ${path}`);
  if (!equal) process.exitCode = 1;
}
