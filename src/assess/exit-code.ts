import type { Counts } from './assessment.ts';

/** The exit code of an assessment: 5 on open blockers, with `--exit-code` 4 on open warnings, else 0. */
export function assessmentExitCode({ blockers, warnings }: Counts, exitCodeOnWarnings: boolean): number {
  if (blockers > 0) return 5;
  return exitCodeOnWarnings && warnings > 0 ? 4 : 0;
}
