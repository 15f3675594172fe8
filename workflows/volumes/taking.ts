import { ParentClosePolicy, executeChild } from '@temporalio/workflow';
import { errorDetail } from '../../src/core/errors.ts';
import { capturedOf, contextOf, planOf, preflightOf } from '../opening/scope.ts';
import { activities } from '../saga/activities.ts';
import { toFailure } from '../saga/failures.ts';
import type { ActionHandler, Compensate, Run } from '../saga/run.ts';
import { inWindow, throughAll } from '../saga/window.ts';
import { aboutClaim, claimRanges } from './claims.ts';
import { plannedOf, type TakingFound } from './found.ts';
import { exportVolume } from './volume.ts';
import type { StoredRef } from '../../src/core/stored-ref.ts';
import type { HooksRun, VolumeAnswer } from '../../src/core/volumes/contract.ts';

/**
 * Snapshots every claim inside the freeze of the hooks and brings the data into the repository; at the end, whatever that
 * needed on the source goes.
 */
export const takingActions = {
  async 'prepare-volumes'(run, { stepId }) {
    await activities.prepareVolumes({ context: contextOf(run), plan: planOf(run).plan, stepId });
  },

  async freeze(run, { stepId }) {
    await activities.runHooks({ context: contextOf(run), when: 'pre', stepId });
  },

  async snapshot(run, { stepId }) {
    const context = contextOf(run);
    await inWindow(claimRanges(run), 2, (claims) => activities.snapshotClaims({ context, claims, stepId }));
    return { summary: { counts: { claims: plannedOf(run).claims.length } } };
  },

  async thaw(run, { stepId }) {
    const failed = failedHooks(await activities.runHooks({ context: contextOf(run), when: 'post', stepId }));
    if (failed === '') return;
    const counts = run.summaries.get(stepId)?.counts ?? {};
    return { abandoned: true, summary: { counts, note: `${failed}: the source is frozen` } };
  },

  async upload(run, { item, stepId }) {
    const { files, sizeBytes, transferredBytes } = await uploadClaim(run, item, stepId);
    return { summary: { counts: { files, bytes: sizeBytes, transferredBytes } } };
  },

  'clean-source': removeSourceVolumes,

  async 'leave-namespaces'(run) {
    await activities.removeNamespaces({ context: contextOf(run) });
  },

  async 'sweep-volumes'(run) {
    await activities.sweepVolumes({ context: contextOf(run) });
  },
} satisfies Record<string, ActionHandler<TakingFound>>;

export const takingCompensations = {
  async 'remove-namespaces'(run) {
    await activities.removeNamespaces({ context: contextOf(run) });
  },

  async thaw(run) {
    const failed = failedHooks(await activities.thawSource({ context: contextOf(run) }));
    if (failed !== '') throw toFailure(errorDetail('HOOK_FAILED', { what: `${failed}: the source is frozen` }));
  },

  'remove-source-volumes': removeSourceVolumes,
} satisfies Record<string, Compensate<TakingFound>>;

/** Brings one claim into the repository, in a history of its own. */
export async function uploadClaim(run: Run<TakingFound>, item: number, stepId: string): Promise<VolumeAnswer> {
  const { id, request } = aboutClaim(run, item);
  const answer = await executeChild(exportVolume, {
    workflowId: `${run.id}/upload/${id}`,
    args: [{ ...request, stepId }],
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
  });
  run.found.uploaded[item] = answer.volume;
  return answer;
}

/** Makes the recovery point exist, with these volumes in it. */
export async function commitPoint(run: Run<TakingFound>, volumes: readonly StoredRef[], stepId: string): Promise<void> {
  run.found.recoveryPoint = await activities.commitRecoveryPoint({
    context: contextOf(run),
    capture: capturedOf(run).capture,
    plan: planOf(run).plan,
    volumes,
    createdAt: run.startedAt,
    preflight: preflightOf(run),
    stepId,
  });
}

/** Also part of a run that ends well: nothing of it stays on the source. */
async function removeSourceVolumes(run: Run<TakingFound>): Promise<void> {
  const context = contextOf(run);
  await throughAll(claimRanges(run), 2, (claims) => activities.removeSourceVolumes({ context, claims }));
}

function failedHooks({ failed }: HooksRun): string {
  return failed.join('; ');
}
