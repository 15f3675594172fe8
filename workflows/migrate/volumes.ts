import { ParentClosePolicy, executeChild } from '@temporalio/workflow';
import { joinTolerations } from '../../src/core/volumes/mover-pods.ts';
import { errorDetail } from '../../src/core/errors.ts';
import type { HooksRun, MovedVolume } from '../../src/core/migration/contract.ts';
import { contextOf } from '../opening/scope.ts';
import { activities } from '../saga/activities.ts';
import { required } from '../saga/drive.ts';
import { toFailure } from '../saga/failures.ts';
import type { Act, Compensate, Run } from '../saga/run.ts';
import { chunks, inWindow, throughAll } from '../saga/window.ts';
import { plannedOf, type MigrateFound } from './found.ts';
import { exportVolume, importVolume } from './volume.ts';

/** Claims an activity handles that does something short to each. */
const claimsPerBatch = 20;

/**
 * Snapshots every claim inside the freeze of the hooks, brings the data into the repository, then fills new volumes on
 * the target in Landfall's own namespace. Nothing enters an application namespace of the target here.
 */
export const volumeActions = {
  async 'prepare-volumes'(run, { stepId }) {
    const lists = plannedOf(run).claims.map(({ placement }) => placement?.source?.tolerations ?? []);
    await activities.prepareVolumes({ context: contextOf(run), stepId, tolerations: joinTolerations(lists) });
  },

  async freeze(run, { stepId }) {
    await activities.runHooks({ context: contextOf(run), when: 'pre', stepId });
  },

  async snapshot(run, { stepId }) {
    const context = contextOf(run);
    const { claims } = plannedOf(run);
    await inWindow(chunks(claims, claimsPerBatch), 2, (batch) =>
      activities.snapshotClaims({ context, claims: batch, stepId })
    );
    return { summary: { counts: { claims: claims.length } } };
  },

  async thaw(run, { stepId }) {
    const failed = failedHooks(await activities.runHooks({ context: contextOf(run), when: 'post', stepId }));
    if (failed === '') return;
    const counts = run.summaries.get(stepId)?.counts ?? {};
    return { forgone: true, summary: { counts, note: `${failed}: the source is frozen` } };
  },

  async upload(run, { item }) {
    const { context, claim } = claimOf(run, item);
    const uploaded = await executeChild(exportVolume, {
      workflowId: `${context.runId}/upload/${claim.namespace}/${claim.name}`,
      args: [{ context, claim }],
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    });
    run.found.uploaded[item] = uploaded;
    const { files, sizeBytes, transferredBytes } = uploaded;
    return { summary: { counts: { files, bytes: sizeBytes, transferredBytes } } };
  },

  async fill(run, { item }) {
    const { context, claim } = claimOf(run, item);
    const uploaded = required(run.found.uploaded[item], 'upload');
    const moved = await executeChild(importVolume, {
      workflowId: `${context.runId}/fill/${claim.namespace}/${claim.name}`,
      args: [{ context, claim, uploaded }],
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    });
    run.found.volumes.push(moved);
    return { summary: { counts: { files: moved.files, bytes: moved.sizeBytes }, note: treeNote(moved) } };
  },
} satisfies Record<string, Act<MigrateFound>>;

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
    const { context, claim } = claimOf(run, item);
    await activities.removeTargetVolumes({ context, claims: [claim] });
  },
} satisfies Record<string, Compensate<MigrateFound>>;

/** Also part of a run that ends well: nothing of the move stays on the source. */
export async function removeSourceVolumes(run: Run<MigrateFound>): Promise<void> {
  const context = contextOf(run);
  await throughAll(chunks(plannedOf(run).claims, claimsPerBatch), 2, (claims) =>
    activities.removeSourceVolumes({ context, claims })
  );
}

function failedHooks({ failed }: HooksRun): string {
  return failed.join('; ');
}

function claimOf(run: Run<MigrateFound>, item: number) {
  return { context: contextOf(run), claim: required(plannedOf(run).claims[item], 'claim') };
}

function treeNote({ leftOut }: MovedVolume): string {
  return leftOut === 0 ? 'tree equal' : `tree equal except for ${leftOut} left out`;
}
