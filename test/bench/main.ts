import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import * as catalogue from '../../lab/binaries/catalogue.ts';
import { temporalSpec } from '../../src/binaries/temporal.ts';
import { describeMachine } from './host.ts';
import { renderTable, rewritePage, rule, writePage } from './page.ts';
import type { Part } from './part.ts';
import { apply } from './parts/apply.ts';
import { assess } from './parts/assess.ts';
import { backup } from './parts/backup.ts';
import { capture } from './parts/capture.ts';
import { encryption } from './parts/encryption.ts';
import { fairness } from './parts/fairness.ts';
import { plan } from './parts/plan.ts';
import { restore } from './parts/restore.ts';
import { scale } from './parts/scale.ts';
import { unchanged } from './parts/unchanged.ts';
import { velero } from './parts/velero.ts';
import { verify } from './parts/verify.ts';
import { volumes } from './parts/volumes.ts';
import type { BenchResult } from './result.ts';

const parts: readonly Part[] = [
  ...[plan, capture, apply, velero, scale, fairness, assess, volumes],
  ...[backup, restore, encryption, unchanged, verify],
];

export const benchUsage = `usage: npm run bench -- [--only NAME]... [--quick] [--json FILE] [--scale F] [--no-docs]
  --only NAME   one part: ${parts.map(({ name }) => name).join(', ')}; may be given again
  --quick       the cut for CI: small, without Velero; fails only on what is counted, never on time
  --json FILE   writes [{name, ratio, low, high, target, met, stealPercent}]; parts not run now stay in it
  --scale F     F times the objects; results are neither judged by anybody nor written into the page
  --page        measures nothing and writes docs/benchmarks.md again from docs/benchmarks/*.json
  --no-docs     leaves docs/benchmarks.md alone (--quick does as well)`;

export interface BenchOptions {
  readonly only?: readonly string[];
  readonly quick: boolean;
  readonly json?: string;
  /** Times the number of objects. */
  readonly scale: number;
  readonly noDocs: boolean;
  readonly page: boolean;
}

/** `npm run bench`: measures, judges, and writes the page. Exit code 1 when a counted target of the quick cut is missed. */
export async function bench(values: BenchOptions): Promise<number> {
  const wanted = values.only ?? parts.filter(({ inQuick }) => !values.quick || inQuick).map(({ name }) => name);
  const unknown = wanted.filter((name) => !parts.some((part) => part.name === name));
  if (unknown.length > 0) {
    console.error(`no part named ${unknown.join(', ')}\n${benchUsage}`);
    return 2;
  }
  if (values.page) {
    await rewritePage(parts.map(({ name }) => name));
    return 0;
  }
  const { scale } = values;
  const chosen = parts.filter(({ name }) => wanted.includes(name));
  const minutes = chosen.reduce((sum, { expectedMinutes }) => sum + (values.quick ? 1 : expectedMinutes), 0);
  console.log(
    `${describeMachine()}\n${rule}\nparts: ${wanted.join(', ')}; about ${minutes} min on two idle processors`
  );
  const results: BenchResult[] = [];
  for (const [at, part] of chosen.entries()) {
    const startedAt = performance.now();
    const elapsed = (): string => `${((performance.now() - startedAt) / 60_000).toFixed(1)} min`;
    const say = (line: string): void => console.log(`[${at + 1}/${chosen.length} ${part.name}, ${elapsed()}] ${line}`);
    say(part.title);
    const report = await part.run({ quick: values.quick, scale, say });
    console.log([...report.tables.map(renderTable), ...report.notes].join('\n\n'));
    for (const result of report.results) say(sentence(result));
    results.push(...report.results);
    if (!values.quick && !values.noDocs && scale === 1) {
      const command = `npm run bench -- --only ${part.name}`;
      const spent = Math.round((performance.now() - startedAt) / 60_000);
      const date = new Date().toISOString().slice(0, 16).replace('T', ' ');
      await writePage(
        {
          ...report,
          part: part.name,
          title: part.title,
          date: `${date} UTC`,
          machine: describeMachine(),
          versions: versions(),
          command,
          minutes: spent,
        },
        parts.map(({ name }) => name)
      );
    }
    if (values.json !== undefined) writeJson(values.json, report.results);
  }
  return values.quick && results.some(isGrossRegression) ? 1 : 0;
}

/** What a count of the quick cut may be beyond its target: it is there to catch a regression, not to judge one. */
const quickMargin = 1.35;

/** In the quick cut only what is counted can fail; a time is printed and judged by nobody. */
function isGrossRegression({ met, name, ratio, target }: BenchResult): boolean {
  return met === false && !name.includes('wall time') && ratio > target * quickMargin;
}

function sentence({ name, ratio, low, high, target, met, stealPercent }: BenchResult): string {
  const interval = low === high ? '' : ` [${low}, ${high}]`;
  const verdict = met === null ? 'no verdict (A/A control too wide)' : met ? 'met' : 'NOT MET';
  return `${name}: ${ratio}${interval}, target ${target}: ${verdict}; steal ${stealPercent} %`;
}

/** Results of the same name are replaced, others stay: parts may be run one by one. */
function writeJson(file: string, results: readonly BenchResult[]): void {
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as BenchResult[]) : [];
  const names = new Set(results.map(({ name }) => name));
  const kept = before.filter(({ name }) => !names.has(name));
  writeFileSync(file, `${JSON.stringify([...kept, ...results], null, 2)}\n`);
}

function versions(): string {
  const { kubeApiServer, etcd, versitygw, velero: peer } = catalogue;
  const commit = execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim();
  const named = [kubeApiServer, etcd, versitygw, temporalSpec, peer].map(({ name, version }) => `${name} ${version}`);
  return [`Landfall ${commit}`, ...named].join(', ');
}
