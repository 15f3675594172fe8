import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Outcome } from './oracle/judge.ts';
import type { Strike, Trial } from './trial.ts';

/** One seed as it was run; a line of the results file. */
export interface SeedResult {
  readonly seed: number;
  readonly shape: Trial['shape'] | 'history';
  readonly strikes: readonly Strike[];
  /** How many of the strikes met their failpoint. */
  readonly struck: number;
  readonly outcome: Outcome;
  /** Code of the error of a run that rolled back. */
  readonly code: string;
  readonly problems: readonly string[];
  readonly recoverMs: readonly number[];
  readonly durationMs: number;
  readonly at: string;
  readonly commit: string;
}

/** Reads what earlier sessions have appended; of a seed that was run again the last result counts. */
export function readResults(file: string): readonly SeedResult[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  return [
    ...new Map(lines.map((line) => JSON.parse(line) as SeedResult).map((result) => [result.seed, result])).values(),
  ];
}

export function appendResult(file: string, result: SeedResult): void {
  mkdirSync(dirname(file), { recursive: true });
  appendFileSync(file, `${JSON.stringify(result)}\n`);
}
