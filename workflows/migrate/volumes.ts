import { ParentClosePolicy, executeChild } from '@temporalio/workflow';
import { contextOf } from '../opening/scope.ts';
import { activities } from '../saga/activities.ts';
import { required } from '../saga/drive.ts';
import type { ActionHandler, Compensate } from '../saga/run.ts';
import { aboutClaim, claimAt } from '../volumes/claims.ts';
import { takingActions, takingCompensations } from '../volumes/taking.ts';
import type { MigrateFound } from './found.ts';
import { importVolume } from './volume.ts';
import type { VolumeAnswer } from '../../src/core/volumes/contract.ts';

/**
 * Brings the data of every claim into the repository, then fills new volumes on the target in Landfall's own namespace.
 * Nothing enters an application namespace of the target here.
 */
export const volumeActions = {
  ...takingActions,

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
  ...takingCompensations,

  async 'remove-target-volume'(run, item) {
    const { plan, index } = claimAt(run, item);
    const claims = { plan, from: index, to: index + 1 };
    await activities.removeTargetVolumes({ context: contextOf(run), claims });
  },
} satisfies Record<string, Compensate<MigrateFound>>;

function treeNote({ excluded }: VolumeAnswer): string {
  return excluded === 0 ? 'tree equal' : `tree equal except for ${excluded} excluded`;
}
