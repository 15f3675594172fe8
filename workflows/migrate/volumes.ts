import { CancellationScope, ParentClosePolicy, executeChild } from '@temporalio/workflow';
import type {
  ClaimPlan,
  MigrationPlan,
  MovedVolume,
  RunContext,
  UploadedVolume,
} from '../../src/core/migration/contract.ts';
import type { StepInfo } from '../../src/core/run/events.ts';
import { effects, undos } from '../lib/activities.ts';
import { stepInfo } from '../lib/journal.ts';
import { chunks, inWindow } from '../lib/window.ts';
import { runPhase, runStep } from './run.ts';
import type { Run } from './run.ts';
import { exportVolume, importVolume } from './volume.ts';

/** Claims an activity handles that does something short to each. */
const claimsPerBatch = 20;

/**
 * Snapshots every claim inside the freeze of the hooks, brings the data into the repository, then fills new volumes on
 * the target in Landfall's own namespace. Nothing enters an application namespace of the target here.
 */
export async function moveVolumes(run: Run, context: RunContext, plan: MigrationPlan): Promise<readonly MovedVolume[]> {
  const { claims } = plan;
  return runPhase(
    run,
    'volumes',
    'move volumes',
    async () => {
      await prepareNamespaces(run, context);
      await snapshotClaims(run, context, claims);
      const limit = run.input.spec.volumes.parallel;
      const uploaded = await inWindow(claims, limit, (claim) => uploadOne(run, context, claim));
      return inWindow(claims, limit, (claim, index) => fillOne(run, context, claim, uploaded[index] as UploadedVolume));
    },
    (volumes) => ({
      counts: { claims: volumes.length, bytes: volumes.reduce((sum, volume) => sum + volume.sizeBytes, 0) },
    })
  );
}

async function prepareNamespaces(run: Run, context: RunContext): Promise<void> {
  const name = run.input.spec.landfallNamespace;
  await runStep(run, {
    info: stepInfo('volumes', 'own namespaces and repository', 'volumes/prepare'),
    undo: { title: `leave the namespace ${name} on both sides`, undo: () => undos.removeNamespaces({ context }) },
    body: () => effects.prepareVolumes({ context, stepId: 'volumes/prepare' }),
    summary: () => ({ counts: {} }),
  });
}

/** The freeze: pre hooks, snapshots, post hooks. The thaw always runs, also after a failure or a cancel. */
async function snapshotClaims(run: Run, context: RunContext, claims: readonly ClaimPlan[]): Promise<void> {
  const { hooks } = run.input.spec;
  const stepId = 'volumes/snapshots';
  await runStep(run, {
    info: stepInfo('volumes', 'snapshots', stepId),
    undo: {
      title: `remove ${claims.length} snapshots and temporary claims from the source`,
      undo: () => removeSourceVolumes(context, claims),
    },
    body: async () => {
      try {
        if (hooks.pre.length > 0) await effects.runHooks({ context, when: 'pre', stepId });
        await inWindow(chunks(claims, claimsPerBatch), 2, (batch) =>
          effects.snapshotClaims({ context, claims: batch, stepId })
        );
      } finally {
        if (hooks.post.length > 0) {
          await CancellationScope.nonCancellable(() => effects.runHooks({ context, when: 'post', stepId }));
        }
      }
    },
    summary: () => ({ counts: { claims: claims.length } }),
  });
}

async function uploadOne(run: Run, context: RunContext, claim: ClaimPlan): Promise<UploadedVolume> {
  return runStep(run, {
    info: claimStep('upload', claim),
    body: () =>
      executeChild(exportVolume, {
        workflowId: `${context.runId}/upload/${claim.namespace}/${claim.name}`,
        args: [{ context, claim }],
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      }),
    summary: (volume) => ({
      counts: { files: volume.files, bytes: volume.sizeBytes, transferredBytes: volume.transferredBytes },
    }),
  });
}

async function fillOne(
  run: Run,
  context: RunContext,
  claim: ClaimPlan,
  uploaded: UploadedVolume
): Promise<MovedVolume> {
  const volume = await runStep(run, {
    info: claimStep('fill', claim),
    undo: {
      title: `remove the new volume of ${claim.targetNamespace}/${claim.name} from the target`,
      undo: () => undos.removeTargetVolumes({ context, claims: [claim] }),
    },
    body: () =>
      executeChild(importVolume, {
        workflowId: `${context.runId}/fill/${claim.namespace}/${claim.name}`,
        args: [{ context, claim, uploaded }],
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      }),
    summary: (moved) => ({ counts: { files: moved.files, bytes: moved.sizeBytes }, note: 'tree equal' }),
  });
  run.found.volumes.push(volume);
  return volume;
}

/** Also part of a run that ends well: nothing of the move stays on the source. */
export async function removeSourceVolumes(context: RunContext, claims: readonly ClaimPlan[]): Promise<void> {
  await inWindow(chunks(claims, claimsPerBatch), 2, (batch) => undos.removeSourceVolumes({ context, claims: batch }));
}

function claimStep(verb: 'upload' | 'fill', claim: ClaimPlan): StepInfo {
  const name = `${claim.namespace}/${claim.name}`;
  return { id: `volumes/${verb}/${name}`, phase: 'volumes', parent: 'volumes', title: `${verb} ${name}` };
}
