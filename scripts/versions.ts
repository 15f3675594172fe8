import { execFileSync } from 'node:child_process';
import { controlPlanes, pinnedControlPlane } from '../lab/binaries/catalogue.ts';
import { down, up, type Lab } from '../lab/index.ts';
import { resultTable, writeVersionsPage } from '../test/versions/page.ts';
import { runTrial, type TrialResult } from '../test/versions/trial.ts';
import { readOptions, refuse } from './options.ts';

const minors = controlPlanes.map(({ minor }) => minor);
const usage = `usage: npm run versions -- [--only MINOR,MINOR] [--report] [--keep-labs]
  tries migrations between Kubernetes ${minors.join(', ')}, there and back, on light labs; builds versions that are missing
  (about 9 minutes each on two cores)
  --only A,B   only between these two
  --report     writes the table of docs/supported-versions.md when all pairs were tried
  --keep-labs  leaves the labs up for the next time`;

/** `npm run versions`: the real command between every two of the pinned Kubernetes versions. */
const values = readOptions(usage, {
  only: { type: 'string' },
  report: { type: 'boolean', default: false },
  'keep-labs': { type: 'boolean', default: false },
});
const chosen = values.only === undefined ? minors : values.only.split(',');
for (const minor of chosen)
  if (!minors.includes(minor)) refuse(`no Kubernetes "${minor}" is pinned; there are: ${minors.join(', ')}\n${usage}`);
if (new Set(chosen).size < 2) refuse(`--only takes two different versions\n${usage}`);
if (values.report && chosen.length < minors.length)
  refuse(`--report needs every pair, so it goes without --only\n${usage}`);

const started = performance.now();
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
const results: TrialResult[] = [];
for (const [source, target] of pairs(chosen)) {
  const name = `versions-${source}-${target}`.replaceAll('.', '-');
  try {
    console.log(
      `lab ${name}: Kubernetes ${source} and ${target} (pinned for all other labs: ${pinnedControlPlane.minor})`
    );
    const lab = await up({ light: true, name, kubernetes: { source, target }, ownerPid: process.pid });
    for (const way of [lab, exchanged(lab)]) {
      const result = await runTrial(way, results.length);
      results.push(result);
      const { problems } = result;
      console.log(
        `${result.source} -> ${result.target}: ${problems.length === 0 ? 'as expected' : problems.join('\n  ')}`
      );
    }
  } finally {
    if (!values['keep-labs']) await down({ name });
  }
}
console.log(`\n${resultTable(results)}\n`);
const failed = results.filter(({ problems }) => problems.length > 0).length;
console.log(
  `${results.length} directions, ${failed} not as expected, ${((performance.now() - started) / 1_000).toFixed(0)} s`
);
if (values.report) await writeVersionsPage(results, commit);
process.exit(failed === 0 ? 0 : 1);

/** The two furthest apart come first. */
function pairs(all: readonly string[]): (readonly [string, string])[] {
  const ordered = minors.filter((minor) => all.includes(minor));
  const found = ordered.flatMap((one, index) => ordered.slice(index + 1).map((other) => [one, other] as const));
  const distance = ([one, other]: readonly [string, string]): number => minors.indexOf(other) - minors.indexOf(one);
  return found.sort((one, other) => distance(other) - distance(one));
}

/** The same lab for the way back. */
function exchanged(lab: Lab): Lab {
  const { source, target } = lab.clusters;
  return { ...lab, clusters: { source: target, target: source } };
}
