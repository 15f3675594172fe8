import type { ApplyResult } from '../../src/core/apply/contract.ts';
import type { ReportedCopies } from '../../src/core/retention/copies.ts';
import type { StoredRef } from '../../src/core/stored-ref.ts';
import type { RunEnding, TriedCompensation } from '../../src/saga/state.ts';
import { contextOf } from '../opening/scope.ts';
import { activities } from '../saga/activities.ts';
import type { Run } from '../saga/run.ts';
import type { TakingFound } from './found.ts';

/** How a run ended, and what it brought with it. */
interface Ended {
  readonly ending: RunEnding;
  readonly tried: readonly TriedCompensation[];
  readonly volumes: readonly StoredRef[];
  readonly applied: readonly ApplyResult[];
  readonly copies?: ReportedCopies;
}

/** Writes the report of an ending. */
export async function writeReport(
  run: Run<TakingFound>,
  { ending, tried, volumes, applied, copies }: Ended
): Promise<void> {
  const { outcome, exitCode, error } = ending;
  const { found, sides, startedAt, journal } = run;
  const { preflight, captured, plan, verified, recoveryPoint, checked } = found;
  const capturedMs = run.startedMs.get('capture');
  const capturedAt =
    found.point?.createdAt ?? (capturedMs === undefined ? undefined : new Date(capturedMs).toISOString());
  const { report, summary } = await activities.writeReport({
    context: contextOf(run),
    request: {
      ...defined({ preflight, captured, verified, capturedAt, checked, error }),
      ...defined({ copies, recoveryPoint: recoveryPoint ?? found.point?.captured.capture }),
      ...(plan === undefined ? {} : { plan: { ...plan, claims: [], applyGroups: [] } }),
      sides: { source: sides.source, target: sides.target },
      ...{ applied, volumes },
      ...{ outcome, exitCode, startedAt, finishedAt: new Date().toISOString(), phases: journal.phases },
      undo: tried.map(({ title, error: why }) =>
        why === undefined ? { title, ok: true } : { title, ok: false, error: why }
      ),
    },
  });
  found.report = report;
  found.reportSummary = summary;
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Omits what is undefined: a request has what is there. */
export function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}
