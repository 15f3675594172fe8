import type { SeedResult } from './results.ts';
export function writeReliabilityTable(results: readonly SeedResult[]): void {
  console.log(results.length);
}
