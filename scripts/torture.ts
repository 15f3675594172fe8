import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { writeReliabilityPage } from '../test/torture/page.ts';
import { appendResult, readResults } from '../test/torture/results.ts';
import { show } from '../test/torture/show.ts';
import { runSession } from '../test/torture/session.ts';
import { chosenSeeds } from '../test/torture/chosen-seeds.ts';
import { faultKinds } from '../test/torture/faults/catalogue.ts';
import { readOptions, refuse, wholeNumber } from './options.ts';

const usage = `usage: npm run torture -- [--seeds N] [--first K] [--parallel P] [--only FAULT] [--resume] [--chosen] [--keep-labs]
  --seeds N      how many (default: 25), from --first K on (default: 0)
  --parallel P   lanes at the same time (default: 6)
  --only FAULT   this fault instead of the seed's own; such results are not kept. Histories (seeds from 40,000 on) keep theirs
  --resume       skips seeds that have passed
  --chosen       the seeds that every npm test runs
  --keep-labs    leaves the labs up for the next time
  --lanes-from I index of the first lane, to run beside another session
  --report       writes the table of docs/reliability.md and runs nothing
  --show         plays the scenes of docs/guides/when-it-breaks.md and writes what was to be seen`;

/**
 * `npm run torture`: whole migrations, restores and histories of backups on a light lab, struck where the seed says. Results are appended to
 * `.lab/torture-results.jsonl`.
 */
const values = readOptions(usage, {
  seeds: { type: 'string', default: '25' },
  first: { type: 'string', default: '0' },
  parallel: { type: 'string', default: '6' },
  'lanes-from': { type: 'string', default: '0' },
  only: { type: 'string' },
  resume: { type: 'boolean', default: false },
  chosen: { type: 'boolean', default: false },
  report: { type: 'boolean', default: false },
  show: { type: 'boolean', default: false },
  'keep-labs': { type: 'boolean', default: false },
});
const seedCount = wholeNumber({ name: 'seeds', text: values.seeds, least: 1 }, usage);
const first = wholeNumber({ name: 'first', text: values.first, least: 0 }, usage);
const parallel = wholeNumber({ name: 'parallel', text: values.parallel, least: 1 }, usage);
if (values.only !== undefined && !faultKinds.some(({ name }) => name === values.only))
  refuse(`no fault named ${values.only}; there are: ${faultKinds.map(({ name }) => name).join(', ')}`);
const lanesFrom = wholeNumber({ name: 'lanes-from', text: values['lanes-from'], least: 0 }, usage);
const file = fileURLToPath(new URL('../.lab/torture-results.jsonl', import.meta.url));
if (values.show) {
  await show(values.only, (line) => console.log(line));
  process.exit(0);
}
if (values.report) {
  await writeReliabilityPage(readResults(file), 'torture');
  process.exit(0);
}
const passed = new Set(
  values.resume
    ? readResults(file)
        .filter(({ outcome }) => outcome !== 'failed')
        .map(({ seed }) => seed)
    : []
);
const wanted = values.chosen ? chosenSeeds : Array.from({ length: seedCount }, (_, index) => first + index);
const seeds = wanted.filter((seed) => !passed.has(seed));
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
let [done, failed] = [0, 0];
const started = performance.now();
await runSession({
  ...{ seeds, parallel, lanesFrom, commit, keepLabs: values['keep-labs'] },
  ...(values.only === undefined ? {} : { only: values.only }),
  say: (line) => console.log(line),
  onResult(result) {
    done += 1;
    if (result.outcome === 'failed') failed += 1;
    // A fault chosen by hand is another trial than the seed's own.
    if (values.only === undefined) appendResult(file, result);
  },
});
console.log(`${done} seeds, ${failed} failed, ${((performance.now() - started) / 1_000).toFixed(0)} s`);
process.exit(failed === 0 && done === seeds.length ? 0 : 1);
