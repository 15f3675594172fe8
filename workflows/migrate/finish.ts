import type { RunEnding, TriedCompensation } from '../../src/saga/state.ts';
import { contextOf, planOf } from '../opening/scope.ts';
import { activities } from '../saga/activities.ts';
import type { ActionHandler, Run } from '../saga/run.ts';
import { inWindow } from '../saga/window.ts';
import { claimRanges } from './claims.ts';
import { plannedOf, type MigrateFound } from './found.ts';
import { removeSourceVolumes } from './volumes.ts';

/** Batches at the same time: the cluster port bounds the requests, this bounds the memory. */
const batchesInParallel = 2;

/** Looks whether everything arrived, then leaves nothing of the move behind. */
export const finishActions = {
  async verify(run, { stepId }) {
    const verified = await activities.verifyObjects({ context: contextOf(run), plan: planOf(run).plan, stepId });
    run.found.verified = verified;
    return { short: verified.missing > 0 || verified.different > 0 };
  },

  'clean-source': removeSourceVolumes,

  async 'release-volumes'(run) {
    const context = contextOf(run);
    await inWindow(claimRanges(run), 2, (claims) => activities.releaseVolumes({ context, claims }));
  },

  async 'leave-namespaces'(run) {
    await activities.removeNamespaces({ context: contextOf(run) });
  },

  async 'sweep-volumes'(run) {
    await activities.sweepVolumes({ context: contextOf(run) });
  },

  async 'give-fields-back'(run, { stepId }) {
    const context = contextOf(run);
    const batches = plannedOf(run).applyGroups.flatMap((applyGroup) => (applyGroup.settle ? [] : applyGroup.batches));
    await inWindow(batches, batchesInParallel, (batch) => activities.giveFieldsBack({ context, batch, stepId }));
  },
} satisfies Record<string, ActionHandler<MigrateFound>>;

/** Writes the report of an ending. */
export async function writeReport(
  run: Run<MigrateFound>,
  ending: RunEnding,
  tried: readonly TriedCompensation[]
): Promise<void> {
  const { outcome, exitCode, error } = ending;
  const { found, sides, startedAt, journal } = run;
  const { preflight, captured, plan, verified, recoveryPoint, checked, volumes } = found;
  const capturedMs = run.startedMs.get('capture');
  const capturedAt =
    found.point?.createdAt ?? (capturedMs === undefined ? undefined : new Date(capturedMs).toISOString());
  const { report, summary } = await activities.writeReport({
    context: contextOf(run),
    request: {
      ...defined({ preflight, captured, verified, capturedAt, checked, error }),
      ...defined({ recoveryPoint: recoveryPoint ?? found.point?.captured.capture }),
      ...(plan === undefined ? {} : { plan: { ...plan, claims: [], applyGroups: [] } }),
      sides: { source: sides.source, target: sides.target },
      applied: found.applied.flat(),
      volumes,
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
function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}
