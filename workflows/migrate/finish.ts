import { contextOf, planOf } from '../opening/scope.ts';
import { activities } from '../saga/activities.ts';
import type { ActionHandler } from '../saga/run.ts';
import { inWindow } from '../saga/window.ts';
import { claimRanges } from '../volumes/claims.ts';
import { plannedOf } from '../volumes/found.ts';
import type { MigrateFound } from './found.ts';

/** Batches at the same time: the cluster port bounds the requests, this bounds the memory. */
const batchesInParallel = 2;

/** Looks whether everything arrived, then leaves nothing of the move behind. */
export const finishActions = {
  async verify(run, { stepId }) {
    const verified = await activities.verifyObjects({ context: contextOf(run), plan: planOf(run).plan, stepId });
    run.found.verified = verified;
    return { short: verified.missing > 0 || verified.different > 0 };
  },

  async 'release-volumes'(run) {
    const context = contextOf(run);
    await inWindow(claimRanges(run), 2, (claims) => activities.releaseVolumes({ context, claims }));
  },

  async 'give-fields-back'(run, { stepId }) {
    const context = contextOf(run);
    const batches = plannedOf(run).applyGroups.flatMap((applyGroup) => (applyGroup.settle ? [] : applyGroup.batches));
    await inWindow(batches, batchesInParallel, (batch) => activities.giveFieldsBack({ context, batch, stepId }));
  },
} satisfies Record<string, ActionHandler<MigrateFound>>;
