import { incompleteError } from '../../src/core/capture/unseen-groups.ts';
import type { BackupAction } from '../../src/saga/tables/backup.ts';
import { captureActions } from '../opening/capture.ts';
import { capturedOf, contextOf, openContext, refusal, todayOf } from '../opening/scope.ts';
import { activities } from '../saga/activities.ts';
import type { ActionHandler } from '../saga/run.ts';
import { commitPoint, takingActions, uploadClaim } from '../volumes/taking.ts';
import { factsOf, volumesOf, type BackupFound } from './found.ts';

/** What a backup does: it looks, captures, takes the data of the claims, and commits. */
export const backupActions: Readonly<Record<BackupAction, ActionHandler<BackupFound>>> = {
  ...captureActions,
  ...takingActions,

  async 'open-run'(run) {
    run.found.context = await openContext({ input: run.found.input });
  },

  async 'check-clusters'(run, { stepId }) {
    const preflight = await activities.preflightSource({ context: contextOf(run), stepId, today: todayOf(run) });
    run.found.preflight = preflight;
    const incomplete = incompleteError(preflight.unseen ?? []);
    return { ...refusal(run, preflight), ...(incomplete === undefined ? {} : { incomplete }) };
  },

  async 'plan-claims'(run, { stepId }) {
    const { capture } = capturedOf(run);
    const plan = await activities.planClaims({ context: contextOf(run), capture, today: todayOf(run), stepId });
    run.found.plan = plan;
    return { ...refusal(run, plan), facts: factsOf(run.found), summary: { counts: { claims: plan.claims.length } } };
  },

  async upload(run, { item, stepId }) {
    const { files, sizeBytes, transferredBytes } = await uploadClaim(run, item, stepId);
    run.found.takenBytes += sizeBytes;
    run.found.newBytes += transferredBytes;
    return { summary: { counts: { files, bytes: sizeBytes, transferredBytes } } };
  },

  async commit(run, { stepId }) {
    await commitPoint(run, volumesOf(run.found), stepId);
  },
};
