import { isBad } from './schedule.ts';
import type { WaveItem, WavePurpose, WaveSpec } from './wave.ts';

/**
 * The wave of a dry run or of planning: it looks at every namespace, whatever becomes of the others, and it need not wait
 * for the calendar, which is about moving.
 */
export function waveForPurpose(spec: WaveSpec, purpose: Exclude<WavePurpose, 'move'>): WaveSpec {
  const { calendar: _, ...rest } = spec;
  return {
    ...rest,
    migrations: spec.migrations.map((migration) => ({ ...migration, dryRun: purpose === 'dry-run' })),
    // A share of more than all of them is never reached.
    stopOn: { ...spec.stopOn, failureRate: 1 },
  };
}

/**
 * The exit code of a wave that came to its end. One that moves: 0, or 3 when some did not arrive. A dry run and planning
 * answer as one migration would: with the code that everything that did not pass has in common, so that a pipeline reports a
 * blocker from a refused object; else 3.
 */
export function waveExitCode(items: readonly WaveItem[], purpose: WavePurpose): number {
  const bad = items.filter(isBad);
  if (bad.length === 0) return 0;
  const [code = 3, ...others] = new Set(bad.map(({ exitCode = 3 }) => exitCode));
  return purpose === 'move' || others.length > 0 ? 3 : code;
}
