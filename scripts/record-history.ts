import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { resolveBinary } from '../src/binaries/resolve.ts';
import { temporalSpec } from '../src/binaries/temporal.ts';
import { run } from '../src/host/command.ts';

const usage = [
  'usage: node scripts/record-history.ts --address HOST:PORT [--namespace NAME] --workflow ID [--run ID] --shape NAME',
  '       node scripts/record-history.ts --address HOST:PORT [--namespace NAME] --all FOLDER',
].join('\n');

/**
 * Stores the history of a run for the replay tests, with those of the release that package.json names, or all histories of
 * a namespace in a folder to choose from: see `usage`. Places of this machine and names of its workers are taken out; a
 * replay needs neither.
 */
const { values } = parseArgs({
  options: {
    address: { type: 'string' },
    workflow: { type: 'string' },
    namespace: { type: 'string', default: 'default' },
    run: { type: 'string' },
    shape: { type: 'string' },
    all: { type: 'string' },
  },
});
const { address, workflow, shape, namespace, all } = values;
if (address === undefined || (all === undefined && (workflow === undefined || shape === undefined))) {
  console.error(usage);
  process.exit(2);
}
const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const { path } = await resolveBinary(temporalSpec);

if (all !== undefined) await recordAll(all);
else if (workflow !== undefined && shape !== undefined) {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const folder = fileURLToPath(new URL(`../test/replay/histories/${version}/`, import.meta.url));
  await record({ workflow, ...(values.run === undefined ? {} : { run: values.run }) }, join(folder, `${shape}.json`));
}

interface Recorded {
  readonly workflow: string;
  readonly run?: string;
}

async function recordAll(folder: string): Promise<void> {
  const { stdout } = await temporal('list', '--limit', '1000');
  const executions = JSON.parse(stdout === '' ? '[]' : stdout) as readonly {
    readonly execution: { readonly workflowId: string; readonly runId: string };
    readonly type: { readonly name: string };
    readonly status: string;
  }[];
  for (const { execution, type, status } of executions) {
    const { workflowId, runId } = execution;
    const ended = status.replace('WORKFLOW_EXECUTION_STATUS_', '').toLowerCase();
    const name = `${type.name}.${ended}.${workflowId.replaceAll('/', '_')}.${runId}.json`;
    await record({ workflow: workflowId, run: runId }, join(folder, name));
  }
}

async function record({ workflow: id, run: runId }: Recorded, file: string): Promise<void> {
  const { stdout } = await temporal('show', '--workflow-id', id, ...(runId === undefined ? [] : ['--run-id', runId]));
  const history = JSON.parse(stdout) as { events: unknown[] };
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, `${JSON.stringify(clean(history), null, 1)}\n`);
  console.log(`${file}: ${history.events.length} events`);
}

function temporal(command: string, ...args: readonly string[]): Promise<{ readonly stdout: string }> {
  const server = ['--address', address ?? '', '--namespace', namespace, '--output', 'json'];
  return run(path, ['workflow', command, ...args, ...server]);
}

/** Rewrites texts, and the payloads in them, which are base64 of JSON. */
function clean(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => clean(item));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, clean(item, name)]));
  }
  if (typeof value !== 'string') return value;
  if (key === 'identity') return 'worker';
  if (key === 'data') return Buffer.from(text(Buffer.from(value, 'base64').toString('utf8'))).toString('base64');
  return text(value);
}

function text(value: string): string {
  // node_modules may be a link to those of another checkout.
  return value.replaceAll(root, '/landfall').replaceAll(/\/[\w./-]*?(?=\/node_modules\/)/gu, '/landfall');
}
