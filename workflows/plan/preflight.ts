import type { PreflightResult, RunContext } from '../../src/core/migration/contract.ts';
import { errorDetail } from '../../src/core/errors.ts';
import type { ErrorCode } from '../../src/core/errors.ts';
import { effects, reads } from '../lib/activities.ts';
import { toFailure } from '../lib/failures.ts';
import { contextOf, runPhase } from '../migrate/run.ts';
import type { Run } from '../migrate/run.ts';

/** Opens a run that only reads, and looks at both clusters. A blocker found here ends it: there is nothing to plan with. */
export async function preflightRun(run: Run): Promise<{ context: RunContext; preflight: PreflightResult }> {
  const { input } = run;
  const opened = await runPhase(
    run,
    'preflight',
    'preflight',
    async () => {
      const context = contextOf(input, await effects.openRun({ input }));
      run.context = context;
      return { context, preflight: await reads.preflight({ context, stepId: 'preflight' }) };
    },
    ({ preflight }) => ({ counts: { kinds: preflight.kindCount, findings: preflight.findings.length } })
  );
  const { findings, blockers } = opened.preflight;
  for (const finding of findings) run.journal.emit({ type: 'finding', ...finding });
  const worst = findings.find(({ severity }) => severity === 'blocker');
  if (worst === undefined) return opened;
  const others = blockers > 1 ? ` (and ${blockers - 1} more)` : '';
  throw toFailure(
    errorDetail(worst.code as ErrorCode, {
      what: `${worst.subject}: ${worst.message}${others}`,
      fix: worst.remedy,
      ...(worst.side === undefined ? {} : { side: worst.side }),
    })
  );
}
