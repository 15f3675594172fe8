import { ParentClosePolicy, executeChild } from '@temporalio/workflow';
import { errorDetail } from '../../src/core/errors.ts';
import { contextOf, planOf } from '../opening/scope.ts';
import { activities } from '../saga/activities.ts';
import { required } from '../saga/drive.ts';
import { toFailure } from '../saga/failures.ts';
import type { ActionHandler, Compensate, Run } from '../saga/run.ts';
import { inWindow, throughAll } from '../saga/window.ts';
import { aboutClaim, claimAt, claimRanges } from './claims.ts';
import { plannedOf, type MigrateFound } from './found.ts';
import { exportVolume, importVolume } from './volume.ts';
import type { HooksRun, VolumeAnswer } from '../../src/core/volumes/contract.ts';

/**
 * Snapshots every claim inside the freeze of the hooks, brings the data into the repository, then fills new volumes on
 * the target in Landfall's own namespace. Nothing enters an application namespace of the target here.
 */
export const volumeActions = {
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
    const { id, request } = aboutClaim(run, item);
    const { volume, files, sizeBytes, transferredBytes } = await executeChild(exportVolume, {
      workflowId: `${run.id}/upload/${id}`,
      args: [{ ...request, stepId }],
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    });
    run.found.uploaded[item] = volume;
    return { summary: { counts: { files, bytes: sizeBytes, transferredBytes } } };
  },

  async fill(run, { item, stepId }) {
    const { id, request } = aboutClaim(run, item);
    const { uploaded, volumes, point } = run.found;
    const arrived = await executeChild(importVolume, {
      workflowId: `${run.id}/fill/${id}`,
      // The data of a restore is that of its recovery point.
      args: [{ ...request, ...(point === undefined && { uploaded: required(uploaded[item], 'upload') }), stepId }],
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    });
    // From here on it is known by what has arrived: one reference a claim travels with the run.
    delete uploaded[item];
    volumes.push(arrived.volume);
    run.found.movedBytes += arrived.sizeBytes;
    return { summary: { counts: { files: arrived.files, bytes: arrived.sizeBytes }, note: treeNote(arrived) } };
  },
} satisfies Record<string, ActionHandler<MigrateFound>>;

export const volumeCompensations = {
  async 'remove-namespaces'(run) {
    await activities.removeNamespaces({ context: contextOf(run) });
  },

  async thaw(run) {
    const failed = failedHooks(await activities.thawSource({ context: contextOf(run) }));
    if (failed !== '') throw toFailure(errorDetail('HOOK_FAILED', { what: `${failed}: the source is frozen` }));
  },

  'remove-source-volumes': removeSourceVolumes,

  async 'remove-target-volume'(run, item) {
    const { plan, index } = claimAt(run, item);
    const claims = { plan, from: index, to: index + 1 };
    await activities.removeTargetVolumes({ context: contextOf(run), claims });
  },
} satisfies Record<string, Compensate<MigrateFound>>;

/** Also part of a run that ends well: nothing of the move stays on the source. */
export async function removeSourceVolumes(run: Run<MigrateFound>): Promise<void> {
  const context = contextOf(run);
  await throughAll(claimRanges(run), 2, (claims) => activities.removeSourceVolumes({ context, claims }));
}

function failedHooks({ failed }: HooksRun): string {
  return failed.join('; ');
}

function treeNote({ excluded }: VolumeAnswer): string {
  return excluded === 0 ? 'tree equal' : `tree equal except for ${excluded} excluded`;
}
