import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

/** One command of a check or test run. */
export interface Stage {
  readonly name: string;
  /** Arguments for the Node that runs this file. */
  readonly node: readonly string[];
  /** Set for vitest: counts are read from its JSON report. */
  readonly counts?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

export interface StageResult {
  readonly name: string;
  readonly ok: boolean;
  readonly seconds: number;
  readonly passed: number;
  readonly failed: number;
  /** A line for each failed test: file, name, first lines of why. */
  readonly failures: readonly string[];
}

const bin = 'node_modules';

/** What `npm run check` consists of; everything needs no server. */
export const checkStages: readonly Stage[] = [
  { name: 'format', node: [`${bin}/prettier/bin/prettier.cjs`, '--check', '--cache', '--log-level=warn', '.'] },
  { name: 'types', node: [`${bin}/typescript/bin/tsc`, '-b'] },
  { name: 'lint', node: [`${bin}/oxlint/bin/oxlint`, '--type-aware', '--deny-warnings'] },
  { name: 'dead code', node: [`${bin}/knip/bin/knip.js`, '--no-progress'] },
  { name: 'only tested', node: [`${bin}/knip/bin/knip.js`, '--no-progress', '--production'] },
  vitestStage('unit'),
];

/** Everything the labs of the tests are made of, so that no test waits for a build within its own time limit. */
export const prepareLab: Stage = { name: 'lab parts', node: ['lab/main.ts', 'prepare'] };

/** The cut of the benchmarks for CI: fails on requests, memory and histories out of bounds, never on time. */
export const quickBench: Stage = { name: 'bench', node: ['scripts/bench.ts', '--quick'] };

/** Migrations struck by the chosen seeds: a level of its own, not vitest's. */
export const tortureStage: Stage = { name: 'torture', node: ['scripts/torture.ts', '--chosen'] };

/** A level of the test pyramid as a stage. */
export function vitestStage(project: string, env: Readonly<Record<string, string>> = {}): Stage {
  return { name: project, node: [`${bin}/vitest/vitest.mjs`, 'run', '--project', project], counts: true, env };
}

/** Runs a stage, its output passing through. Never throws: a failure is a result. */
export async function runStage(stage: Stage): Promise<StageResult> {
  const started = performance.now();
  const report = join(tmpdir(), `landfall-${process.pid}-${stage.name}.json`);
  const reporters = stage.counts ? ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`] : [];
  const code = await new Promise<number>((resolve) => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...stage.node, ...reporters], {
      stdio: 'inherit',
      env: { ...process.env, ...stage.env },
    });
    child.on('exit', (exitCode) => resolve(exitCode ?? 1));
  });
  const counts = stage.counts
    ? readCounts(report)
    : { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, failures: [] };
  const seconds = (performance.now() - started) / 1000;
  return { name: stage.name, ok: code === 0, seconds, ...counts };
}

/**
 * Prints what failed, where the time went and the closing line; sets the exit code. The failures are reported again here,
 * shortly, because of a long output often only the end is kept.
 */
export function printResults(results: readonly StageResult[], startedMs: number): void {
  const total = (performance.now() - startedMs) / 1000;
  for (const { name, failures } of results) for (const failure of failures) console.log(`FAILED ${name}: ${failure}`);
  for (const { name, ok, seconds } of results) {
    console.log(`${ok ? 'ok    ' : 'FAILED'} ${name.padEnd(12)} ${seconds.toFixed(1)} s`);
  }
  console.log(`total ${total.toFixed(1)} s`);
  const sum = (field: 'passed' | 'failed') => results.reduce((count, result) => count + result[field], 0);
  console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
  process.exitCode = results.every((result) => result.ok) ? 0 : 1;
}

/** Runs the stages two at a time, in order. */
export async function runStages(stages: readonly Stage[], parallel = 2): Promise<StageResult[]> {
  const results: StageResult[] = [];
  let next = 0;
  const lane = async () => {
    while (next < stages.length) {
      const index = next++;
      results[index] = await runStage(stages[index] as Stage);
    }
  };
  await Promise.all(Array.from({ length: parallel }, lane));
  return results;
}

/** What of vitest's JSON report is read. */
interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

function readCounts(file: string): Pick<StageResult, 'passed' | 'failed' | 'failures'> {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8')) as VitestReport;
    rmSync(file, { force: true });
    return { passed: report.numPassedTests, failed: report.numFailedTests, failures: failuresOf(report) };
  } catch {
    return { passed: 0, failed: 1, failures: ['no report was written: see the output above'] };
  }
}

function failuresOf(report: VitestReport): string[] {
  return report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(process.cwd(), name);
    const failed = assertionResults.filter((test) => test.status === 'failed');
    if (failed.length === 0) return status === 'failed' ? [`${file}: ${firstLines(message)}`] : [];
    return failed.map((test) => `${file}: ${test.fullName}: ${firstLines(test.failureMessages?.[0] ?? '')}`);
  });
}

/** Enough of a message to know the failure again, on one line. */
function firstLines(message: string): string {
  return message.split('\n', 3).join(' | ').slice(0, 400);
}
