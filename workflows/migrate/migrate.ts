import { CancelledFailure, setHandler } from '@temporalio/workflow';
import { phasesOf } from '../../src/core/course/course.ts';
import { errorDetail } from '../../src/core/errors.ts';
import type { MigrateInput } from '../../src/core/migration/contract.ts';
import type { RunOutcome } from '../../src/core/run/events.ts';
import type { StoredRef } from '../../src/core/stored-ref.ts';
import { toFailure } from '../lib/failures.ts';
import { eventsQuery, reportQuery, sidesQuery } from '../lib/messages.ts';
import { drive } from './drive.ts';
import { createRun, factsOf } from './run.ts';

/** How a run ended: what the CLI turns into its last lines and its exit code. */
export interface MigrateOutcome {
  readonly outcome: RunOutcome;
  readonly exitCode: number;
  /** Absent when the location did not take it. */
  readonly report?: StoredRef;
}

/**
 * Moves a scope from one cluster to another: preflight, capture, plan, volumes, apply, verify, finish. What comes when,
 * what undoes it and how it ends is decided by the course (src/core/course); a failure for good or a cancel undoes
 * everything in reverse, not cancellable, and closes the run as Failed or Cancelled.
 */
export async function migrate(input: MigrateInput): Promise<MigrateOutcome> {
  const run = createRun(input);
  setHandler(eventsQuery, (since) => run.journal.since(since, 500));
  setHandler(sidesQuery, () => run.sides);
  setHandler(reportQuery, () =>
    run.report === undefined ? undefined : { ref: run.report, location: input.spec.location }
  );

  const { name, source, target } = input.spec;
  run.journal.emit({
    type: 'hello',
    kind: 'migrate',
    name,
    schemaMinor: 0,
    source: source.name,
    target: target.name,
    phases: phasesOf(factsOf(input)),
  });
  run.journal.emit({ type: 'side', ...run.sides });

  const { outcome, exitCode, error } = await drive(run);
  if (outcome === 'cancelled') throw new CancelledFailure('the run was cancelled', [{ outcome, exitCode }]);
  if (outcome === 'failed' || outcome === 'rolled-back') {
    const detail = error ?? errorDetail('INTERNAL', { what: 'the run failed for an unknown reason' });
    throw toFailure(detail, { outcome, exitCode });
  }
  return { outcome, exitCode, ...(run.report === undefined ? {} : { report: run.report }) };
}
