import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { resolveBinary } from '../src/binaries/resolve.ts';
import { temporalSpec } from '../src/binaries/temporal.ts';
import { run } from '../src/host/command.ts';

const usage =
  'usage: node scripts/record-history.ts --address HOST:PORT [--namespace NAME] --workflow ID [--run ID] --shape NAME';

/**
 * Stores the history of a run for the replay tests, with those of the release that package.json names: see `usage`. Places of this machine and names of its workers are taken out; a replay needs neither.
 */
const { values } = parseArgs({
  options: {
    address: { type: 'string' },
    workflow: { type: 'string' },
    namespace: { type: 'string', default: 'default' },
    run: { type: 'string' },
    shape: { type: 'string' },
  },
});
const { address, workflow, shape } = values;
if (address === undefined || workflow === undefined || shape === undefined) {
  console.error(usage);
  process.exit(2);
}
const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const { path } = await resolveBinary(temporalSpec);
const which = [
  '--namespace',
  values.namespace,
  '--workflow-id',
  workflow,
  ...(values.run === undefined ? [] : ['--run-id', values.run]),
];
const { stdout } = await run(path, ['workflow', 'show', '--address', address, ...which, '--output', 'json']);
const history = JSON.parse(stdout) as { events: unknown[] };
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const folder = new URL(`../test/replay/histories/${version}/`, import.meta.url);
mkdirSync(folder, { recursive: true });
const file = new URL(`${shape}.json`, folder);
writeFileSync(file, `${JSON.stringify(clean(history), null, 1)}\n`);
console.log(`${fileURLToPath(file)}: ${history.events.length} events`);

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
  return value.replaceAll(root, '/landfall');
}
