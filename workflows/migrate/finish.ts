import type { CourseEnding, TriedCompensation } from '../../src/core/course/state.ts';
import type { WrittenReport } from '../../src/core/migration/contract.ts';
import { activities } from '../lib/activities.ts';
import type { DoDeed } from './deeds.ts';
import { inWindow } from '../lib/window.ts';
import { contextOf, planOf } from './run.ts';
import type { Run } from './run.ts';
import { removeSourceVolumes } from './volumes.ts';

/** Batches at the same time: the cluster port bounds the requests, this bounds the memory. */
const batchesInParallel = 2;

/** Looks whether everything arrived, then leaves nothing of the move behind. */
export const finishDeeds = {
  async verify(run, _item, stepId) {
    const verified = await activities.verifyObjects({ context: contextOf(run), plan: planOf(run).plan, stepId });
    run.found.verified = verified;
    return { short: verified.missing > 0 || verified.different > 0 };
  },

  'clean-source': removeSourceVolumes,

  async 'commit-hand-over'(run) {
    await activities.commitHandOvers({ context: contextOf(run), claims: planOf(run).claims });
  },

  async 'leave-namespaces'(run) {
    await activities.removeNamespaces({ context: contextOf(run) });
  },

  async 'give-fields-back'(run, _item, stepId) {
    const context = contextOf(run);
    const batches = planOf(run).waves.flatMap((wave) => (wave.settle ? [] : wave.batches));
    await inWindow(batches, batchesInParallel, (batch) => activities.giveFieldsBack({ context, batch, stepId }));
  },
} satisfies Record<string, DoDeed>;

/** Writes the report of an ending. */
export async function writeReport(
  run: Run,
  ending: CourseEnding,
  undone: readonly TriedCompensation[]
): Promise<WrittenReport> {
  const { outcome, exitCode, error } = ending;
  const captured = run.startedMs.get('capture');
  return activities.writeReport({
    context: contextOf(run),
    request: {
      ...run.found,
      ...(run.found.plan === undefined ? {} : { plan: { ...run.found.plan, claims: [], waves: [] } }),
      sides: { source: run.sides.source, target: run.sides.target },
      ...(captured === undefined ? {} : { capturedAt: new Date(captured).toISOString() }),
      ...(error === undefined ? {} : { error }),
      applied: run.applied.flat(),
      outcome,
      exitCode,
      startedAt: run.startedAt,
      finishedAt: new Date().toISOString(),
      phases: run.journal.phases,
      undo: undone.map(({ title, error: rest }) =>
        rest === undefined ? { title, ok: true } : { title, ok: false, error: rest }
      ),
    },
  });
}
